"""The accuracy heatmap (SimCLR, Figure 5): rows first, columns second, row means set apart."""

from collections.abc import Sequence
from math import nan
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ablation.grid.layout import GAP, Layout
from ablation.report import caption as words
from ablation.report.cells import CellText, Heatmap, accuracy_cells, layout, seeds_with
from ablation.report.plots.axes import write_below
from ablation.report.plots.colorbar import beside, value_bar
from ablation.report.style import ACCURACIES, DPI, EMPTY, FAINT, INK, LINE
from ablation.results.frames.means import baseline_means, cell_means
from ablation.results.metrics import reported
from ablation.results.statistics.grid import Statistics


def accuracy_heatmap(
    results: pd.DataFrame,
    *,
    baselines: pd.DataFrame | None = None,
    metric: str | None = None,
    ax: Axes | None = None,
    cmap: str = ACCURACIES,
    vmin: float | None = None,
    vmax: float | None = None,
    title: str | None = None,
    caption: str | None = None,
    statistics: Statistics | None = None,
) -> Axes:
    """Draw the accuracy of every cell in percent, its mean over seeds, with the row means beside it.

    Rows are the first augmentation, columns the second; of a grid of some pairs only, rows are the
    augmentations, columns each alone and with its partners. With several seeds the standard deviation stands
    below the mean, and `n` where a cell has fewer seeds than others. A cell without a number is hatched
    and says why; a row with such a gap has no row mean (`row_means`). Cells below
    the random-init floor and collapsed cells are marked. Source: SimCLR (arXiv 2002.05709), section 3.1
    and Figure 5.

    Args:
        results: tidy, from `load_results` or a `cells.csv`.
        baselines: from `load_baselines`: marked on the colour bar.
        metric: a column of accuracies, fractions in [0, 1]; default: the test accuracy that decides.
        ax: where to draw; a new figure by default. In a figure of several axes `layout="compressed"` keeps
            the labels apart.
        cmap: a perceptually uniform colour map.
        vmin: colour of the lowest accuracy, in percent; default: the lowest cell (the range is never
            narrower than 5 points or, with `statistics`, than the difference that the grid can detect, so
            that noise looks like noise). Give both to share a scale.
        vmax: colour of the highest accuracy, in percent.
        title: default: metric and data; "" for none.
        caption: default: the views, whether this is a Figure 5 grid, the seeds; "" for none.
        statistics: of these results and this metric; mark the best cell and those that may be as good.

    Returns:
        The axes, the colour bar in an inset at its right.

    Raises:
        ValueError: no such metric, a missing column, a cell that is there twice for one seed, or statistics
            of another metric.

    Example:
        >>> frame = pd.DataFrame({"first": ["crop"], "second": ["crop"], "seed": [0], "outcome": ["ok"],
        ...                       "linear_top1": [0.331]})
        >>> from matplotlib.figure import Figure
        >>> ax = accuracy_heatmap(frame, ax=Figure().add_subplot())
        >>> ax.texts[0].get_text()
        '33.1'
    """
    metric = metric or reported(results.attrs)
    heatmap = accuracy_cells(results, baselines, metric, cmap, vmin, vmax, statistics)
    heading = words.title(metric, results) if title is None else title
    if caption is None:
        floors = None if baselines is None else baseline_means(baselines, metric)
        cells, seeds = cell_means(results, metric), seeds_with(results, metric)
        return draw(heatmap, ax, heading, words.caption(results, cells, floors, seeds, heatmap.legend))
    return draw(heatmap, ax, heading, caption)


def heatmap_figure(
    results: pd.DataFrame, baselines: pd.DataFrame, statistics: Statistics | None = None
) -> Figure:
    """Draw the heatmap as a figure of its own, whose size goes by the number of its cells."""
    plan = layout(results)
    n = len(plan.rows)
    side = 1.2 if n == 1 else 0.8 if n < 6 else 0.68  # inches, of a cell
    # The axes fill the figure, so that cells have one size; the labels stand outside.
    figure = Figure(figsize=(side * plan.width, side * n), dpi=DPI)
    FigureCanvasAgg(figure)
    accuracy_heatmap(results, baselines=baselines, ax=figure.add_axes((0, 0, 1, 1)), statistics=statistics)
    return figure


def draw(heatmap: Heatmap, ax: Axes | None, title: str, caption: str | Sequence[str]) -> Axes:
    """Draw the cells on axes or a new figure; lines of a caption are broken, a text is not."""
    plan, norm, cells = heatmap.layout, heatmap.norm, heatmap.cells
    n, m, width = len(plan.rows), len(plan.columns), plan.width
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(0.75 * m + 4.2, 0.75 * n + 2.2), layout="compressed")
    side = _side(ax, plan)
    size = float(np.clip(0.21 * side, 4, 10))  # letters fit the cell, whatever the axes
    table = pd.DataFrame(
        [[nan if pair is None else cells["mean"][pair] for pair in row] for row in plan.cells],
        plan.rows,
        plan.columns,
    )
    look = {"cmap": heatmap.cmap, "square": True, "linewidths": 1, "linecolor": "white"}
    sns.heatmap(table, ax=ax, vmin=norm.vmin, vmax=norm.vmax, cbar=False, **look)
    ax.set(xlim=(0, width), ylim=(n, 0))

    texts = heatmap.cell_texts()
    for i, row in enumerate(plan.cells):
        for j, pair in enumerate(row):
            if pair is not None:
                _write(ax, (j, i), texts[pair], size)
    for i, content in enumerate(heatmap.row_texts()):
        corner = (m + GAP, i)
        if content.fill:
            ax.add_patch(Rectangle(corner, 1, 1, facecolor=content.fill, edgecolor="white", linewidth=1))
        _write(ax, corner, content, size)
    _label(ax, plan, size, side)

    bar = beside(ax, gap=3.6 * size, width=1.3 * size)
    if heatmap.seeds:
        value_bar(
            bar, norm, heatmap.cmap, heatmap.marks, unit=heatmap.unit, size=0.78 * size, height=n * side
        )
    else:
        bar.set_axis_off()
    ax.set_title(title, loc="left", fontsize=1.15 * size, color=INK, pad=0.8 * size, parse_math=False)
    if not isinstance(caption, str):
        # The colour bar stands out by about 14 sizes.
        letters = max(30, int(2.4 * (side * width / size + 14)))
        caption = "\n".join(fill(line, letters) for line in caption)
    write_below(ax, caption, 0.74 * size)
    return ax


def _side(ax: Axes, plan: Layout) -> float:
    # Of a cell, in points: the axes shrink to square cells when they are drawn, so their own size says less.
    box, dpi = ax.get_window_extent(), ax.figure.dpi
    return float(min(box.width / plan.width, box.height / len(plan.rows)) * 72 / dpi)


def _write(ax: Axes, corner: tuple[float, float], content: CellText, size: float) -> None:
    x, y = corner
    centre: dict[str, Any] = {"ha": "center", "va": "center"}
    if not content.fill:
        ax.add_patch(Rectangle(corner, 1, 1, facecolor=EMPTY, edgecolor=LINE, hatch="////", linewidth=0))
        ax.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor="white", linewidth=1))
        behind = {"facecolor": EMPTY, "edgecolor": "none", "pad": 1.0}
        ax.text(x + 0.5, y + 0.5, content.text, fontsize=0.78 * size, color=FAINT, bbox=behind, **centre)
        return
    height = 0.44 if content.below else 0.51
    ax.text(x + 0.5, y + height, content.text, fontsize=size, color=content.ink, **centre)
    if content.below:
        ax.text(x + 0.5, y + 0.7, content.below, fontsize=0.62 * size, color=content.ink, **centre)
    if content.marks:
        ax.text(
            x + 0.94, y + 0.08, content.marks, ha="right", va="top", fontsize=0.55 * size, color=content.ink
        )


def _label(ax: Axes, plan: Layout, size: float, side: float) -> None:
    n, m = len(plan.rows), len(plan.columns)
    mean_at, mean = ([m + GAP + 0.5], ["row mean"]) if plan.row_means else ([], [])
    places = [*(np.arange(m) + 0.5), *mean_at]
    ax.set_xticks(places, [*plan.columns, *mean], rotation=0, fontsize=0.9 * size)
    ax.set_yticks(np.arange(n) + 0.5, plan.rows, rotation=0, fontsize=0.9 * size)
    ax.tick_params(length=0, pad=3, labelcolor=INK)
    widest = max(label.get_window_extent().width for label in ax.get_xticklabels())  # pixels
    if widest * 72 / ax.figure.dpi > 0.98 * side:
        for label in ax.get_xticklabels():
            label.set(rotation=40, ha="right", va="top", rotation_mode="anchor")
    ax.set_xlabel(plan.x_label, fontsize=size, color=INK, x=m / 2 / plan.width, labelpad=5)
    ax.set_ylabel(plan.y_label, fontsize=size, color=INK, labelpad=6)
