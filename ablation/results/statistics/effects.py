"""Effects taken within seeds: one order against the other, and what an augmentation adds beside others."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablation.grid.layout import Pair
from ablation.results.types import Floats


@dataclass(frozen=True)
class Effects:
    """K effects by seed, and what they are made of."""

    index: pd.Index
    by_seed: Floats  # (K, S), NaN for a gap
    weights: Floats  # (K, C) of the cells
    partners: tuple[int, ...] = ()  # how many others an effect is the mean over
    left_out: tuple[str, ...] = ()  # partners and seeds with gaps, for each effect


def order_effects(table: pd.DataFrame) -> Effects:
    """Take first → second minus second → first, of every pair whose both orders are cells.

    Args:
        table: accuracies, cells (first, second) by seeds; NaN for a gap.

    Example:
        >>> cells = pd.MultiIndex.from_tuples([("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")])
        >>> found = order_effects(pd.DataFrame({0: [0.2, 0.5, 0.25, 0.3]}, index=cells))
        >>> found.index.tolist(), found.by_seed.tolist()
        ([('a', 'b')], [[0.25]])
    """
    place = _places(table)
    pairs = [(a, b) for a, b in place if (b, a) in place and place[a, b] < place[b, a]]
    weights = np.zeros((len(pairs), len(table)))
    for k, (a, b) in enumerate(pairs):
        weights[k, place[a, b]], weights[k, place[b, a]] = 1, -1
    index = pd.MultiIndex.from_tuples(pairs, names=["first", "second"]) if pairs else _no_pairs()
    values = table.to_numpy(float)
    forth = [place[a, b] for a, b in pairs]
    back = [place[b, a] for a, b in pairs]
    return Effects(index, values[forth] - values[back], weights)


def main_effects(table: pd.DataFrame) -> Effects:
    """Take what each augmentation A adds: the mean over every other B of (B with A) − (B alone).

    B with A is the mean of the orders that are cells. A B with a gap is left out of A's effect, or the seed
    is where most B have gaps in it, so that all seeds average over the same B.

    Args:
        table: as of `order_effects`.

    Example:
        >>> cells = pd.MultiIndex.from_tuples([("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")])
        >>> found = main_effects(pd.DataFrame({0: [0.2, 0.5, 0.3, 0.3]}, index=cells))
        >>> dict(zip(found.index, found.by_seed.round(2)[:, 0].tolist()))
        {'a': 0.1, 'b': 0.2}
    """
    place, values = _places(table), table.to_numpy(float)
    names = [a for a, b in place if a == b]
    kept: list[str] = []
    rows, weights, partners, left_out = [], [], [], []
    for a in names:
        beside = {
            b: _weights(len(table), [place[cell] for cell in ((a, b), (b, a)) if cell in place], place[b, b])
            for b in names
            if b != a and ((a, b) in place or (b, a) in place)
        }
        if not beside:
            continue
        by_partner = pd.DataFrame(
            {b: _combine(weight, values) for b, weight in beside.items()}, index=table.columns
        ).T
        complete, gaps = without_gaps(by_partner)
        kept.append(a)
        rows.append(complete.mean().reindex(table.columns).to_numpy(float))
        used = [beside[str(b)] for b in complete.index]
        weights.append(np.mean(used, axis=0) if used else np.zeros(len(table)))
        partners.append(len(used))
        left_out.append(", ".join(gaps))
    return Effects(
        pd.Index(kept, name="augmentation", dtype=object),
        np.array(rows).reshape(len(kept), table.shape[1]),
        np.array(weights).reshape(len(kept), len(table)),
        tuple(partners),
        tuple(left_out),
    )


def without_gaps(effects: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Leave out rows, and columns (seeds), until no gap is left; name them.

    Seeds that average over different rows cannot be compared, so what has a gap goes as a whole: a row, and
    a seed only where most of its rows have gaps, because it has just begun.

    Example:
        >>> left, gone = without_gaps(pd.DataFrame({0: [0.1, 0.2], 1: [0.3, np.nan]}, index=["a", "b"]))
        >>> left.index.tolist(), gone
        (['a'], ('b',))
    """
    left_out = []
    while (gaps := effects.isna()).any(axis=None):
        by_row, by_seed = gaps.mean(axis="columns"), gaps.mean()
        if by_seed.max() > max(0.5, by_row.max()):
            left_out.append(f"seed {by_seed.idxmax()}")
            effects = effects.drop(columns=by_seed.idxmax())
        else:
            left_out.append(str(by_row.idxmax()))
            effects = effects.drop(index=by_row.idxmax())
    return effects if len(effects) else effects.iloc[:, :0], tuple(left_out)


def _places(table: pd.DataFrame) -> dict[Pair, int]:
    return {(str(first), str(second)): i for i, (first, second) in enumerate(table.index)}


def _weights(cells: int, together: Iterable[int], alone: int) -> Floats:
    weights, places = np.zeros(cells), list(together)
    weights[places] = 1 / len(places)
    weights[alone] -= 1
    return weights


def _combine(weights: Floats, values: Floats) -> Floats:
    used = np.flatnonzero(weights)
    combined: Floats = weights[used] @ values[used]  # a gap makes NaN, one that is not used does not
    return combined


def _no_pairs() -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([[], []], names=["first", "second"])
