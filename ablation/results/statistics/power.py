"""What a design can find out, before it is run: which difference from the best cell, with which power.

The analysis is that of `gaps_to_best`: all gaps to the best at once, by the studentised range, with moderated
variances. Every design has the seeds of a grid (paired) and equally many images for all cells.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ablation.results.statistics.intervals import CONFIDENCE
from ablation.results.statistics.moderation import moderate, satterthwaite
from ablation.results.statistics.noise import CIFAR10, Noise
from ablation.results.statistics.studentised_range import range_quantile
from ablation.results.types import Floats

if TYPE_CHECKING:  # it needs pandas, which a plan need not wait for
    from ablation.results.statistics.grid import Statistics

POWER = 0.8
_DRAWS = 128  # of all cells' variances: differences come out to within a fiftieth
_SEED = 0
_TINY = 1e-12  # in place of an error of nothing


def power(difference: float, cells: int, seeds: int, images: float, noise: Noise = CIFAR10) -> float:
    """Return how often the best cell is distinguished from a cell that is worse by a given difference.

    Gaps are normal, and independent of the variances by which they are judged. Those are drawn as often as it
    takes, and moderated as a grid's are: how much power that costs has no closed form. Where the noise is
    known this agrees with simulated grids to within a few points of power (docs/statistics.md).

    Args:
        difference: as a fraction: .04 are four points.
        cells: how many are compared, the best among them.
        seeds: of each cell.
        images: of the split. With unequal classes a balanced accuracy is as sure as with fewer images, equal
            in classes: K² / Σ 1/n for K classes of n images each.
        noise: what blurs differences; by default that of the CIFAR-10 reference.

    Returns:
        The power, in [0, 1]; 0 for one seed or one cell, which tell nothing apart.

    Example:
        >>> round(power(0.052, cells=49, seeds=3, images=2000), 1)
        0.8
    """
    if seeds < 2 or cells < 2:
        return 0.0
    return _Judged.of(cells, seeds, images, noise).power(difference)


def detectable(
    cells: int, seeds: int, images: float, noise: Noise = CIFAR10, power: float = POWER
) -> float | None:
    """Return the smallest difference from the best cell that a design distinguishes with a given power.

    Args:
        cells: as of `power`, like the others.
        seeds: of each cell.
        images: of the split.
        noise: what blurs differences.
        power: how often such a difference shall be found.

    Returns:
        The difference as a fraction; None for one seed or one cell, which tell nothing apart.

    Example:
        >>> [round(100 * detectable(49, 3, images)) for images in (500, 2000, 4000)]
        [10, 5, 4]
        >>> detectable(49, 1, 2000) is None
        True
    """
    if seeds < 2 or cells < 2:
        return None
    return _Judged.of(cells, seeds, images, noise).smallest(power)


def detectable_difference(found: "Statistics", power: float = POWER) -> float | None:
    """Return the smallest difference from the best cell that a finished grid detects, by its own errors.

    Each cell has an error and degrees of freedom of its own; such a difference is found in a share `power` of
    all cells. Where the errors are those that were planned for, so is the difference.

    Returns:
        The difference as a fraction; None where there is nothing to compare or the errors are not known, as
        with one seed.
    """
    others = found.best.drop(index=[found.leader] if found.leader else [])
    known = others[others["gap"].notna() & others["se_seeds"].notna() & (others["df"] > 0)]
    if not len(known):
        return None
    error = _TINY + np.hypot(
        known["se_seeds"].to_numpy(float), np.nan_to_num(known["se_images"].to_numpy(float))
    )
    freedom = np.maximum(known["df"].to_numpy(float), 1.0)
    critical = range_quantile(1 - CONFIDENCE, int(found.best["gap"].notna().sum()), freedom) / np.sqrt(2)
    return _Judged(error, critical * error).smallest(power)


@dataclass(frozen=True)
class _Judged:
    """Gaps of N pairs of cells: how they vary, and what they must exceed."""

    error: Floats  # (N,) true standard deviation
    critical: Floats  # (N,)

    @classmethod
    def of(cls, cells: int, seeds: int, images: float, noise: Noise) -> "_Judged":
        true, estimated, freedom = _variances(cells, seeds, noise.unequal)
        over_seeds, over_images = noise.residual(images) / seeds + _TINY**2, noise.images / images
        made = estimated * over_seeds + over_images
        # As of `Estimates.total_freedom`: that of the images is infinite.
        total = np.maximum(freedom * made / (estimated * over_seeds), 1.0)
        critical = _quantiles(cells, total) / np.sqrt(2) * np.sqrt(made)
        return cls(np.sqrt(true * over_seeds + over_images), critical)

    def power(self, difference: float) -> float:
        from scipy.special import ndtr

        return float(ndtr((difference - self.critical) / self.error).mean())

    def smallest(self, power: float) -> float:
        low, high = 0.0, float((self.critical + 10 * self.error).max())
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (low, middle) if self.power(middle) > power else (middle, high)
        return high


@lru_cache(maxsize=8)
def _variances(cells: int, seeds: int, unequal: float) -> tuple[Floats, Floats, Floats]:
    # Of gaps between a cell and the next, in units of the mean residual variance: the true ones, what a grid
    # would make of them, and with how many degrees of freedom; (draws x cells,) each.
    random = np.random.default_rng((_SEED, cells, seeds))
    shape = (_DRAWS, cells)
    own = np.exp(unequal * random.standard_normal(shape) - unequal**2 / 2)
    drawn = random.standard_normal((*shape, seeds)) * np.sqrt(own)[..., None]  # (D, C, S)
    drawn += drawn.mean((1, 2), keepdims=True) - drawn.mean(1, keepdims=True) - drawn.mean(2, keepdims=True)
    of_a_cell = (seeds - 1) * (cells - 1) / cells
    true, estimated, freedom = [], [], []
    for variances, squares in zip(own, (drawn**2).sum(2), strict=True):
        moderated = moderate(squares / of_a_cell, np.full(cells, of_a_cell))
        parts, of_parts = _with_next(moderated.variances), _with_next(moderated.freedom)
        true.append(_with_next(variances).sum(1))
        estimated.append(parts.sum(1))
        freedom.append(satterthwaite(parts, of_parts, moderated.total))
    return np.concatenate(true), np.concatenate(estimated), np.concatenate(freedom)


def _with_next(values: Floats) -> Floats:
    return np.stack([values, np.roll(values, 1)], axis=1)


def _quantiles(cells: int, freedom: Floats) -> Floats:
    # Of the studentised range, whose logarithm is smooth in 1 / freedom: six of them make thousands.
    low, high = 1 / freedom.max(), 1 / freedom.min()
    if high - low < 1e-9:
        return np.full(len(freedom), range_quantile(1 - CONFIDENCE, cells, freedom[:1]))
    nodes = low + (high - low) * (1 + np.cos(np.pi * (np.arange(6) + 0.5) / 6)) / 2
    logs = np.log(range_quantile(1 - CONFIDENCE, cells, 1 / nodes))
    quantiles: Floats = np.exp(np.polynomial.Chebyshev.fit(nodes, logs, 5, [low, high])(1 / freedom))
    return quantiles
