"""What else a setting changes beside accuracy: leak, use of colour, time and memory."""

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ablation.grid.points import Label
from ablation.report.plots.along import mark_numbers
from ablation.report.plots.axes import quiet, row_labels, rows_tall
from ablation.report.plots.ends import thin
from ablation.report.style import BLUE, INK, LINE, POINTS
from ablation.results.findings.along import Along
from ablation.results.metrics import METRICS


def axis_more(found: Mapping[str, Along], order: Sequence[Label], columns: int = 2) -> Figure:
    """Draw other metrics under each value of a setting: means over the cells, with 95 % intervals.

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
    figure.draw_without_rendering()
    if numbers:
        for ax in axes.flat[: len(found)]:
            thin(ax)
    return figure


def _line(found: Along, ax: Axes) -> None:
    mean, metric = found.mean, METRICS[found.metric]
    x, y, low, high = (
        mean["value"].to_numpy(float),
        *(metric.scale * mean[end].to_numpy(float) for end in ("mean", "low", "high")),
    )
    ax.vlines(x, low, high, color=INK, linewidth=1.2)
    ax.plot(x, y, "-o", color=INK, linewidth=1.5, markersize=4)
    mark_numbers(ax, x)
    ax.set_xlabel(found.axis.name, fontsize=POINTS, color=INK)
    ax.set_ylabel(metric.axis, fontsize=POINTS, color=INK)


def _dots(found: Along, ax: Axes, order: Sequence[Label], *, named: bool) -> None:
    metric, rows = METRICS[found.metric], {str(value): k for k, value in enumerate(reversed(order))}
    mean: pd.DataFrame = found.mean[[str(value) in rows for value in found.mean["value"]]]
    y = np.array([rows[str(value)] for value in mean["value"]])
    ax.hlines(y, metric.scale * mean["low"], metric.scale * mean["high"], color=BLUE, linewidth=1.4)
    ax.plot(metric.scale * mean["mean"], y, "o", color=BLUE, markersize=5)
    labels = row_labels(rows, ax.figure.get_figure(root=True).get_figwidth())
    ax.set_yticks(np.arange(len(rows)), labels if named else [""] * len(rows))
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.grid(axis="x", color=LINE, linewidth=0.5)
    ax.set_xlabel(metric.axis, fontsize=POINTS, color=INK)
