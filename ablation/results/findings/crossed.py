"""Two axes at once: what one changes under each value of the other, and whether they depend on each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan

from ablation.grid.points import EPOCHS, Axis, Label
from ablation.results.findings.along import Along
from ablation.results.findings.along_words import value_words
from ablation.results.metrics import METRICS
from ablation.results.numbers import written


@dataclass(frozen=True, eq=False)
class Crossed:
    """What an axis changes under each value of another, and what is best under each."""

    axis: Axis  # numbers, if one of the two has them
    by: Axis
    lines: Mapping[Label, Along]  # by the values of `by`
    # What is chosen, and under which values: epochs are nobody's choice, so it is never they that are chosen.
    chosen: Axis
    under: Axis
    choices: Mapping[Label, Along]  # by the values of `under`

    @property
    def values(self) -> list[str]:
        """The values along the axis: those of `[vary]`, and the grid's own where it is another."""
        there = (str(value) for line in self.lines.values() for value in line.mean["value"])
        return [*dict.fromkeys([*map(str, self.axis.labels), *there])]


def oriented(one: Axis, two: Axis) -> tuple[Axis, Axis]:
    """Say which of two axes is drawn along, and which has a line for each value: numbers first, then many.

    Example:
        >>> size = Axis(("pretrain", "batch_size"), "batch_size", (64, 128, 256), 128)
        >>> branches = Axis(("views", "branches"), "branches", ("one", "both"), "one")
        >>> [axis.name for axis in oriented(branches, size)]
        ['batch_size', 'branches']
    """
    first, second = sorted((one, two), key=lambda axis: (not axis.is_number, -len(axis.labels)))
    return first, second


def crossed_words(found: Crossed) -> list[str]:
    """Say which value of an axis is best under each value of the other, and what the choice of one costs."""
    metric = METRICS[next(iter(found.choices.values())).metric].phrase
    told = [_best(found, value, line, metric) for value, line in found.choices.items()]
    return [*told, *_carried(found)]


def _best(found: Crossed, value: Label, line: Along, metric: str) -> str:
    mean = line.mean
    best = mean[mean["best"]].iloc[0]
    alike = [
        str(row["value"])
        for row in mean.to_dict("records")
        if not row["best"] and row["distinguishable"] is not True
    ]
    of_epochs = found.under.path == EPOCHS
    where = f"After {value} epochs" if of_epochs else f"With {value_words(found.under, value)}"
    all_ = len(alike) == len(mean) - 1
    also = "no other value is" if all_ else f"{', '.join(alike)} {'is' if len(alike) == 1 else 'are'} not"
    told = f"; {also} distinguishable from it" if alike and line.seeds > 1 else ""
    return (
        f"{where}, {value_words(found.chosen, best['value'])} has the highest {metric} "
        f"({written(100 * best['mean'], '.1f')} %){told}."
    )


def _carried(found: Crossed) -> list[str]:
    """Say what it costs in the longest jobs to choose by the shortest."""
    if found.under.path != EPOCHS:
        return []
    (first, short), *_, (last, long) = found.choices.items()
    here, there = (line.mean.loc[line.mean["best"], "value"].item() for line in (short, long))
    if here == there:
        return [f"Jobs of {first} epochs choose as those of {last} do."]
    rows = long.mean[long.mean["value"] == here]
    if rows.empty:
        return []
    row = rows.iloc[0]
    between = "" if isnan(row["gap_low"]) else _between(100 * row["gap_low"], 100 * row["gap_high"])
    lost = written(100 * row["gap"], ".1f")
    return [f"In jobs of {last} epochs, what is best after {first} is {lost} points{between} below the best."]


def _between(low: float, high: float) -> str:
    return f" (95 % {written(low, '.1f')} to {written(high, '.1f')})"
