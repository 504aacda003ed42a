"""What the leak explains: leak against accuracy over the cells of a grid."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations as orders
from math import factorial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ablation.results.frames.means import operations, planned_cells
from ablation.results.frames.rows import named
from ablation.results.metrics import reported
from ablation.results.statistics.ranks import ranks, standardized
from ablation.results.types import Floats

LEVEL = 0.05


@dataclass(frozen=True)
class Explained:
    """Spearman's rank correlation over the cells of a grid, and how certain it is."""

    rho: float  # in [-1, 1]; NaN where all cells have one leak or one accuracy
    p: float  # two-sided
    cells: int
    operations: int
    smallest_p: float  # that this test can give

    @property
    def resolvable(self) -> bool:
        """Whether any correlation, however strong, could come out below 5 %: from five operations on."""
        return self.smallest_p < LEVEL


def leak_against_accuracy(
    results: pd.DataFrame,
    metric: str | None = None,
    leak: str = "leak_bits",
    permutations: int = 9999,
    seed: int = 0,
) -> Explained:
    """Correlate the leak of the cells with their accuracy (Spearman, means over seeds).

    The cells share rows and columns, so they are not independent points: p comes from permuting the labels of
    the augmentations, cell (a, b) getting the leak of (π(a), π(b)). It is twice the smaller tail, because
    with few permutations the tails differ.

    Args:
        results: from `load_results`, of a grid of all pairs without a gap.
        metric: the column of accuracies; default: the test accuracy that decides.
        leak: the column of leaks.
        permutations: all are used if there are no more than this; otherwise this many are drawn.
        seed: for the draw.

    Raises:
        ValueError: not all pairs are cells of the grid, a column is missing, or a cell has no number.

    Example:
        >>> from itertools import product
        >>> cells = [(a, b, a * b) for a, b in product(range(1, 6), repeat=2)]
        >>> results = pd.DataFrame(cells, columns=["first", "second", "linear_top1"]).astype({"first": str,
        ...     "second": str}).eval("leak_bits = 9 - linear_top1")
        >>> found = leak_against_accuracy(results)
        >>> f"rho {found.rho:.2f}, p {found.p:.3f}, {found.cells} cells", found.resolvable
        ('rho -1.00, p 0.017, 25 cells', True)
    """
    metric = metric or reported(results.attrs)
    names = operations(results)
    n = len(names)
    if len(set(planned_cells(results))) != n * n:
        raise ValueError(
            "leak is tested against accuracy over all ordered pairs; this grid has only some "
            '(set pairs = "all")'
        )
    accuracies = standardized(ranks(_table(results, metric, names).ravel()))
    leaks = standardized(ranks(_table(results, leak, names).ravel())).reshape(n, n)
    exact = factorial(n) <= permutations
    rho = float(accuracies @ leaks.ravel())
    drawn = np.array(
        [accuracies @ leaks[np.ix_(order, order)].ravel() for order in _orders(n, permutations, seed)]
    )
    # What was measured is one of all permutations, and is counted as one of those that are drawn.
    own, total = (0, len(drawn)) if exact else (1, len(drawn) + 1)
    rounding = 1e-9  # equal sums, added up in another order
    tails = [own + np.count_nonzero(side) for side in (drawn >= rho - rounding, drawn <= rho + rounding)]
    p = float("nan") if np.isnan(rho) else float(min(1.0, 2 * min(tails) / total))
    return Explained(float(np.clip(rho, -1, 1)), p, n * n, n, min(1.0, 2 / total))


def _table(results: pd.DataFrame, column: str, names: list[str]) -> Floats:
    # (n, n): row first, column second, means over seeds.
    if column not in results:
        raise ValueError(f"the frame has no column {column!r}; run the grid again to measure it")
    means = named(results).groupby(["first", "second"])[column].mean()
    table = means.reindex(pd.MultiIndex.from_product([names, names]))
    gaps = [f"{first} → {second}" for first, second in table.index[table.isna()]]
    if gaps:
        more = f" and {len(gaps) - 1} more" if len(gaps) > 1 else ""
        have = "have" if len(gaps) > 1 else "has"
        raise ValueError(f"{gaps[0]}{more} {have} no {column}; a cell without a result cannot be ranked")
    return table.to_numpy(float).reshape(len(names), len(names))


def _orders(n: int, permutations: int, seed: int) -> Iterator[NDArray[np.int64]]:
    if factorial(n) <= permutations:
        yield from (np.array(order) for order in orders(range(n)))
    else:
        random = np.random.default_rng(seed)
        yield from (random.permutation(n) for _ in range(permutations))
