"""Accuracies as tables of cells by seeds, floors beside them, and how they vary together over images."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablation.results.frames.correct import image_covariance
from ablation.results.frames.means import planned_cells
from ablation.results.frames.rows import named
from ablation.results.types import Floats


@dataclass(frozen=True, eq=False)
class ScoreTables:
    """C cells and F baselines by the S seeds in which some cell has a number; NaN for a gap."""

    cells: pd.DataFrame  # (first, second) by seed
    floors: pd.DataFrame  # kind by seed; what is drawn by no seed is repeated
    covariance: Floats  # (C + F, C + F) over images, cells first; NaN where it is not known

    def over_images(self, weights: Floats) -> Floats:
        """Return the variance over images of contrasts, (K, C + F) or (K, C), NaN where it is not known."""
        covariance = self.covariance[: weights.shape[1], : weights.shape[1]]
        variance = ((weights @ np.nan_to_num(covariance)) * weights).sum(1)
        touched = (weights != 0) @ np.isnan(np.diag(covariance)).astype(float)
        return np.where(touched > 0, np.nan, variance)


def score_tables(
    results: pd.DataFrame, baselines: pd.DataFrame, correct: pd.DataFrame | None, metric: str
) -> ScoreTables:
    """Lay out the accuracies of a grid; arguments as of `ablation.results.statistics.grid.statistics`."""
    cells = pd.MultiIndex.from_tuples(planned_cells(results), names=["first", "second"])
    plain = named(results)
    scored = plain[plain[metric].notna()]
    table = by_seed(scored, metric).reindex(cells)
    scores = _floors(baselines, metric, table.columns)
    every = len(cells) + len(scores)
    covariance = np.full((every, every), np.nan)
    if correct is not None:
        ids = by_seed(scored, "id").reindex(cells)
        of_floors = _floors(baselines, "id", table.columns).reindex(scores.index)
        covariance = image_covariance(correct, pd.concat([ids.reset_index(drop=True), of_floors]))
    return ScoreTables(table.astype(float), scores.astype(float), covariance)


def by_seed(scored: pd.DataFrame, column: str) -> pd.DataFrame:
    """Lay a column of results out as cells (first, second) by seeds."""
    return scored.set_index(["first", "second", "seed"])[column].unstack()  # noqa: PD010 (nothing to aggregate)


def _floors(baselines: pd.DataFrame, column: str, seeds: pd.Index) -> pd.DataFrame:
    rows = {}
    for kind, found in baselines[baselines[column].notna()].groupby("kind", observed=True, sort=False):
        once = found["seed"].isna()
        if once.any():
            rows[str(kind)] = dict.fromkeys(seeds, found[column][once].iloc[0])
        else:
            rows[str(kind)] = dict(zip(found["seed"], found[column], strict=True))
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=None).reindex(columns=seeds)
    return frame.rename_axis(index="baseline")
