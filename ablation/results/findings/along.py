"""Along an axis: the same cells under several values of a setting, and what the ranking makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablation.grid.layout import Pair
from ablation.grid.points import Axis, Label
from ablation.results.findings.trends import cells_of
from ablation.results.frames.means import planned_cells
from ablation.results.frames.rows import by_pair, named
from ablation.results.metrics import KNOWN, METRICS
from ablation.results.statistics.estimates import tabulate
from ablation.results.statistics.intervals import CONFIDENCE
from ablation.results.statistics.jackknife import jackknife
from ablation.results.statistics.paired import gaps_to_line, means_over_seeds
from ablation.results.statistics.ranks import spearman
from ablation.results.statistics.score_tables import ScoreTables, score_tables
from ablation.results.types import Floats

# The results of each value, as from `load_results`, in the order of the axis.
ByValue = Mapping[Label, pd.DataFrame]
COLUMNS = (
    "value", "first", "second", "n", "mean", "low", "high", "gap", "gap_low", "gap_high", "p",
    "distinguishable", "best",
)  # fmt: skip
RANK_COLUMNS = ("value", "cells", "rho", "low", "high", "best_first", "best_second", "lost", "moved")
# What a setting may change beside accuracy.
MORE = ("sample_top1_z", "leak_bits", "color_use", *KNOWN, "seconds", "peak_memory")
FEWEST = 4  # cells whose ranks are compared
_NO_FLOORS = ("kind", "seed", "outcome", "id")


@dataclass(frozen=True, eq=False)
class Along:
    """What the values of one axis change."""

    axis: Axis
    metric: str
    frame: pd.DataFrame  # from `along_frame`
    ranks: pd.DataFrame  # from `rank_frame`
    seeds: int  # that all values have
    of_color: bool = False  # what colour distortion adds to the metric, from `colour_along`

    @property
    def label(self) -> str:
        """Its name in a figure, with the unit."""
        metric = METRICS[self.metric]
        return f"{metric.phrase} that colour distortion adds (points)" if self.of_color else metric.axis

    @property
    def varies(self) -> bool:
        """Whether the values differ."""
        means = self.mean["mean"].dropna()
        return len(means) > 1 and bool(means.max() > means.min())

    @property
    def mean(self) -> pd.DataFrame:
        """The rows on average over the cells; of a single cell, its own."""
        several = self.frame[self.frame["first"] == ""]
        return several if len(several) else self.frame


def along(axis: Axis, values: ByValue, correct: pd.DataFrame | None, metric: str) -> Along:
    """Compare the values of an axis; arguments as of `along_frame`."""
    frame = along_frame(values, correct, metric)
    return Along(
        axis,
        metric,
        frame,
        rank_frame(values, axis.own, correct, metric),
        0 if frame.empty else int(frame["n"].max()),
    )


def along_frame(values: ByValue, correct: pd.DataFrame | None, metric: str) -> pd.DataFrame:
    """Compare the values of an axis cell by cell, and on average over the cells that all values have.

    Seeds are paired along the axis: what they share drops out of differences. The intervals of all gaps of a
    cell hold at once (studentised range).

    Args:
        values: results by value.
        correct: from `load_correct`, of all values together; None: intervals hold for these images.
        metric: a column, such as an accuracy; the higher, the better.

    Returns:
        A row for each cell and value: `value`, `first`, `second` (both empty on average, where there are
        several cells), `n` (seeds), `mean` with its 95 % interval `low` to `high` (by itself), `gap` to the
        best value for this cell with `gap_low`, `gap_high`, `p` and `distinguishable`, and `best`. With one
        seed there is no interval.
    """
    panel = panel_of(values)
    shared = shared_cells(panel)
    return compared(panel, {pair: {pair: 1.0} for pair in shared}, correct, metric)


def compared(
    panel: ByValue, rows: Mapping[Pair, Mapping[Pair, float]], correct: pd.DataFrame | None, metric: str
) -> pd.DataFrame:
    """Compare sums of cells under the values of an axis, each by itself and on average.

    Args:
        panel: from `panel_of`.
        rows: by the name of a row, the weight of each cell in its sum.
        correct: as of `along_frame`.
        metric: a column.

    Returns:
        As `along_frame`, with `rows` instead of cells.
    """
    if len(panel) < 2 or not rows:
        return pd.DataFrame(columns=list(COLUMNS))
    cells = [pair for pair in shared_cells(panel) if any(pair in weights for weights in rows.values())]
    tables = tables_of(panel, cells, correct, metric)
    place = {key: k for k, key in enumerate(tables.cells.index)}
    tall = {pair: np.zeros((len(panel), len(place))) for pair in rows}
    for pair, weights in rows.items():
        for k, value in enumerate(panel):
            for cell, weight in weights.items():
                tall[pair][k, place[str(value), cell_key(cell)]] += weight
    mean = {("", ""): np.mean([*tall.values()], axis=0)} if len(rows) > 1 else {}
    frames = [_compared(tables, weights, list(panel), pair) for pair, weights in (mean | tall).items()]
    frame: pd.DataFrame = pd.concat(frames, ignore_index=True)[list(COLUMNS)]
    return frame


@dataclass(frozen=True)
class Moved:
    """A cell whose place among the others is another under a value: how far, in accuracy (a fraction)."""

    cell: Pair
    by: float  # beyond what all cells of the grid have gained or lost on average
    low: float  # for all cells of the value at once
    high: float


def rank_frame(values: ByValue, own: Label, correct: pd.DataFrame | None, metric: str) -> pd.DataFrame:
    """Say how far each value ranks the cells as the grid's own value does.

    Args:
        values: results by value, `own` among them.
        own: the grid's own value.
        correct: as of `along_frame`.
        metric: a column, such as an accuracy; the higher, the better.

    Returns:
        A row for each other value: `value`; `cells`; `rho`, Spearman's correlation of the means over the
        seeds, its 95 % interval over seeds `low` to `high` (jackknife); `best_first`, `best_second`, what
        would be chosen under this value; `lost`, what that choice costs under the grid's own (a fraction);
        `moved`, a tuple of `Moved`, the cells that gained or lost distinguishably more than the others. No
        rows with fewer than four cells.
    """
    rows = []
    for value, results in values.items():
        if value == own or own not in values:
            continue
        panel = panel_of({own: values[own], value: results})
        shared = shared_cells(panel)
        if len(panel) < 2 or len(shared) < FEWEST:
            continue
        tables = tables_of(panel, shared, correct, metric)
        scores = tables.cells.to_numpy(float)  # (2 C, S): the grid's own first
        scores = scores[:, np.isfinite(scores).all(axis=0)]
        if not scores.shape[1]:
            continue
        count = len(shared)
        here, there = scores[:count].mean(axis=1), scores[count:].mean(axis=1)
        rho = spearman(here, there)
        best = shared[int(there.argmax())]
        rows.append(
            (
                value, count, rho,
                *jackknife(scores, lambda means, n=count: spearman(means[:n], means[n:]), count),  # type: ignore[misc]
                *best, float(here.max() - here[int(there.argmax())]),
                _moved(tables, shared),
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(RANK_COLUMNS))


def _moved(tables: ScoreTables, shared: list[Pair]) -> tuple[Moved, ...]:
    count = len(shared)
    apart = np.eye(count) - 1 / count
    weights = np.hstack([-apart, apart])  # (C, 2 C)
    by_seed = weighted(weights, tables.cells.to_numpy(float))
    found = means_over_seeds(by_seed, lambda lines: tables.over_images(lines @ weights))
    frame = tabulate(found, pd.MultiIndex.from_tuples(shared), "by", "sidak")
    told = frame[frame["p"] < 1 - CONFIDENCE].sort_values("by", key=lambda by: -by.abs(), kind="stable")
    return tuple(Moved(pair, row["by"], row["low"], row["high"]) for pair, row in by_pair(told).items())


def panel_of(values: ByValue) -> dict[Label, pd.DataFrame]:
    """Keep the seeds that all values have, of the values that have any."""
    there = {value: {int(seed) for seed in one["seed"]} for value, one in values.items() if len(one)}
    common = set.intersection(*there.values()) if there else set()
    return {value: values[value][values[value]["seed"].isin(common)] for value in there} if common else {}


def shared_cells(panel: ByValue) -> list[Pair]:
    """Name the cells that all values have, in the order of the grid."""
    planned = dict.fromkeys(pair for one in panel.values() for pair in planned_cells(one))
    there = [cells_of(one) for one in panel.values()]
    return [pair for pair in planned if all(pair in cells for cells in there)]


def tables_of(
    panel: Mapping[Label, pd.DataFrame], cells: list[Pair], correct: pd.DataFrame | None, metric: str
) -> ScoreTables:
    """Lay out cells under values as lines: as a grid whose rows are values and whose columns are cells."""
    wanted = {*cells}
    parts = []
    for value, one in panel.items():
        plain = named(one)
        keys = [*zip(plain["first"], plain["second"], strict=True)]
        inside = plain[[key in wanted for key in keys]]
        parts.append(inside.assign(first=str(value), second=[cell_key(key) for key in keys if key in wanted]))
    lines: pd.DataFrame = pd.concat(parts, ignore_index=True)
    lines.attrs = {"cells": [[str(value), cell_key(pair)] for value in panel for pair in cells]}
    return score_tables(lines, pd.DataFrame(columns=[*_NO_FLOORS, metric]), correct, metric)


def _compared(tables: ScoreTables, weights: Floats, values: list[Label], pair: Pair) -> pd.DataFrame:
    by_seed = weighted(weights, tables.cells.to_numpy(float))

    def images(lines: Floats) -> Floats:
        return tables.over_images(lines @ weights)

    index = pd.Index(range(len(values)))
    means = tabulate(means_over_seeds(by_seed, images), index, "mean")
    known = means["mean"].fillna(-np.inf)
    best = int(known.to_numpy().argmax())
    gaps = tabulate(gaps_to_line(by_seed, best, images), index, "gap", "range", len(values))
    told_apart = (gaps["p"] < 1 - CONFIDENCE).astype("boolean").mask(gaps["p"].isna())
    return means[["mean", "low", "high"]].assign(
        value=pd.Series(values, dtype=object),
        first=pair[0],
        second=pair[1],
        n=np.isfinite(by_seed).sum(axis=1),
        gap=gaps["gap"],
        gap_low=gaps["low"],
        gap_high=gaps["high"],
        p=gaps["p"],
        distinguishable=told_apart,
        best=[k == best for k in range(len(values))],
    )


def weighted(weights: Floats, table: Floats) -> Floats:
    """Sum lines of a table by weights, (K, C) times (C, S)."""
    # A gap in a cell that is not weighted is none of a mean's.
    touched = (weights != 0).astype(float) @ np.isnan(table).astype(float)
    return np.where(touched > 0, np.nan, weights @ np.nan_to_num(table))


def cell_key(pair: Pair) -> str:
    """Name a cell in the tables of `tables_of`."""
    return "\0".join(pair)  # no augmentation has such a name
