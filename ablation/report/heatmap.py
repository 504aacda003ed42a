"""The accuracy heatmap (SimCLR, Figure 5): rows first, columns second, row means set apart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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

from ablation.grid.layout import GAP, Layout
from ablation.report import caption as words
from ablation.report.axes import write_below
from ablation.report.colorbar import beside, value_bar
from ablation.report.layout import layout
from ablation.report.pictures import FAINT, INK
from ablation.results.summary import baseline_means, cell_means, check_accuracy, row_means

COLORS = "viridis"
_LEAST_SPAN = 5.0  # points: fewer, and the colours would make a finding of noise
_EMPTY = "#f1f1f1"


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
    check_accuracy(metric)
    cells, rows = cell_means(results, metric), row_means(results, metric)
    floors = None if baselines is None else baseline_means(baselines, metric)
    seeds = seeds_with(results, metric)
    percent = cells.assign(mean=100 * cells["mean"], sd=100 * cells["sd"])
    heatmap = Heatmap(
        layout(results),
        percent,
        rows.assign(mean=100 * rows["mean"], sd=100 * rows["sd"], state="–"),
        len(seeds),
        norm_of(percent["mean"].to_numpy(), vmin, vmax),
        cmap,
        "%",
        words.marks(floors),
        floor=100 * words.random_init(floors),
    )
    heading = words.title(metric, results.attrs.get("grid")) if title is None else title
    return heatmap.draw(
        ax, heading, words.caption(results, cells, floors, seeds) if caption is None else caption
    )


def seeds_with(results: pd.DataFrame, column: str) -> list[int]:
    """List the seeds that have a number in a column."""
    return sorted({int(seed) for seed in results["seed"][results[column].notna()]})


@dataclass(frozen=True, eq=False)
class Heatmap:
    """Means of the cells in the unit in which they are written, and how they are drawn.

    `cells` and `rows` are as from `cell_means` and `row_means`; `state` is what a gap says.
    """

    layout: Layout
    cells: pd.DataFrame
    rows: pd.DataFrame
    seeds: int
    norm: Normalize
    cmap: str
    unit: str
    marks: Mapping[str, float]  # on the colour bar
    floor: float = nan  # cells below it are marked
    decimals: int = 1
    marked: Mapping[tuple[str, str], str] = field(default_factory=dict)  # what stands in a cell's corner

    def draw(self, ax: Axes | None, title: str, caption: str | Sequence[str]) -> Axes:
        """Draw the cells on axes or a new figure; lines of a caption are broken, a text is not."""
        plan, norm, cells = self.layout, self.norm, self.cells
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
        look = {"cmap": self.cmap, "square": True, "linewidths": 1, "linecolor": "white"}
        sns.heatmap(table, ax=ax, vmin=norm.vmin, vmax=norm.vmax, cbar=False, **look)
        ax.set(xlim=(0, width), ylim=(n, 0))

        canvas = _Canvas(ax, ScalarMappable(norm, mpl.colormaps[self.cmap]), size, self.seeds, self.decimals)
        entries = {
            pair: entry._replace(marks=entry.marks + self.marked.get(pair, ""))
            for pair, entry in zip(cells.index, _entries(cells, self.floor), strict=True)
        }
        for i, row in enumerate(plan.cells):
            for j, pair in enumerate(row):
                if pair is not None:
                    _write_entry(canvas, (j, i), entries[pair])
        for i, entry in enumerate(_entries(self.rows) if plan.row_means else ()):
            if entry.n:
                face = canvas.colors.to_rgba(np.array(entry.mean))
                ax.add_patch(Rectangle((m + GAP, i), 1, 1, facecolor=face, edgecolor="white", linewidth=1))
            _write_entry(canvas, (m + GAP, i), entry)
        _label(ax, plan, size, side)

        bar = beside(ax, gap=3.6 * size, width=1.3 * size)
        if self.seeds:
            value_bar(bar, norm, self.cmap, self.marks, unit=self.unit, size=0.78 * size, height=n * side)
        else:
            bar.set_axis_off()
        ax.set_title(title, loc="left", fontsize=1.15 * size, color=INK, pad=0.8 * size, parse_math=False)
        if not isinstance(caption, str):
            # The colour bar stands out by about 14 sizes.
            letters = max(30, int(2.4 * (side * width / size + 14)))
            caption = "\n".join(fill(line, letters) for line in caption)
        write_below(ax, caption, 0.74 * size)
        return ax


@dataclass(frozen=True)
class _Canvas:
    ax: Axes
    colors: ScalarMappable
    size: float  # of the letters, in points
    seeds: int
    decimals: int


class _Entry(NamedTuple):
    mean: float
    sd: float
    n: int
    gap: str  # what to say where n is 0
    marks: str = ""


def _entries(means: pd.DataFrame, floor: float = nan) -> Iterator[_Entry]:
    columns = zip(means["mean"], means["sd"], means["n"], means["state"], strict=True)
    for mean, sd, n, state in columns:
        marks = words.BELOW * (mean < floor) + words.COLLAPSED * (state == "collapsed")
        yield _Entry(mean, sd, n, state, marks)


def norm_of(percent: NDArray[np.float64], vmin: float | None = None, vmax: float | None = None) -> Normalize:
    """Return the range of the colours: that of the cells, and never narrower than 5 points."""
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
        ax.text(x + 0.5, y + 0.5, entry.gap, fontsize=0.78 * size, color=FAINT, bbox=behind, **centre)
        return
    ink = readable(canvas.colors.to_rgba(np.array(entry.mean)))
    spread = f"±{entry.sd:.{canvas.decimals}f}" if entry.n > 1 else ""
    fewer = f"n={entry.n}" if entry.n < canvas.seeds else ""
    below = " ".join(filter(None, (spread, fewer)))
    height = 0.44 if below else 0.51
    ax.text(x + 0.5, y + height, f"{entry.mean:.{canvas.decimals}f}", fontsize=size, color=ink, **centre)
    if below:
        ax.text(x + 0.5, y + 0.7, below, fontsize=0.62 * size, color=ink, **centre)
    if entry.marks:
        ax.text(x + 0.94, y + 0.08, entry.marks, ha="right", va="top", fontsize=0.55 * size, color=ink)


def readable(background: Any) -> str:
    """Return the ink of the higher contrast, at least 4.5 to 1 (WCAG AA)."""
    # Both are alike at this luminance.
    return "white" if sns.utils.relative_luminance(background) < 0.179 else "black"


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
