"""The accuracy heatmap (SimCLR, Figure 5): rows first, columns second, row means set apart."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import nan
from textwrap import fill
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from ablation.report import caption as words
from ablation.report.colorbar import accuracy_bar
from ablation.report.layout import GAP, Layout, layout
from ablation.results.summary import baseline_means, cell_means, row_means

COLORS = "viridis"
_LEAST_SPAN = 5.0  # points: fewer, and the colours would make a finding of noise
_INK, _FAINT, _EMPTY = "#333333", "#6f6f6f", "#f1f1f1"


def accuracy_heatmap(
    results: pd.DataFrame,
    *,
    baselines: pd.DataFrame | None = None,
    metric: str = "linear_top1",
    ax: Axes | None = None,
    cmap: str = COLORS,
    vmin: float | None = None,
    vmax: float | None = None,
    title: str | None = None,
    caption: str | None = None,
) -> Axes:
    """Draw the accuracy of every cell in percent, its mean over seeds, with the row means beside it.

    Rows are the first augmentation, columns the second; of a grid of some pairs only, rows are the
    augmentations, columns each alone and with its partners. With several seeds the standard deviation stands
    below the mean, and `n` where a cell has fewer seeds than others. A cell without a number is hatched
    and says why; a row with such a gap has no row mean (`ablation.results.summary.row_means`). Cells below
    the random-init floor and collapsed cells are marked. Source: SimCLR (arXiv 2002.05709), section 3.1
    and Figure 5.

    Args:
        results: tidy, from `load_results` or a `cells.csv`.
        baselines: from `load_baselines`: marked on the colour bar.
        metric: a column of accuracies, fractions in [0, 1].
        ax: where to draw; a new figure by default. In a figure of several axes `layout="compressed"` keeps
            the labels apart.
        cmap: a perceptually uniform colour map.
        vmin: colour of the lowest accuracy, in percent; default: the lowest cell (the range is never
            narrower than 5 points, so that noise looks like noise). Give both to share a scale.
        vmax: colour of the highest accuracy, in percent.
        title: default: metric and data; "" for none.
        caption: default: the views, whether this is a Figure 5 grid, the seeds; "" for none.

    Returns:
        The axes, the colour bar in an inset at its right.

    Raises:
        ValueError: no such metric, a missing column, or a cell that is there twice for one seed.

    Example:
        >>> frame = pd.DataFrame({"first": ["crop"], "second": ["crop"], "seed": [0], "outcome": ["ok"],
        ...                       "linear_top1": [0.331]})
        >>> from matplotlib.figure import Figure
        >>> ax = accuracy_heatmap(frame, ax=Figure().add_subplot())
        >>> ax.texts[0].get_text()
        '33.1'
    """
    cells = cell_means(results, metric)
    rows = row_means(results, metric)
    floors = None if baselines is None else baseline_means(baselines, metric)
    plan = layout(results)
    n, m, width = len(plan.rows), len(plan.columns), plan.width
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(0.75 * m + 4.2, 0.75 * n + 2.2), layout="compressed")
    side = _side(ax, plan)
    size = float(np.clip(0.21 * side, 4, 10))  # letters fit the cell, whatever the axes
    percent = pd.DataFrame(
        [[nan if pair is None else 100 * cells["mean"][pair] for pair in row] for row in plan.cells],
        plan.rows,
        plan.columns,
    )
    norm = _norm(percent.to_numpy(), vmin, vmax)
    sns.heatmap(
        percent,
        ax=ax,
        cmap=cmap,
        vmin=norm.vmin,
        vmax=norm.vmax,
        cbar=False,
        square=True,
        linewidths=1,
        linecolor="white",
    )
    ax.set(xlim=(0, width), ylim=(n, 0))

    seeds = sorted({int(seed) for seed in results["seed"][results[metric].notna()]})
    canvas = _Canvas(ax, ScalarMappable(norm, mpl.colormaps[cmap]), size, len(seeds))
    entries = dict(zip(cells.index, _entries(cells, floors), strict=True))
    for i, row in enumerate(plan.cells):
        for j, pair in enumerate(row):
            if pair is not None:
                _write_entry(canvas, (j, i), entries[pair])
    for i, entry in enumerate(_entries(rows.assign(state="–")) if plan.row_means else ()):
        if entry.n:
            face = canvas.colors.to_rgba(np.array(entry.mean))
            ax.add_patch(Rectangle((m + GAP, i), 1, 1, facecolor=face, edgecolor="white", linewidth=1))
        _write_entry(canvas, (m + GAP, i), entry)
    _label(ax, plan, size, side)

    letter = size / (side * width)  # in axes
    bar = ax.inset_axes((1 + 3.6 * letter, 0, 1.3 * letter, 1))
    if seeds:
        accuracy_bar(bar, norm, cmap, words.marks(floors), size=0.78 * size, height=n * side)
    else:
        bar.set_axis_off()
    heading = words.title(metric, results.attrs.get("grid")) if title is None else title
    ax.set_title(heading, loc="left", fontsize=1.15 * size, color=_INK, pad=0.8 * size)
    if caption is None:
        letters = max(
            30, int(2.4 * (side * width / size + 14))
        )  # the colour bar stands out by about 14 sizes
        lines = words.caption(results, cells, floors, seeds)
        caption = "\n".join(fill(line, letters) for line in lines)
    _write_below(ax, caption, 0.74 * size)
    return ax


@dataclass(frozen=True)
class _Canvas:
    ax: Axes
    colors: ScalarMappable
    size: float  # of the letters, in points
    seeds: int


class _Entry(NamedTuple):
    mean: float  # percent
    sd: float
    n: int
    gap: str  # what to say where n is 0
    marks: str = ""


def _entries(means: pd.DataFrame, floors: pd.DataFrame | None = None) -> Iterator[_Entry]:
    floor = words.random_init(floors)
    columns = zip(means["mean"], means["sd"], means["n"], means["state"], strict=True)
    for mean, sd, n, state in columns:
        marks = words.BELOW * (mean < floor) + words.COLLAPSED * (state == "collapsed")
        yield _Entry(100 * mean, 100 * sd, n, state, marks)


def _norm(percent: NDArray[np.float64], vmin: float | None, vmax: float | None) -> Normalize:
    values = percent[np.isfinite(percent)]
    low, high = (values.min(), values.max()) if values.size else (0.0, 100.0)
    missing = max(0.0, _LEAST_SPAN - (high - low)) / 2
    return Normalize(low - missing if vmin is None else vmin, high + missing if vmax is None else vmax)


def _side(ax: Axes, plan: Layout) -> float:
    # Of a cell, in points: the axes shrink to square cells when they are drawn, so their own size says less.
    box, dpi = ax.get_window_extent(), ax.figure.dpi
    return float(min(box.width / plan.width, box.height / len(plan.rows)) * 72 / dpi)


def _write_entry(canvas: _Canvas, corner: tuple[float, float], entry: _Entry) -> None:
    ax, size, (x, y) = canvas.ax, canvas.size, corner
    centre: dict[str, Any] = {"ha": "center", "va": "center"}
    if not entry.n:
        ax.add_patch(
            Rectangle(corner, 1, 1, facecolor=_EMPTY, edgecolor="#cfcfcf", hatch="////", linewidth=0)
        )
        ax.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor="white", linewidth=1))
        behind = {"facecolor": _EMPTY, "edgecolor": "none", "pad": 1.0}
        ax.text(x + 0.5, y + 0.5, entry.gap, fontsize=0.78 * size, color=_FAINT, bbox=behind, **centre)
        return
    ink = _readable(canvas.colors.to_rgba(np.array(entry.mean)))
    spread = f"±{entry.sd:.1f}" if entry.n > 1 else ""
    fewer = f"n={entry.n}" if entry.n < canvas.seeds else ""
    below = " ".join(filter(None, (spread, fewer)))
    height = 0.44 if below else 0.51
    ax.text(x + 0.5, y + height, f"{entry.mean:.1f}", fontsize=size, color=ink, **centre)
    if below:
        ax.text(x + 0.5, y + 0.7, below, fontsize=0.62 * size, color=ink, **centre)
    if entry.marks:
        ax.text(x + 0.94, y + 0.08, entry.marks, ha="right", va="top", fontsize=0.55 * size, color=ink)


def _readable(background: Any) -> str:
    # The ink of the higher contrast, at least 4.5 to 1 (WCAG AA): both are alike at this luminance.
    return "white" if sns.utils.relative_luminance(background) < 0.179 else "black"


def _label(ax: Axes, plan: Layout, size: float, side: float) -> None:
    n, m = len(plan.rows), len(plan.columns)
    mean_at, mean = ([m + GAP + 0.5], ["row mean"]) if plan.row_means else ([], [])
    places = [*(np.arange(m) + 0.5), *mean_at]
    ax.set_xticks(places, [*plan.columns, *mean], rotation=0, fontsize=0.9 * size)
    ax.set_yticks(np.arange(n) + 0.5, plan.rows, rotation=0, fontsize=0.9 * size)
    ax.tick_params(length=0, pad=3, labelcolor=_INK)
    widest = max(label.get_window_extent().width for label in ax.get_xticklabels())  # pixels
    if widest * 72 / ax.figure.dpi > 0.98 * side:
        for label in ax.get_xticklabels():
            label.set(rotation=40, ha="right", va="top", rotation_mode="anchor")
    ax.set_xlabel(plan.x_label, fontsize=size, color=_INK, x=m / 2 / plan.width, labelpad=5)
    ax.set_ylabel(plan.y_label, fontsize=size, color=_INK, labelpad=6)


def _write_below(ax: Axes, text: str, size: float) -> None:
    ax.annotate(
        text,
        xy=(0, 0),
        xycoords=("axes fraction", ax.xaxis.label),
        xytext=(0, -0.9 * size),
        textcoords="offset points",
        va="top",
        fontsize=size,
        color=_FAINT,
        linespacing=1.4,
        annotation_clip=False,
    )
