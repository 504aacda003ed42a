"""Which parts of the originals two views show, and how their boxes lie to each other (SimCLR, Figure 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from ablation.report.letters import broken, extent, line_height
from ablation.report.plots.axes import quiet
from ablation.report.sheets.boxes import (
    ADJACENT,
    NESTED,
    RELATIONS,
    Boxes,
    relation_shares,
    relations,
    share_within,
)
from ablation.report.sheets.canvas import page, place, side_of
from ablation.report.style import AMBER, BLUE, FAINT, INK, LINE, SHEET, SMALL
from ablation.results.types import Floats

_SIDE = 224  # pixels of the page an image should take, about
_GAP, _PANEL, _LABELS, _TICKS = 16, 480, 190, 90  # pixels of the page
_VIEWS = (("view 1", BLUE, "-"), ("view 2", AMBER, (0, (4, 2.5))))
_GRID, _INDEPENDENT = ("this grid", INK), ("two independent crops", LINE)
_BINS = np.linspace(0, 1, 21)

BoxPairs = tuple[Boxes, Boxes]


@dataclass(frozen=True, eq=False)
class CropRow:
    """A crop of the grid: the boxes of both views on a few pictures, and many more of them to be counted."""

    name: str
    parameters: str
    pictures: NDArray[np.uint8]  # (R, 3, S, S)
    boxes: BoxPairs  # of the views of these pictures
    grid: BoxPairs  # as this grid draws them
    independent: BoxPairs | None  # of two independent crops; None where that is what the grid draws


def crop_figure(rows: Sequence[CropRow], *, title: str, caption: str) -> Figure:
    """Draw for each crop the boxes of both views on originals, and how such boxes lie to each other.

    Source: SimCLR (arXiv 2002.05709), section 3.1 and Figure 3.

    Args:
        rows: at least one, each with as many pictures.
        title: above all.
        caption: below all.

    Example:
        >>> whole, part = np.array([[0.0, 0, 8, 8]]), np.array([[0.0, 0, 4, 4]])
        >>> row = CropRow("crop", "", np.zeros((1, 3, 8, 8), np.uint8), (part, whole), (part, whole), None)
        >>> figure = crop_figure([row], title="tiny", caption="")
        >>> "global to local" in [text.get_text() for text in figure.axes[0].texts]
        True
    """
    shown, side = len(rows[0].pictures), side_of(rows[0].pictures.shape[-1], _SIDE)
    images = shown * (side + _GAP)
    panels = (images + _LABELS, images + _LABELS + _PANEL + _TICKS)
    above, below = 2.2 * line_height(SHEET), 2.8 * line_height(SMALL)
    first = 2.6 * line_height(SHEET)
    height = round(first + len(rows) * (above + side + below))
    ax = page(panels[1] + _PANEL, height)
    ax.text(0, 0, title, fontsize=1.15 * SHEET, color=INK, va="top")
    _draw_legend(ax, 2.2 * line_height(SHEET), any(row.independent is not None for row in rows), panels[0])
    y = first
    for row in rows:
        y += above
        ax.text(0, y - 10, row.name, fontsize=SHEET, color=INK, va="bottom")
        x = extent(row.name, SHEET)[0] + 14
        ax.text(x, y - 10, row.parameters, fontsize=SMALL, color=FAINT, va="bottom")
        _draw_pictures(ax, row, round(y), side)
        bars, histogram = (
            ax.figure.add_axes((x / (panels[1] + _PANEL), 1 - (y + side) / height, *_size(ax, side)))
            for x in panels
        )
        _draw_relations(bars, row)
        _draw_shares(histogram, row)
        y += side + below
    if caption:
        caption = broken(caption, ax.get_xlim()[1], SMALL + 0.5)
        ax.text(0, y, caption, fontsize=SMALL + 0.5, color=FAINT, va="top", linespacing=1.4)
    return ax.figure  # type: ignore[return-value]


def _size(ax: Axes, side: int) -> tuple[float, float]:
    (_, width), (height, _) = ax.get_xlim(), ax.get_ylim()
    return _PANEL / width, side / height


def _draw_legend(ax: Axes, y: float, both: bool, right: float) -> None:
    x, middle = 0.0, y + 6
    for label, color, style in _VIEWS:
        ax.plot([x, x + 60], [middle, middle], color=color, linestyle=style, linewidth=1.6, clip_on=False)
        ax.text(x + 70, middle, label, fontsize=SMALL + 0.5, color=INK, va="center_baseline")
        x += 70 + extent(label, SMALL + 0.5)[0] + 40
    x = right
    for label, color in (_GRID, _INDEPENDENT) if both else (_GRID,):
        ax.add_patch(Rectangle((x, middle - 9), 30, 18, color=color, linewidth=0, clip_on=False))
        ax.text(x + 40, middle, label, fontsize=SMALL + 0.5, color=INK, va="center_baseline")
        x += 40 + extent(label, SMALL + 0.5)[0] + 40


def _draw_pictures(ax: Axes, row: CropRow, y: int, side: int) -> None:
    scale = side / row.pictures.shape[-1]
    words = relations(*row.boxes)
    shares = share_within(*row.boxes)
    for position, picture in enumerate(row.pictures):
        x = position * (side + _GAP)
        place(ax, picture, x, y, side)
        # Both rims before both lines: where the boxes share an edge, both colours stay to be seen.
        for color, style, width in (
            ("white", "-", 3.0),
            *((color, style, 1.7) for _, color, style in _VIEWS),
        ):
            boxes = row.boxes if color == "white" else (row.boxes[0 if style == "-" else 1],)
            for box in boxes:
                _draw_box(ax, box[position] * scale, (x, y), side, color, style, width)
        word = str(words[position])
        what = word if word in (NESTED, ADJACENT) else f"{word}, {100 * shares[position]:.0f} %"
        ax.text(x + side / 2, y + side + 10, what, fontsize=SMALL, color=FAINT, ha="center", va="top")


def _draw_box(
    ax: Axes,
    box: Floats,
    corner: tuple[int, int],
    side: int,
    color: str,
    style: Any,
    width: float,
) -> None:
    # A line on the very edge of the image would lie half outside of it.
    left, top, right, bottom = np.clip(box, 5, side - 5)
    x, y = corner
    ax.add_patch(
        Rectangle((x + left, y + top), right - left, bottom - top,
                  fill=False, edgecolor=color, linestyle=style, linewidth=width, joinstyle="miter")
    )  # fmt: skip


def _draw_relations(ax: Axes, row: CropRow) -> None:
    sets = [(_GRID[1], row.grid)] + ([(_INDEPENDENT[1], row.independent)] if row.independent else [])
    thick = 0.72 / len(sets)
    for order, (color, pairs) in enumerate(sets):
        for position, share in enumerate(relation_shares(*pairs).values()):
            y = position + (order - (len(sets) - 1) / 2) * thick
            low, high = (100 * bound for bound in share.interval)
            ax.barh(y, 100 * share.value, height=0.92 * thick, color=color)
            ax.plot([low, high], [y, y], color="black", linewidth=1.0, solid_capstyle="butt")
            ax.text(
                max(high, 100 * share.value) + 1.5, y, f"{100 * share.value:.1f} % [{low:.1f}, {high:.1f}]",
                fontsize=SMALL - 0.5, color=INK, va="center_baseline",
            )  # fmt: skip
    ax.set(xlim=(0, 165), ylim=(len(RELATIONS) - 0.5, -0.5), xticks=(0, 50, 100))
    ax.set_yticks(range(len(RELATIONS)), RELATIONS)
    ax.set_xlabel("% of pairs", fontsize=SMALL, color=FAINT, labelpad=1, x=50 / 165)
    quiet(ax, SMALL)
    ax.spines["bottom"].set_bounds(0, 100)


def _draw_shares(ax: Axes, row: CropRow) -> None:
    highest = 0.0
    for (_, color), pairs, filled in ((_INDEPENDENT, row.independent, True), (_GRID, row.grid, False)):
        if pairs is None or (not filled and row.independent and (share_within(*pairs) == 1).all()):
            continue  # one bar of 100 % would leave the others no room; the caption says it
        counts = np.histogram(share_within(*pairs), _BINS)[0]
        percent = 100 * counts / counts.sum()
        ax.stairs(percent, _BINS, fill=filled or row.independent is None, color=color, linewidth=1.2)
        highest = max(highest, percent.max())
    ax.set(xlim=(-0.01, 1.01), ylim=(0, 1.08 * highest), xticks=(0, 0.5, 1))
    ax.set_xlabel("share of the smaller box within the larger", fontsize=SMALL, color=FAINT, labelpad=1)
    ax.set_ylabel("% of pairs", fontsize=SMALL, color=FAINT, labelpad=2)
    quiet(ax, SMALL)
