"""What the values of an axis change, in sentences."""

from collections.abc import Iterator, Mapping, Sequence
from math import isnan
from typing import Any, cast

import pandas as pd

from ablation.grid.points import Axis, Label
from ablation.results.findings.along import Along, Moved
from ablation.results.metrics import METRICS
from ablation.results.numbers import cell_name, counted_seeds, points, written
from ablation.words import counted

_SHOWN = 6  # cells that moved


def along_words(found: Along, epochs: int) -> list[str]:
    """Say which value is best, how sure that is, and whether the ranking of the cells survives the change.

    Args:
        found: what an axis changes.
        epochs: of the jobs; the answer holds for these.
    """
    if found.frame.empty:
        return []
    return [_best(found, epochs), *_each(found), *_ranks(found)]


def value_words(axis: Axis, value: Label) -> str:
    """Name a value of an axis.

    Example:
        >>> value_words(Axis(("pretrain", "batch_size"), "batch_size", (64, 128), 128), 64)
        'batch_size 64'

    The values of a section name their own settings:

        >>> value_words(Axis(("pretrain",), "pretrain", ("width 8", "width 16"), "width 8"), "width 16")
        'width 16'
    """
    return f"{axis.name} {value}" if len(axis.path) > 1 else str(value)


def jobs_words(axis: Axis, epochs: int) -> str:
    """Say how long the jobs are whose values are compared.

    Example:
        >>> jobs_words(Axis(("pretrain", "width"), "width", (8, 16), 8), 10)
        'jobs of 10 epochs'
        >>> jobs_words(Axis(("pretrain",), "pretrain", ("epochs 5", "epochs 9"), "epochs 5", lengths=True), 5)
        'jobs whose epochs differ from value to value'
    """
    return (
        "jobs whose epochs differ from value to value"
        if axis.lengths
        else f"jobs of {counted(epochs, 'epoch')}"
    )


def _best(found: Along, epochs: int) -> str:
    rows = _rows(found.mean)
    best = next(row for row in rows if row["best"])
    cells = found.frame.loc[found.frame["first"] != "", ["first", "second"]].drop_duplicates()
    over = f" on average over {counted(len(cells), 'cell')}" if len(cells) > 1 else ""
    lead = (
        f"{value_words(found.axis, best['value'])} has the highest {METRICS[found.metric].phrase}{over}: "
        f"{100 * best['mean']:.1f} %{_between(100 * best['low'], 100 * best['high'], '.1f')}"
    )
    if found.seeds < 2:
        return f"{lead}. One seed cannot tell any values apart; run three (--seeds 3)."
    alike = [str(row["value"]) for row in rows if not row["best"] and row["distinguishable"] is not True]
    worst = max(rows, key=lambda row: row["gap"])
    spread = f"the lowest, {worst['value']}, is {100 * worst['gap']:.1f} points lower"
    if len(alike) == len(rows) - 1:
        told = f"no value is distinguishable from it ({spread})"
    elif alike:
        told = f"not distinguishable from it: {', '.join(alike)}; {spread}"
    else:
        told = f"every other value is distinguishably lower; {spread}"
    return (
        f"{lead}; {told} (corrected for {counted(len(rows), 'value')}, {counted_seeds(found.seeds)}, "
        f"{jobs_words(found.axis, epochs)})."
    )


def _each(found: Along) -> Iterator[str]:
    """Name the cells for which another value is distinguishably better than the best on average."""
    if found.mean is found.frame:
        return
    best = next(row["value"] for row in _rows(found.mean) if row["best"])
    rows = [row for row in _rows(found.frame) if row["first"]]
    theirs = {(row["first"], row["second"]): row["value"] for row in rows if row["best"]}
    listed = [
        f"{cell_name(pair)} ({theirs[pair]}, by {100 * row['gap']:.1f} points)"
        for row in rows
        if row["value"] == best and row["distinguishable"] is True and (pair := (row["first"], row["second"]))
    ]
    if listed:
        yield f"Better with another value: {_first_of(listed)}."


def _ranks(found: Along) -> Iterator[str]:
    rows, axis = _rows(found.ranks), found.axis
    if not rows:
        return
    told = [
        f"{written(row['rho'], '.2f')} for {row['value']}{_between(row['low'], row['high'], '.2f')}"
        for row in rows
        if not isnan(row["rho"])
    ]
    yield (
        f"Rank correlation of the {rows[0]['cells']} cells with {value_words(axis, axis.own)} (Spearman's ρ, "
        f"95 % over seeds): {', '.join(told) or 'not known'}."
    )
    for row in rows:
        best, lost = cell_name((row["best_first"], row["best_second"])), 100 * row["lost"]
        cost = f" (with {axis.own} that choice costs {lost:.1f} points)" if lost > 0 else ", as here"
        yield f"With {value_words(axis, row['value'])} the best cell is {best}{cost}{_gone(found, row)}."


def _gone(found: Along, row: Mapping[str, Any]) -> str:
    moved = cast("Sequence[Moved]", row["moved"])
    if moved:
        listed = _first_of([f"{cell_name(one.cell)} {points(one.by)}" for one in moved])
        return f"; moved, in points relative to the mean of all cells: {listed}"
    return "" if found.seeds < 2 else "; no cell moved beyond chance"


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", frame.to_dict("records"))


def _between(low: float, high: float, form: str) -> str:
    return "" if isnan(low) else f" ({written(low, form)} to {written(high, form)})"


def _first_of(listed: Sequence[str]) -> str:
    more = f", and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(listed[:_SHOWN]) + more
