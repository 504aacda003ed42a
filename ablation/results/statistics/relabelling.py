"""Rank correlation of two tables of one grid, with p by relabelling the grid's augmentations."""

from dataclasses import dataclass
from itertools import permutations as orders
from math import factorial

import numpy as np
from numpy.typing import NDArray

from ablation.results.statistics.ranks import ranks, standardized
from ablation.results.types import Floats

PERMUTATIONS = 9999
LEVEL = 0.05
BLOCK = 2**20  # numbers at a time


@dataclass(frozen=True)
class Relabelled:
    """Spearman's rank correlation over the cells of a grid, and how certain it is."""

    rho: float  # in [-1, 1]; NaN where one side is all alike
    p: float  # two-sided
    smallest_p: float  # that this test can give


def relabel(one: Floats, other: Floats, permutations: int = PERMUTATIONS, seed: int = 0) -> Relabelled:
    """Correlate two numbers of every ordered pair (Spearman).

    The cells share rows and columns, so they are not independent points: p comes from permuting the labels of
    the augmentations, cell (a, b) getting the other number of (π(a), π(b)). It is twice the smaller tail,
    because with few permutations the tails differ.

    Args:
        one: a number of each cell, (n, n), first by second.
        other: another, (n, n).
        permutations: all are used if there are no more than this; otherwise this many are drawn.
        seed: for the draw.

    Example:
        >>> cells = np.arange(25.0).reshape(5, 5)
        >>> found = relabel(cells, -cells)
        >>> f"rho {found.rho:.2f}, p {found.p:.3f}"
        'rho -1.00, p 0.017'
    """
    n = len(one)
    fixed = standardized(ranks(one.ravel()))
    moved = standardized(ranks(other.ravel())).reshape(n, n)
    rho = float(fixed @ moved.ravel())
    every = _orders(n, permutations, seed)
    drawn = np.concatenate(
        [
            moved[some[:, :, None], some[:, None, :]].reshape(len(some), -1) @ fixed
            for some in np.array_split(every, 1 + every.size * n // BLOCK)
        ]
    )
    # What was measured is one of all permutations, and is counted as one of those that are drawn.
    exact = factorial(n) <= permutations
    own, total = (0, len(drawn)) if exact else (1, len(drawn) + 1)
    rounding = 1e-9  # equal sums, added up in another order
    tails = [own + np.count_nonzero(side) for side in (drawn >= rho - rounding, drawn <= rho + rounding)]
    p = float("nan") if np.isnan(rho) else float(min(1.0, 2 * min(tails) / total))
    return Relabelled(float(np.clip(rho, -1, 1)), p, min(1.0, 2 / total))


def _orders(n: int, permutations: int, seed: int) -> NDArray[np.int64]:
    # (P, n)
    if factorial(n) <= permutations:
        return np.array(list(orders(range(n))))
    random = np.random.default_rng(seed)
    return np.array([random.permutation(n) for _ in range(permutations)])
