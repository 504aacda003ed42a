"""How pretraining went: the curve of every cell, as small multiples in the heatmap's order."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from ablation.report.cells import layout
from ablation.report.plots.axes import filled, write_below
from ablation.report.style import BLUE, INK, LINE, POINTS
from ablation.results.metrics import METRICS, Metric
from ablation.results.types import Floats

_SIDE = 0.72  # inches, of a panel
_INSET, _EDGE = 0.08, 0.96  # of a panel: free on each side, and where it ends
_TICKS = 0.7 * POINTS  # letters


def convergence_plot(
    curves: pd.DataFrame, results: pd.DataFrame, metric: str = "contrastive_top1", ax: Axes | None = None
) -> Axes:
    """Draw a curve of pretraining for every cell and seed, one small panel per cell, all on one scale.

    A curve that still climbs at its end says that the grid's jobs are short; one at the bottom, that the task
    was not learnt; one that jumps to the top at once, that there was a shortcut.

    Args:
        curves: from `load_curves`.
        results: from `load_results`; gives the order of the panels.
        metric: `contrastive_top1`, `loss` or `effective_rank`.
        ax: where to draw; a new figure by default.

    Example:
        >>> from matplotlib.figure import Figure
        >>> results = pd.DataFrame({"first": ["crop"], "second": ["crop"]})
        >>> curves = pd.DataFrame({"first": "crop", "second": "crop", "seed": 0, "epoch": [1, 2],
        ...                        "contrastive_top1": [0.2, 0.6]})
        >>> len(convergence_plot(curves, results, ax=Figure().add_subplot()).collections[0].get_segments())
        1
    """
    plan = layout(results)
    rows, columns = len(plan.rows), len(plan.columns)
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=curves_size(rows, columns), layout="compressed")
    measured = METRICS[metric]
    low, high = _range(curves[metric].to_numpy(float), measured)
    epochs = int(curves["epoch"].max()) if len(curves) else 1
    by_cell = {
        pair: [curve for _, curve in group.groupby("seed")]
        for pair, group in curves.groupby(["first", "second"], observed=True)
    }
    lines: list[Floats] = []
    for i, row in enumerate(plan.cells):
        for j, pair in enumerate(row):
            if pair is None:
                continue
            ax.fill([j, j + _EDGE, j + _EDGE, j], [i, i, i + _EDGE, i + _EDGE], color=LINE, alpha=0.28, lw=0)
            middle = i + _EDGE / 2
            ax.plot([j, j + _EDGE], [middle, middle], color="white", linewidth=0.8)
            for curve in by_cell.get(pair, ()):
                x = (curve["epoch"].to_numpy(float) - 1) / max(1, epochs - 1)
                y = (curve[metric].to_numpy(float) - low) / (high - low)
                inner = _EDGE - 2 * _INSET
                points = np.column_stack([j + _INSET + inner * x, i + _EDGE - _INSET - inner * y])
                lines.append(points[np.isfinite(points).all(axis=1)])
    ax.add_collection(LineCollection(lines, colors=BLUE, linewidths=1.1, alpha=0.8))
    ax.set(xlim=(-0.02, columns), ylim=(rows, -0.02), aspect="equal")
    ax.set_xticks(np.arange(columns) + _EDGE / 2, plan.columns)
    ax.set_yticks(np.arange(rows) + _EDGE / 2, plan.rows)
    ax.xaxis.tick_top()
    ax.tick_params(length=0, labelsize=POINTS, labelcolor=INK)
    ax.tick_params(axis="y", pad=3.8 * _TICKS)  # beyond the numbers of the scale
    _scale(ax, rows, columns, [_written(value, measured) for value in (high, (low + high) / 2, low)], epochs)
    if columns and max(map(len, plan.columns)) > 8:
        for label in ax.get_xticklabels():
            label.set(rotation=40, ha="left", rotation_mode="anchor")
    ax.spines[:].set_visible(False)
    ax.set_ylabel(plan.y_label, fontsize=POINTS, color=INK)
    ax.set_title(plan.x_label, fontsize=POINTS, color=INK)
    ax.set_xlabel("epoch", fontsize=_TICKS, color=INK, labelpad=1.8 * _TICKS)
    words = f"{measured.words} by epoch; all panels have the same scale; one line per seed"
    width = 72 * max(_SIDE * columns, 2.4)  # points: a layout makes room for the words before the panels
    write_below(ax, filled([words], width, 0.85 * POINTS), 0.85 * POINTS)
    return ax


def curves_size(rows: int, columns: int) -> tuple[float, float]:
    """Return the size of a figure of so many panels, in inches."""
    return max(_SIDE * columns + 1.4, 4.6), _SIDE * rows + 1.7


def _scale(ax: Axes, rows: int, columns: int, values: list[str], epochs: int) -> None:
    """Write the scale beside the first panel of each row, and the epochs below the last of each column."""
    look: dict[str, Any] = {
        "fontsize": _TICKS,
        "color": INK,
        "annotation_clip": False,
        "textcoords": "offset points",
    }
    for i in range(rows):
        for value, place in zip(values, (_INSET, _EDGE / 2, _EDGE - _INSET), strict=True):
            ax.annotate(value, (0, i + place), (-3, 0), ha="right", va="center", **look)
    ends = [(1, _INSET, "left"), (epochs, _EDGE - _INSET, "right")][: 1 + (epochs > 1)]
    for j in range(columns):
        for epoch, place, side in ends:
            ax.annotate(str(epoch), (j + place, rows - 1 + _EDGE), (0, -2), ha=side, va="top", **look)


def _range(values: Floats, metric: Metric) -> tuple[float, float]:
    if metric.unit == "%":
        return 0.0, 1.0
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return (low, high) if high > low else (low, low + 1.0)


def _written(value: float, metric: Metric) -> str:
    return f"{100 * value:.0f} %" if metric.unit == "%" else f"{value:.3g}"
