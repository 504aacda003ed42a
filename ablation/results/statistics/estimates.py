"""Estimates as a tidy table: the two errors apart, an interval, and p corrected for the number compared."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ablation.results.numbers import DECIMALS
from ablation.results.statistics.intervals import CONFIDENCE
from ablation.results.statistics.studentised_range import range_exceeds, range_quantile
from ablation.results.types import Floats

# each: an interval for one number by itself. sidak: all of a table's intervals hold at once, for contrasts of
# whatever dependence (Šidák 1967). range: the same for all differences of two of `compared` means (Tukey).
Family = Literal["each", "sidak", "range"]


@dataclass(frozen=True)
class Estimates:
    """K numbers, and the variance of each by source; NaN where it is not known."""

    numbers: Floats
    seeds: Floats  # variance of the number over other seeds, on the same images
    freedom: Floats  # degrees of freedom of `seeds`
    images: Floats  # variance of the number over other images of the same kind; NaN: left out of intervals
    images_freedom: Floats | None = None  # degrees of freedom of `images`; None: so many that it is known

    @property
    def variance(self) -> Floats:
        """Of the number over other seeds and, where that is known, other images."""
        return self.seeds + np.maximum(np.nan_to_num(self.images), 0.0)

    @property
    def total_freedom(self) -> Floats:
        """Of `variance`: the harmonic mean by share."""
        images = np.zeros_like(self.seeds)
        if self.images_freedom is not None:
            images = np.maximum(np.nan_to_num(self.images), 0.0) / self.images_freedom
        with np.errstate(invalid="ignore", divide="ignore"):
            parts = self.seeds / self.freedom + images
            mean = np.where(parts > 0, self.variance / parts, self.freedom)
        return np.asarray(np.where(self.freedom > 0, mean, np.nan))


def tabulate(
    estimates: Estimates, index: pd.Index, name: str, family: Family = "each", compared: int = 0
) -> pd.DataFrame:
    """Write estimates as a frame.

    Args:
        estimates: K of them.
        index: what they are of.
        name: of the column of values.
        family: what `low`, `high` and `p` are corrected for.
        compared: of "range", how many means there are.

    Returns:
        `name`, `se_seeds`, `se_images` (standard errors; NaN where not known), `df`, `low`, `high` (95 %),
        and unless the family is "each" `p` (two-sided, of the number being 0). Without `se_seeds` there is
        neither interval nor p.

    Example:
        >>> one = Estimates(np.array([2.0]), np.array([0.25]), np.array([8.0]), np.array([np.nan]))
        >>> tabulate(one, pd.Index(["a"]), "effect", "sidak").round(3).loc["a"].tolist()[3:]
        [8.0, 0.847, 3.153, 0.004]
    """
    freedom, error = estimates.total_freedom, np.sqrt(estimates.variance)
    missing = np.isnan(estimates.numbers)
    known = np.isfinite(error) & np.isfinite(freedom) & ~missing
    critical, p = np.full((2, len(known)), np.nan)
    if known.any():
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.nan_to_num(np.abs(estimates.numbers) / error, posinf=1e9)[
                known
            ]  # 0 / 0: no difference
        critical[known], p[known] = _judge(ratio, freedom[known], family, compared)
    frame = pd.DataFrame(
        {
            name: estimates.numbers.round(DECIMALS),
            "se_seeds": np.sqrt(estimates.seeds),
            "se_images": np.where(missing, np.nan, np.sqrt(np.maximum(estimates.images, 0.0))),
            "df": freedom,
            "low": estimates.numbers - critical * error,
            "high": estimates.numbers + critical * error,
        },
        index=index,
    )
    return frame if family == "each" else frame.assign(p=p)


def _judge(ratio: Floats, freedom: Floats, family: Family, compared: int) -> tuple[Floats, Floats]:
    # Critical values of |value| / error, and p of each.
    from scipy.stats import t

    if family == "range":
        freedom = np.maximum(freedom, 1.0)
        q = range_quantile(1 - CONFIDENCE, compared, freedom) / np.sqrt(2)
        return q, range_exceeds(ratio * np.sqrt(2), compared, freedom)
    tests = len(ratio) if family == "sidak" else 1
    level = -np.expm1(np.log(CONFIDENCE) / tests)
    alone = np.minimum(2 * t.sf(ratio, freedom), 1.0)
    with np.errstate(divide="ignore"):
        return t.isf(level / 2, freedom), -np.expm1(tests * np.log1p(-alone))
