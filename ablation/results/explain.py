"""What the leak explains: leak against accuracy over the cells, and which augmentations hold color."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations as orders
from math import factorial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ablation.grid.augmentations import Step
from ablation.grid.entries import Kornia
from ablation.grid.models import Grid
from ablation.results.summary import operations, planned_cells

Floats = NDArray[np.float64]

LEVEL = 0.05

# The paper's color (jitter, then grayscale), and its parts that change hue or saturation by themselves.
DISTORTIONS = frozenset(
    {"color", "color-jitter", "color-drop", "grayscale"}
    | {"ColorJitter", "ColorJiggle", "RandomGrayscale", "RandomHue", "RandomSaturation"}
)
# These change colour in another way, or now and then. What changes tone (solarize, gamma, …) does not count.
OTHER_COLOR = frozenset(
    {"channel-shuffle", "planckian", "autoaugment", "randaugment", "trivialaugment"}
    | {"RandomChannelShuffle", "RandomChannelDropout", "RandomPlanckianJitter", "RandomRGBShift"}
)


@dataclass(frozen=True)
class Colors:
    """Which augmentations of a grid hold color.

    Give your own for an operation that the names do not show, a `python =` entry for one.
    """

    distortions: frozenset[str]  # color and nothing else; of a sequence every step is
    holding: frozenset[str]  # some step changes colour; the distortions are among them


@dataclass(frozen=True)
class Explained:
    """Spearman's rank correlation over the cells of a grid, and how sure it is."""

    rho: float  # in [-1, 1]; NaN where all cells have one leak or one accuracy
    p: float  # two-sided
    cells: int
    operations: int
    smallest_p: float  # that this test can give

    @property
    def resolvable(self) -> bool:
        """Whether any correlation, however strong, could come out below 5 %: from five operations on."""
        return self.smallest_p < LEVEL


def color_augmentations(results: pd.DataFrame) -> Colors:
    """Say which augmentations of a frame's grid hold color, by the operations they are made of.

    A user's own module is taken not to.

    Raises:
        ValueError: the frame does not know its grid.

    Example:
        >>> results = pd.DataFrame({"first": ["crop"], "second": ["crop"]})
        >>> results.attrs["grid"] = {"data": {"source": "shapes"}, "augmentations": {
        ...     "crop": {}, "gray": {"operation": "color-drop"}, "simclr": ["crop", "color", "blur"]}}
        >>> colors = color_augmentations(results)
        >>> sorted(colors.distortions), sorted(colors.holding)
        (['gray'], ['gray', 'simclr'])
    """
    if "grid" not in results.attrs:
        raise ValueError("the frame does not know its grid; load it with load_results")
    # JSON has lists where the grid's models have tuples.
    return colors_of(Grid.model_validate(results.attrs["grid"], strict=False))


def colors_of(grid: Grid) -> Colors:
    """Say which augmentations of a grid hold color, as `color_augmentations` does of a frame."""
    steps = {one.name: [_operation(step) for step in one.steps] for one in grid.resolved}
    return Colors(
        frozenset(name for name, made_of in steps.items() if DISTORTIONS.issuperset(made_of)),
        frozenset(name for name, made_of in steps.items() if (DISTORTIONS | OTHER_COLOR) & set(made_of)),
    )


def leak_against_accuracy(
    results: pd.DataFrame,
    metric: str = "linear_top1",
    leak: str = "leak_bits",
    permutations: int = 9999,
    seed: int = 0,
) -> Explained:
    """Correlate the leak of the cells with their accuracy (Spearman, means over seeds).

    The cells share rows and columns, so they are no independent points: p comes from permuting the labels of
    the augmentations, cell (a, b) getting the leak of (π(a), π(b)). It is twice the smaller tail, for the
    tails of few permutations are not alike.

    Args:
        results: from `load_results`, of a grid of all pairs without a gap.
        metric: the column of accuracies.
        leak: the column of leaks.
        permutations: all are taken where there are no more than these; else so many are drawn.
        seed: of the draw.

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
    names = operations(results)
    n = len(names)
    if len(set(planned_cells(results))) != n * n:
        raise ValueError(
            'leak against accuracy is tested over all ordered pairs; this grid has some (set pairs = "all")'
        )
    accuracies = _standardized(ranks(_table(results, metric, names).ravel()))
    leaks = _standardized(ranks(_table(results, leak, names).ravel())).reshape(n, n)
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


def ranks(values: Floats) -> Floats:
    """Rank values from 1; equal ones share the mean of their ranks.

    Example:
        >>> ranks(np.array([0.3, 0.1, 0.3])).tolist()
        [2.5, 1.0, 2.5]
    """
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    shared: Floats = (np.cumsum(counts) - (counts - 1) / 2)[which]
    return shared


def spearman(one: Floats, other: Floats) -> float:
    """Return Spearman's rank correlation; NaN of fewer than three values, or where one side is all alike.

    Example:
        >>> round(spearman(np.array([0.1, 0.2, 0.4]), np.array([1.0, 3.0, 9.0])), 6)
        1.0
    """
    if len(one) < 3:
        return float("nan")
    return float(np.clip(_standardized(ranks(one)) @ _standardized(ranks(other)), -1, 1))


def _operation(step: Step) -> str:
    return step.operation.kornia if isinstance(step.operation, Kornia) else step.operation.operation


def _table(results: pd.DataFrame, column: str, names: list[str]) -> Floats:
    # (n, n): row first, column second, means over seeds.
    if column not in results:
        raise ValueError(f"the frame has no column {column!r}; run the grid again to measure it")
    means = results.astype({"first": object, "second": object}).groupby(["first", "second"])[column].mean()
    table = means.reindex(pd.MultiIndex.from_product([names, names]))
    gaps = [f"{first} → {second}" for first, second in table.index[table.isna()]]
    if gaps:
        more = f" and {len(gaps) - 1} more" if len(gaps) > 1 else ""
        raise ValueError(f"{gaps[0]}{more} has no {column}; a cell with a gap cannot be ranked")
    return table.to_numpy(float).reshape(len(names), len(names))


def _standardized(values: Floats) -> Floats:
    # So that the correlation of two is their product.
    centered = values - values.mean()
    with np.errstate(invalid="ignore"):
        unit: Floats = centered / np.linalg.norm(centered)
    return unit


def _orders(n: int, permutations: int, seed: int) -> Iterator[NDArray[np.int64]]:
    if factorial(n) <= permutations:
        yield from (np.array(order) for order in orders(range(n)))
    else:
        random = np.random.default_rng(seed)
        yield from (random.permutation(n) for _ in range(permutations))
