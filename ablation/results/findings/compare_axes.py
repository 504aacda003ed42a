"""Two studies that vary one setting: do its values rank alike, and what does one's choice cost the other?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isnan

import numpy as np

from ablation.grid.points import Label
from ablation.results.findings.along import Along
from ablation.results.numbers import points, written
from ablation.results.statistics.ranks import spearman


@dataclass(frozen=True)
class SharedAxis:
    """A setting that both studies vary, on average over the cells of each."""

    name: str
    values: int  # that both have
    rho: float  # Spearman's, over these; NaN of fewer than three
    best: tuple[Label, Label]  # of each study, among these
    lost: float  # how far A's best lies below B's best, in B; a fraction
    low: float  # for all values of B at once; NaN with one seed
    high: float


def shared_axes(a: Mapping[str, Along], b: Mapping[str, Along]) -> tuple[SharedAxis, ...]:
    """Compare the settings that two studies vary.

    Args:
        a: what each axis changes, by the name of its column.
        b: the same of the other study.

    Returns:
        One for each setting of which both have two values or more.
    """
    found = []
    for name in [name for name in a if name in b]:
        one, two = (along.mean.set_index("value") for along in (a[name], b[name]))
        both = [value for value in one.index if value in two.index]
        if len(both) < 2:
            continue
        means = [frame.loc[both, "mean"].to_numpy(float) for frame in (one, two)]
        best = [both[int(np.nanargmax(mean))] for mean in means]
        row = two.loc[best[0]]
        ends = (row["gap_low"], row["gap_high"]) if two.loc[best[1], "best"] else (np.nan, np.nan)
        lost = float(two.loc[best[1], "mean"] - row["mean"])
        found.append(
            SharedAxis(name, len(both), spearman(*means), (best[0], best[1]), lost, *map(float, ends))
        )
    return tuple(found)


def axes_words(found: tuple[SharedAxis, ...], names: tuple[str, str]) -> Iterator[str]:
    """Say of each setting how alike the studies rank its values, and what A's choice costs in B."""
    a, b = names
    for axis in found:
        rho = (
            "" if isnan(axis.rho) else f" (Spearman's ρ {written(axis.rho, '.2f')} over {axis.values} values)"
        )
        if axis.best[0] == axis.best[1]:
            yield f"{axis.name}: {axis.best[0]} is best in both{rho}."
            continue
        between = "" if isnan(axis.low) else f" ({points(-axis.high)} to {points(-axis.low)})"
        yield (
            f"{axis.name}: {axis.best[0]} is best in {a}, {axis.best[1]} in {b}{rho}; following {a} there "
            f"changes accuracy by {points(-axis.lost)} points{between}."
        )
