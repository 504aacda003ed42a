"""How answers change with the epochs: gaps to the best of each length, and what colour distortion changes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ablation.grid.layout import Pair
from ablation.report.plots.axes import quiet
from ablation.report.plots.ends import End, finish, new_axes
from ablation.report.style import AMBER, BLUE, FAINT, GREEN, INK, LINE, ORANGE, POINTS, PURPLE, SKY
from ablation.results.numbers import cell_name

_NAMED = (BLUE, ORANGE, GREEN, PURPLE, AMBER)
_BESIDE = (ORANGE, BLUE, GREEN, PURPLE, AMBER, SKY)  # of more, none is named
_DODGE = 0.05  # doublings of the epochs, between the bars of two lines


def trend_plot(trends: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how far each cell lies below the best of its length, against the epochs (logarithmic).

    The cells that led at some length and the best few of the longest are named, with 95 % intervals; the
    others are thin grey lines.

    Args:
        trends: from `ab.trends`.
        ax: where to draw; a new figure by default.

    Raises:
        ValueError: no cell has two lengths.

    Example:
        `ab.trend_plot(ab.trends("results/mine"))`
    """
    if trends.empty:
        raise ValueError("no cell was run with two numbers of epochs; add [lengths] to the grid file")
    ax = new_axes(ax)
    named = _shown(trends)
    ends = []
    groups = {
        (str(first), str(second)): rows
        for (first, second), rows in trends.groupby(["first", "second"], sort=False, observed=True)
    }
    for pair, rows in groups.items():
        if pair not in named:
            ax.plot(rows["epochs"], -100 * rows["gap"], "-", color=LINE, linewidth=0.8, zorder=1)
    for k, pair in enumerate(named):
        rows, color = groups[pair], _NAMED[k]
        y, low, high = (-100 * rows[name].to_numpy(float) for name in ("gap", "high", "low"))
        x = _dodged(rows["epochs"], k - (len(named) - 1) / 2)
        ax.vlines(x, low, high, color=color, linewidth=1.0, zorder=3)
        ax.plot(x, y, "-o", color=color, linewidth=1.6, markersize=4, zorder=4)
        ends.append(End(float(x[-1]), float(y[-1]), cell_name(pair), color))
    ax.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    _epochs(ax, sorted({int(epochs) for epochs in trends["epochs"]}))
    ax.set_ylabel("points from the best of that length", fontsize=POINTS, color=INK)
    others = len(groups) - len(named)
    known = trends["low"].notna().any()
    finish(
        ax,
        ends,
        [
            "bars: 95 % intervals, simultaneous over the cells of a length"
            if known
            else "one seed: the variation between seeds is unknown, so there are no intervals",
            f"named: the best at some length, and the best few of the longest; grey: {others} other cells"
            if others
            else "",
        ],
    )
    return ax


def colour_trend_plot(trend: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw what colour distortion changes against the epochs (logarithmic), on average and beside each.

    Args:
        trend: from `ab.colour_trend`.
        ax: where to draw; a new figure by default.

    Raises:
        ValueError: it has no rows.

    Example:
        `ab.colour_trend_plot(ab.colour_trend("results/mine"))`
    """
    if trend.empty:
        raise ValueError("no cell with and without colour distortion was run with two numbers of epochs")
    ax = new_axes(ax)
    partners = [str(name) for name in dict.fromkeys(trend["beside"]) if name]
    colors = _BESIDE if len(partners) <= len(_BESIDE) else (LINE,) * len(partners)
    ends = []
    for partner, color in zip(partners, colors, strict=False):
        rows = trend[trend["beside"] == partner]
        x, y = rows["epochs"].to_numpy(float), 100 * rows["effect"].to_numpy(float)
        if len(partners) > 1:
            ax.plot(x, y, "-", color=color, linewidth=1.0, zorder=2)
            ends += [End(x[-1], y[-1], f"beside {partner}", color)] * (color != LINE)
    mean = trend[trend["beside"] == ""]
    x = mean["epochs"].to_numpy(float)
    y, low, high = (100 * mean[name].to_numpy(float) for name in ("effect", "low", "high"))
    ax.vlines(x, low, high, color=INK, linewidth=1.1, zorder=3)
    ax.plot(x, y, "-o", color=INK, linewidth=1.8, markersize=5, zorder=4)
    name = "mean" if len(partners) > 1 else f"beside {partners[0]}"
    ends.append(End(float(x[-1]), float(y[-1]), name, INK, bold=True))
    ax.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    _epochs(ax, [int(epochs) for epochs in x])
    ax.set_ylabel("accuracy gained by colour distortion (points)", fontsize=POINTS, color=INK)
    lines = [
        "bars: 95 % intervals of the mean, each by itself"
        if np.isfinite(low).any()
        else "one seed: the variation between seeds is unknown, so there are no intervals"
    ]
    finish(ax, ends, lines)
    return ax


def _shown(trends: pd.DataFrame) -> list[Pair]:
    """Return the cells that are named: who leads at the longest or led before, then the next best."""
    longest = trends[trends["epochs"] == trends["epochs"].max()].sort_values("gap", kind="stable")
    led = trends[trends["leader"]].sort_values("epochs", ascending=False, kind="stable")
    rows = [*_pairs(led), *_pairs(longest)]
    return [*dict.fromkeys(rows)][: len(_NAMED)]


def _pairs(rows: pd.DataFrame) -> list[Pair]:
    return [(str(a), str(b)) for a, b in zip(rows["first"], rows["second"], strict=True)]


def _dodged(epochs: "pd.Series[int]", steps: float) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.asarray(epochs.to_numpy(float) * 2 ** (_DODGE * steps))


def _epochs(ax: Axes, epochs: Sequence[int]) -> None:
    ax.set_xscale("log", base=2)
    ax.set_xticks(epochs, [str(one) for one in epochs])
    ax.minorticks_off()
    quiet(ax, POINTS)
    ax.set_xlabel("epochs", fontsize=POINTS, color=INK)
