"""Accuracy under each value of a setting: lines over numbers, paired points over names."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ablation.grid.layout import Pair
from ablation.report.plots.axes import filled, points_per_pixel, quiet, row_labels, write_below
from ablation.report.plots.ends import End, finish, new_axes
from ablation.report.style import AMBER, BLUE, GREEN, INK, LINE, ORANGE, POINTS, PURPLE
from ablation.results.findings.along import Along
from ablation.results.metrics import METRICS
from ablation.results.numbers import cell_name
from ablation.results.types import Floats

_NAMED = (BLUE, ORANGE, GREEN, PURPLE, AMBER)
_FEW = len(_NAMED) - 1  # cells that have a colour each, beside that of their mean
_WIDE = 8  # times: numbers that span more are drawn on a logarithmic axis


def axis_plot(found: Along, ax: Axes | None = None) -> Axes:
    """Draw the accuracy, or another metric, of each cell under each value of a setting.

    Bars are 95 % intervals of the mean.

    Numbers are an axis; the mean over the cells is bold, the best few cells are named. Names are rows, the
    best on top; a filled point is not distinguishable from the best.

    Args:
        found: from `ab.along`.
        ax: where to draw; a new figure by default.

    Raises:
        ValueError: fewer than two values have results yet.

    Example:
        `ab.axis_plot(ab.along("results/mine", "batch_size"))`
    """
    if found.frame.empty:
        raise ValueError(f"fewer than two values of {found.axis.name} have results yet")
    ax = new_axes(ax)
    return _numbers(found, ax) if found.axis.is_number else _names(found, ax)


def _numbers(found: Along, ax: Axes) -> Axes:
    mean, named, scale = found.mean, _best_cells(found), METRICS[found.metric].scale
    ends = []
    for pair, rows in by_cell(found.frame).items():
        color = _NAMED[named.index(pair)] if pair in named else LINE
        x, y = rows["value"].to_numpy(float), scale * rows["mean"].to_numpy(float)
        bold = mean is found.frame
        drawn = INK if bold else color
        ax.plot(x, y, "-o" if bold else "-", color=drawn, linewidth=1.2, markersize=4, zorder=2)
        if bold or pair in named:
            ends.append(End(float(x[-1]), float(y[-1]), cell_name(pair), drawn))
    x, y = mean["value"].to_numpy(float), scale * mean["mean"].to_numpy(float)
    ax.vlines(x, scale * mean["low"], scale * mean["high"], color=INK, linewidth=1.2, zorder=3)
    if mean is not found.frame:
        ax.plot(x, y, "-o", color=INK, linewidth=1.9, markersize=5, zorder=4)
        ends.append(End(float(x[-1]), float(y[-1]), "mean", INK, bold=True))
    mark_numbers(ax, x)
    quiet(ax, POINTS)
    mark_zero(found, ax)
    ax.set_xlabel(found.axis.name, fontsize=POINTS, color=INK)
    ax.set_ylabel(found.label, fontsize=POINTS, color=INK)
    others = len(by_cell(found.frame)) - len(named)
    finish(ax, ends, [_bars(found), f"grey: {others} other cells" if others else ""])
    return ax


def mark_numbers(ax: Axes, x: Floats) -> None:
    """Mark the values of a number axis, on a logarithmic scale where they span much."""
    if x.min() > 0 and x.max() >= _WIDE * x.min():
        ax.set_xscale("log", base=2)
    ax.set_xticks(x, [f"{one:g}" for one in x])
    ax.minorticks_off()


def mark_zero(found: Along, ax: Axes) -> None:
    """Mark where colour distortion adds nothing, in a figure of what it adds."""
    if found.of_color:
        draw = ax.axhline if found.axis.is_number else ax.axvline
        draw(0, color=INK, linewidth=0.8, zorder=0)


def _names(found: Along, ax: Axes) -> Axes:
    mean, scale = found.mean.sort_values("mean", kind="stable"), METRICS[found.metric].scale
    order = {str(value): k for k, value in enumerate(mean["value"])}
    cells = by_cell(found.frame)
    few = 1 < len(cells) <= _FEW
    for k, (pair, rows) in enumerate(cells.items()):
        places = rows.assign(y=[order[str(value)] for value in rows["value"]]).sort_values("y")
        color, name = (_NAMED[1 + k], cell_name(pair)) if few else (LINE, "")
        x = scale * places["mean"]
        ax.plot(x, places["y"], "-o", color=color, label=name, linewidth=0.9, markersize=3.5, zorder=1)
    if few:
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=0.85 * POINTS)
    y = np.arange(len(mean))
    ax.hlines(y, scale * mean["low"], scale * mean["high"], color=BLUE, linewidth=1.4, zorder=2)
    lower = mean["distinguishable"].fillna(False).to_numpy(bool)
    top1 = scale * mean["mean"].to_numpy(float)
    for which, fill in ((lower, "white"), (~lower, BLUE)):
        ax.plot(top1[which], y[which], "o", color=BLUE, markerfacecolor=fill, markersize=6, zorder=3)
    ax.set_yticks(y, row_labels(mean["value"], ax.figure.get_figure(root=True).get_figwidth()))
    ax.set_ylim(-0.6, len(mean) - 0.4)
    quiet(ax, POINTS)
    mark_zero(found, ax)
    ax.grid(axis="x", color=LINE, linewidth=0.5)
    ax.set_xlabel(found.label, fontsize=POINTS, color=INK)
    told = "filled: not distinguishable from the best" if found.seeds > 1 else ""
    several = "grey: a line for each cell" if len(cells) > _FEW else ""
    ax.figure.get_figure(root=True).draw_without_rendering()  # the layout makes room for the names
    width = 0.9 * points_per_pixel(ax) * ax.get_window_extent().width
    lines = [line for line in (_bars(found), told, several) if line]
    write_below(ax, filled(lines, width, 0.85 * POINTS), 0.85 * POINTS)
    return ax


def _bars(found: Along) -> str:
    if found.seeds < 2:
        return "one seed: the variation between seeds is unknown, so there are no intervals"
    over = " over the cells" if found.mean is not found.frame else ""
    return f"bars: 95 % intervals of the mean{over}, each by itself; seeds are paired in all comparisons"


def by_cell(frame: pd.DataFrame) -> dict[Pair, pd.DataFrame]:
    """Return the rows of each cell of `along`, without those of the mean."""
    cells = frame[frame["first"] != ""]
    return {
        (str(first), str(second)): rows
        for (first, second), rows in cells.groupby(["first", "second"], sort=False, observed=True)
    }


def _best_cells(found: Along) -> Sequence[Pair]:
    if found.mean is found.frame:
        return [*by_cell(found.frame)]
    highest = found.frame[found.frame["first"] != ""].groupby(["first", "second"], sort=False)["mean"].max()
    best = highest.sort_values(ascending=False, kind="stable").index.tolist()[: len(_NAMED)]
    return [(str(first), str(second)) for first, second in best]
