"""The additive model: accuracy = cell + seed + residual, fitted with gaps, its variances cell by cell."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ablation.results.statistics.moderation import Moderated, moderate
from ablation.results.types import Floats


@dataclass(frozen=True)
class Additive:
    """Cells (C) and seeds (S) of a table, apart; NaN for a cell or a seed that cannot be compared."""

    means: Floats  # (C,) at the mean of all seeds: with a gap, what the cell would have had
    seeds: Floats  # (S,) above the mean of all seeds
    residuals: Floats  # (C, S)
    weights: Floats  # (C, C, S): means = sum over cells and seeds of weights x accuracies
    residual: Moderated  # variance of a cell's residuals
    seed_variance: float  # between seeds, shared by all cells: as it was measured, residuals in it
    seed_share: Floats  # (C,) how much of each cell's residual variance is in `seed_variance`


def fit_additive(table: Floats) -> Additive:
    """Fit cell + seed to a table of accuracies by least squares.

    What cannot be compared by way of shared seeds with most of the table is left out (NaN).

    Args:
        table: (C, S) accuracies, NaN for a gap.

    Example:
        >>> fit = fit_additive(np.array([[0.3, 0.4], [0.5, 0.6], [0.7, np.nan]]))
        >>> fit.means.round(3).tolist(), fit.seeds.round(3).tolist()
        ([0.35, 0.55, 0.75], [-0.05, 0.05])
    """
    cells, seeds = table.shape
    maps = _maps(np.isfinite(table).tobytes(), cells, seeds)
    values = np.where(maps.used, table, 0.0)
    means = np.where(maps.used.any(1), np.einsum("acs,cs->a", maps.means, values), np.nan)
    effects = np.where(maps.used.any(0), np.einsum("tcs,cs->t", maps.seeds, values), np.nan)
    residuals = np.where(maps.used, table - means[:, None] - effects, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        residual = moderate(np.nansum(residuals**2, axis=1) / maps.freedom, maps.freedom)
    present = int(maps.used.any(0).sum())
    variance = float(np.nansum(effects**2) / (present - 1)) if present > 1 else float("nan")
    share = (maps.seeds**2).sum((0, 2)) / max(1, present - 1)
    return Additive(means, effects, residuals, maps.means, residual, variance, share)


@dataclass(frozen=True)
class _Maps:
    used: NDArray[np.bool_]  # (C, S)
    means: Floats  # (C, C, S)
    seeds: Floats  # (S, C, S)
    freedom: Floats  # (C,) a cell's part of the degrees of freedom of all residuals


@lru_cache(maxsize=8)
def _maps(there: bytes, cells: int, seeds: int) -> _Maps:
    used = _connected(np.frombuffer(there, bool).reshape(cells, seeds))
    rows, columns = np.nonzero(used)
    cell = np.flatnonzero(used.any(1))
    seed = np.flatnonzero(used.any(0))
    contrasts = np.vstack([np.eye(len(seed) - 1), -np.ones(len(seed) - 1)]) if len(seed) else np.empty((0, 0))
    design = np.hstack([(rows[:, None] == cell).astype(float), contrasts[np.searchsorted(seed, columns)]])
    solve = np.linalg.pinv(design)
    means, effects = np.zeros((cells, cells, seeds)), np.zeros((seeds, cells, seeds))
    means[cell[:, None], rows, columns] = solve[: len(cell)]
    effects[seed[:, None], rows, columns] = contrasts @ solve[len(cell) :]
    leverage = np.einsum("ij,ji->i", design, solve)
    freedom = np.bincount(rows, 1 - leverage, minlength=cells)
    return _Maps(used, means, effects, np.where(freedom > 1e-9, freedom, 0.0))


def _connected(there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    # Cells and seeds as the two sides of a graph: only within one component are differences defined.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    cells, seeds = there.shape
    rows, columns = np.nonzero(there)
    if not len(rows):
        return there
    n = cells + seeds
    _, labels = connected_components(coo_array((np.ones(len(rows)), (rows, cells + columns)), (n, n)), False)
    largest = np.bincount(labels[rows]).argmax()
    connected: NDArray[np.bool_] = there & (labels[:cells] == largest)[:, None]
    return connected
