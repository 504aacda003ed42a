"""What else a setting changes beside accuracy: leak, use of colour, time and memory."""

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ablation.grid.points import Label
from ablation.report.plots.along import by_cell, mark_numbers
from ablation.report.plots.axes import quiet, row_labels, rows_tall
from ablation.report.plots.ends import thin
from ablation.report.style import BLUE, GREEN, INK, LINE, ORANGE, POINTS, PURPLE
from ablation.results.findings.along import Along
from ablation.results.metrics import METRICS
from ablation.results.numbers import cell_name

_COLORS = (BLUE, ORANGE, GREEN, PURPLE)
_APART = 0.18  # of a row


def axis_more(found: Mapping[str, Along], order: Sequence[Label], columns: int = 2) -> Figure:
    """Draw other metrics under each value of a setting, with 95 % intervals: of each cell, if they are few.

    Of more than four cells it draws the means over them.

    Args:
        found: by metric, from `ab.along`; at least one.
        order: of the values; of names, the first is on top.
        columns: how many panels stand side by side.
    """
    across, numbers = min(columns, len(found)), next(iter(found.values())).axis.is_number
    down = ceil(len(found) / across)
    wide = 3.4 * across + (0 if numbers else 1.4)  # inches
    tall = 2.3 if numbers else 0.8 + rows_tall(order, wide, 0.24)
    figure = Figure(figsize=(wide, tall * down), layout="compressed")
    FigureCanvasAgg(figure)
    axes = figure.subplots(down, across, squeeze=False)
    for ax in axes.flat[len(found) :]:
        ax.set_axis_off()
    for k, one in enumerate(found.values()):
        ax = axes.flat[k]
        if numbers:
            _line(one, ax)
        else:
            _dots(one, ax, order, named=k % across == 0)
        quiet(ax, POINTS)
    cells = [*_lines(next(iter(found.values())))]
    if len(cells) > 1:
        handles = [Line2D([], [], color=color, marker="o", markersize=4) for color in _COLORS[: len(cells)]]
        figure.legend(handles, cells, loc="outside upper left", ncols=2, frameon=False, fontsize=0.9 * POINTS)
    figure.draw_without_rendering()
    if numbers:
        for ax in axes.flat[: len(found)]:
            thin(ax)
    return figure


def _lines(found: Along) -> dict[str, pd.DataFrame]:
    """Return the rows of each cell by its name, if there are several and few; else those of the mean."""
    cells = by_cell(found.frame)
    if not 1 < len(cells) <= len(_COLORS):
        return {"": found.mean}
    return {cell_name(pair): rows for pair, rows in cells.items()}


def _line(found: Along, ax: Axes) -> None:
    metric, lines = METRICS[found.metric], _lines(found)
    for color, rows in zip(_COLORS if len(lines) > 1 else (INK,), lines.values(), strict=False):
        x, y, low, high = (
            rows["value"].to_numpy(float),
            *(metric.scale * rows[end].to_numpy(float) for end in ("mean", "low", "high")),
        )
        ax.vlines(x, low, high, color=color, linewidth=1.2)
        ax.plot(x, y, "-o", color=color, linewidth=1.5, markersize=4)
    mark_numbers(ax, found.mean["value"].to_numpy(float))
    ax.set_xlabel(found.axis.name, fontsize=POINTS, color=INK)
    ax.set_ylabel(metric.axis, fontsize=POINTS, color=INK)


def _dots(found: Along, ax: Axes, order: Sequence[Label], *, named: bool) -> None:
    metric, places = METRICS[found.metric], {str(value): k for k, value in enumerate(reversed(order))}
    lines = _lines(found)
    for k, (color, rows) in enumerate(zip(_COLORS, lines.values(), strict=False)):
        inside: pd.DataFrame = rows[[str(value) in places for value in rows["value"]]]
        aside = _APART * (k - (len(lines) - 1) / 2)  # so that no bar hides another
        y = np.array([places[str(value)] for value in inside["value"]]) - aside
        ax.hlines(y, metric.scale * inside["low"], metric.scale * inside["high"], color=color, linewidth=1.4)
        ax.plot(metric.scale * inside["mean"], y, "o", color=color, markersize=5)
    labels = row_labels([*places], ax.figure.get_figure(root=True).get_figwidth())
    ax.set_yticks(np.arange(len(places)), labels if named else [""] * len(places))
    ax.set_ylim(-0.6, len(places) - 0.4)
    ax.grid(axis="x", color=LINE, linewidth=0.5)
    ax.set_xlabel(metric.axis, fontsize=POINTS, color=INK)
