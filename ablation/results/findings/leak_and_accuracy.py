"""What the leak explains: leak against accuracy over the cells of a grid."""

from dataclasses import dataclass

import pandas as pd

from ablation.results.frames.means import operations, planned_cells
from ablation.results.frames.rows import named
from ablation.results.metrics import METRICS, reported
from ablation.results.statistics.relabelling import LEVEL, PERMUTATIONS, relabel
from ablation.results.types import Floats


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
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> Explained:
    """Correlate the leak of the cells with their accuracy (Spearman, means over seeds).

    p comes from permuting the labels of the augmentations, see `ablation.results.statistics.relabelling`.

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
    if results.attrs.get("left"):
        raise ValueError(
            "leak is tested against accuracy over all ordered pairs; in a race, not all of these run "
            "to the end"
        )
    found = relabel(_table(results, metric, names), _table(results, leak, names), permutations, seed)
    return Explained(found.rho, found.p, n * n, n, found.smallest_p)


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
        called = METRICS[column].phrase if column in METRICS else column
        raise ValueError(f"{gaps[0]}{more} {have} no {called}; a cell without a result cannot be ranked")
    return table.to_numpy(float).reshape(len(names), len(names))
