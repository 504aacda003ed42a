"""What one end of an axis gains over the other, under each value of a second axis, and who gains more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ablation.grid.layout import Pair
from ablation.grid.points import Label
from ablation.results.findings.along import ByValue, cell_key, panel_of, shared_cells, tables_of, weighted
from ablation.results.numbers import points, written
from ablation.results.statistics.estimates import tabulate
from ablation.results.statistics.paired import contrasts_over_seeds

SUPERVISED = "supervised"
COLUMNS = ("value", "n", "gain", "low", "high", "more", "more_low", "more_high")


@dataclass(frozen=True, eq=False)
class Ends:
    """The results at both ends of an axis."""

    first: pd.DataFrame
    last: pd.DataFrame

    @property
    def both(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The first, and the last."""
        return self.first, self.last


def gain_frame(
    ends: Mapping[Label, Ends],
    correct: pd.DataFrame | None,
    metric: str,
    cells: Mapping[Pair, float] | None = None,
) -> pd.DataFrame:
    """Compare what the end of an axis gains over its start under several values of another.

    Seeds and images are paired within a gain, and between gains.

    Args:
        ends: by value.
        correct: from `load_correct`, of all results together; None: intervals hold for these images.
        metric: a column.
        cells: their weights; by default the mean of those that all results have.

    Returns:
        A row for each value: `value`, `n` (seeds), the `gain` with its 95 % interval `low` to `high`, and how
        much `more` than under the reference that is, with `more_low` and `more_high`. The reference is
        supervised training, else the last value; its own `more` is missing. Each interval holds by itself;
        with one seed there is none. No rows with fewer than two values.
    """
    names: dict[Label, tuple[str, str]] = {value: (f"{value}\0first", f"{value}\0last") for value in ends}
    parts: ByValue = {
        name: one for value, at in ends.items() for name, one in zip(names[value], at.both, strict=True)
    }
    panel = panel_of(parts)
    if len(ends) < 2 or len(panel) < len(parts):
        return pd.DataFrame(columns=list(COLUMNS))
    there = shared_cells(panel)
    weights = dict.fromkeys(there, 1 / max(1, len(there))) if cells is None else cells
    if not weights or not weights.keys() <= {*there}:
        return pd.DataFrame(columns=list(COLUMNS))
    tables = tables_of(panel, [*weights], correct, metric)
    place = {key: k for k, key in enumerate(tables.cells.index)}
    gains = {value: np.zeros(len(place)) for value in ends}
    for value, (first, last) in names.items():
        for pair, weight in weights.items():
            gains[value][place[first, cell_key(pair)]] -= weight
            gains[value][place[last, cell_key(pair)]] += weight
    reference = SUPERVISED if SUPERVISED in gains else [*gains][-1]
    rows = []
    for value, gain in gains.items():
        lines = np.array([gain, gain - gains[reference]])  # (2, C)
        by_seed = weighted(lines, tables.cells.to_numpy(float))
        # One at a time: their variances are not alike, and must not be pooled.
        told = [
            tabulate(contrasts_over_seeds(one[None], tables.over_images(line[None])), pd.Index([0]), "gain")
            for one, line in zip(by_seed, lines, strict=True)
        ]
        found, more = (one[["gain", "low", "high"]].to_numpy(float)[0].tolist() for one in told)
        n = int(np.isfinite(by_seed[0]).sum())
        rows.append((value, n, *found, *(more if value != reference else [np.nan] * 3)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def gain_words(gains: pd.DataFrame, where: str, doing: str, metric: str) -> str:
    """Say who gains more by going from one end of an axis to the other, in one sentence; "" of no gains.

    Args:
        gains: from `gain_frame`.
        where: for which jobs it holds, such as "In jobs of 8 epochs".
        doing: what was done, such as "the largest encoder instead of the smallest".
        metric: the phrase of a metric.

    Example:
        >>> gains = pd.DataFrame([("nt-xent", 3, .05, .03, .07, .04, .01, .07), ("supervised", 3, .01, 0, .02)
        ...   + (float("nan"),) * 3], columns=COLUMNS)
        >>> print(gain_words(gains, "In jobs of 8 epochs", "the larger encoder", "top-1"))
        In jobs of 8 epochs, the larger encoder changes top-1 by +5.0 points (+3.0 to +7.0) with nt-xent and \
+1.0 (+0.0 to +2.0) with supervised: the change with nt-xent is 4.0 points higher (95 % 1.0 to 7.0).
    """
    if gains.empty:
        return ""
    rows = [{str(key): given for key, given in row.items()} for row in gains.to_dict("records")]
    units = [" points", *[""] * len(rows)]
    numbers = [
        f"{points(row['gain'])}{unit}{_interval(row['low'], row['high'])} with {row['value']}"
        for row, unit in zip(rows, units, strict=False)
    ]
    told = f"{', '.join(numbers[:-1])} and {numbers[-1]}"
    others = [row for row in rows if not np.isnan(row["more"])]
    reference = next(row["value"] for row in rows if np.isnan(row["more"]))
    if any(np.isnan(row["more_low"]) for row in others):
        judged = "one seed cannot tell them apart"
    else:
        judged = "; ".join(_more(row, str(reference), len(others) > 1) for row in others)
    return f"{where}, {doing} changes {metric} by {told}: {judged}."


def _more(row: Mapping[str, Any], reference: str, named: bool) -> str:
    than = f" than with {reference}" if named else ""
    low, high = row["more_low"], row["more_high"]
    if low <= 0 <= high:
        return (
            f"{row['value']} and {reference} cannot be told apart "
            f"({points(row['more'])} points, 95 % {points(low)} to {points(high)})"
        )
    word, sign = ("higher", 1) if low > 0 else ("lower", -1)
    ends = sorted([sign * low, sign * high])
    low_high = " to ".join(written(100 * end, ".1f") for end in ends)
    much = written(100 * abs(row["more"]), ".1f")
    return f"the change with {row['value']} is {much} points {word}{than} (95 % {low_high})"


def _interval(low: float, high: float) -> str:
    return "" if np.isnan(low) else f" ({points(low)} to {points(high)})"
