"""What colour distortion adds under each value of a setting, and with which it matters most."""

from collections.abc import Mapping
from math import isnan

import pandas as pd

from ablation.grid.layout import Pair
from ablation.grid.points import EPOCHS, Axis, Label
from ablation.results.findings.along import Along, ByValue, compared, panel_of, shared_cells
from ablation.results.findings.along_words import jobs_words, value_words
from ablation.results.findings.colors import color_augmentations
from ablation.results.findings.colour_effects import cells_beside
from ablation.results.findings.crossed import Crossed
from ablation.results.findings.gains import Ends, gain_frame, gain_words
from ablation.results.metrics import METRICS
from ablation.results.numbers import counted_seeds, points, written
from ablation.words import listed

_LISTED = 6  # values, or augmentations, one by one


def colour_along(axis: Axis, values: ByValue, correct: pd.DataFrame | None, metric: str) -> Along | None:
    """Compare what colour distortion adds to the same augmentations under the values of an axis.

    What it adds beside A is E of a verdict: the mean of the cells of A and colour distortion, minus A alone.
    Seeds and images are paired within values and along the axis.

    Args:
        axis: the axis.
        values: results by value.
        correct: from `load_correct`, of all values together; None: intervals hold for these images.
        metric: an accuracy.

    Returns:
        Rows as of `along`, named after each A (A, A); `best` is where distortion adds most. None where no
        augmentation has its cells with and without colour distortion under two values.
    """
    panel = panel_of(values)
    if len(panel) < 2:
        return None
    rows = _distorted(panel)
    frame = compared(panel, rows, correct, metric)
    if frame.empty:
        return None
    return Along(axis, metric, frame, pd.DataFrame(), int(frame["n"].max()), of_color=True)


def _distorted(panel: ByValue) -> dict[Pair, Mapping[Pair, float]]:
    """Return the weights that make, of the cells, what distortion adds to each A; named (A, A)."""
    there, first = {*shared_cells(panel)}, next(iter(panel.values()))
    rows: dict[Pair, Mapping[Pair, float]] = {}
    for a, planned in cells_beside(first, color_augmentations(first)).items():
        pairs = [pair for pair in planned if pair in there]
        if pairs and (a, a) in there:
            rows[a, a] = {(a, a): -1.0, **dict.fromkeys(pairs, 1 / len(pairs))}
    return rows


def colour_gains(ends: Mapping[Label, Ends], correct: pd.DataFrame | None, metric: str) -> pd.DataFrame:
    """Compare how far what distortion adds changes from one end of an axis to the other, between values.

    Args:
        ends: by the values that are compared, such as objectives.
        correct: from `load_correct`, of all results together.
        metric: an accuracy.

    Returns:
        As `gain_frame`: the mean over each A; no rows where no augmentation has its cells at all ends.
    """
    panel = panel_of({f"{value}\0{k}": one for value, at in ends.items() for k, one in enumerate(at.both)})
    rows = _distorted(panel) if panel else {}
    weights: dict[Pair, float] = {}
    for row in rows.values():
        for pair, weight in row.items():
            weights[pair] = weights.get(pair, 0.0) + weight / len(rows)
    return gain_frame(ends, correct, metric, weights)


def colour_words(found: Along, epochs: int) -> list[str]:
    """Say what colour distortion adds under each value, and with which it distinguishably adds less.

    Args:
        found: from `colour_along`.
        epochs: of the jobs; the answer holds for these.
    """
    return _sentences(found, f"In {jobs_words(found.axis, epochs)}")


def colour_crossed_words(found: Crossed, gains: pd.DataFrame | None = None, epochs: int = 0) -> list[str]:
    """Say the same under each value of a second axis, and under which it changes more along the first.

    Args:
        found: whose lines are from `colour_along`.
        gains: from `colour_gains`, of the same two axes.
        epochs: of the jobs.
    """
    of_epochs = found.under.path == EPOCHS
    told = [
        sentence
        for value, line in found.choices.items()
        for sentence in _sentences(
            line, f"After {value} epochs" if of_epochs else f"With {value_words(found.under, value)}"
        )
    ]
    if gains is None or gains.empty:
        return told
    low, high = min(found.axis.labels), max(found.axis.labels)
    metric = f"what colour distortion adds to {METRICS[next(iter(found.lines.values())).metric].phrase}"
    doing = f"going from {value_words(found.axis, low)} to {high}"
    return [*told, gain_words(gains, f"In {jobs_words(found.axis, epochs)}", doing, metric)]


def _sentences(found: Along, where: str) -> list[str]:
    """Speak of each A by itself, where they are few: distortion may add to one and cost with another."""
    names = [*dict.fromkeys(str(a) for a in found.frame.loc[found.frame["first"] != "", "first"])]
    if len(names) > _LISTED:
        return [_sentence(found, found.mean, where, f"{len(names)} augmentations, on average,")]
    return [_sentence(found, found.frame[found.frame["first"] == name], where, name) for name in names]


def _sentence(found: Along, frame: pd.DataFrame, where: str, to: str) -> str:
    rows = frame.to_dict("records")
    shown = rows if len(rows) <= _LISTED else [rows[0], rows[-1]]
    told = ", ".join(
        f"{points(row['mean'])} with {_named(found.axis, row['value'])}{_between(row['low'], row['high'])}"
        for row in shown
    )
    lead = (
        f"{where}, adding colour distortion to {to} changes {METRICS[found.metric].phrase} by these points: "
        f"{told} ({counted_seeds(found.seeds)})."
    )
    best = next(row for row in rows if row["best"])
    apart = [str(row["value"]) for row in rows if row["distinguishable"] is True]
    adds, less = ("adds most", "less") if best["mean"] > 0 else ("costs least", "more")
    if found.seeds < 2:
        return f"{lead} One seed cannot tell any values apart."
    most = f"{lead} It {adds} with {_named(found.axis, best['value'])}"
    if not apart:
        return f"{most}; no other value is distinguishable from it."
    return f"{most}, and distinguishably {less} with {listed(apart)}."


def _named(axis: Axis, value: Label) -> str:
    return value_words(axis, value) if axis.is_number else str(value)


def _between(low: float, high: float) -> str:
    return "" if isnan(low) else f" ({written(100 * low, '.1f')} to {written(100 * high, '.1f')})"
