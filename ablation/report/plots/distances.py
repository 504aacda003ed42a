"""Distances of two views' histograms: of one image, and of different ones. What they share hides no image."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ablation.report.letters import extent
from ablation.report.plots.axes import PeakName, filled, name_above, points_per_pixel, quiet
from ablation.report.style import BLUE, DPI, FAINT, INK, ORANGE

FARTHEST = sqrt(2)  # of two histograms without a common colour: both have norm 1
_BINS = np.linspace(0, FARTHEST, 58)
_POINTS, _SMALL = 8.5, 7.0
_ABREAST = 4  # panels in a line
_WIDTH, _HEIGHT, _GAP, _ABOVE, _BELOW = 2.1, 1.05, 0.3, 0.42, 0.25  # inches, of a panel
_TALLEST = 3.0  # times the lower peak: what goes on above is cut, or views that are equal would hide the rest

Distances = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class CellDistances:
    """Distances of a cell's views, and its separation: the share of d_same below d_different (AUC)."""

    name: str
    same: Distances  # (M,) of two views of one image, 0 to √2
    different: Distances  # (M',) of views of different images
    separation: float


def distance_densities(
    same: Distances, different: Distances, *, separation: float, ax: Axes | None = None, title: str = ""
) -> Axes:
    """Draw how the distances of colour histograms are distributed, for one image's views and for others'.

    Args:
        same: (M,) distances ‖q − q'‖ of two views of one image, 0 to √2.
        different: (M',) of views of different images.
        separation: AUC = P(d_same < d_different), in [0, 1]; .5 is chance.
        ax: where to draw, at the size that it will have; a new figure by default.
        title: what stands above, the cell's name for instance.

    Example:
        >>> same, different = np.array([0.1]), np.array([0.9])
        >>> ax = distance_densities(same, different, separation=1.0, ax=Figure().add_subplot())
        >>> [text.get_text() for text in ax.texts]
        ['same image', 'different images']
    """
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(4.5, 3), layout="compressed")
    named = (("same image", same, ORANGE), ("different images", different, BLUE))
    peaks, heights = [], []
    for name, distances, color in named:
        density = np.histogram(np.minimum(distances, FARTHEST), _BINS, density=True)[0]
        ax.stairs(density, _BINS, fill=True, color=color, alpha=0.3)
        ax.stairs(density, _BINS, color=color, linewidth=1.1)
        heights.append(float(density.max()))
        peaks.append(PeakName(name, float(np.mean(_BINS[density.argmax() :][:2])), color))
    quiet(ax, _SMALL)
    # Their areas are 1: the height says nothing that the shape does not.
    top = 1.04 * min(max(heights), _TALLEST * min(heights))
    ax.set(xlim=(0, FARTHEST), yticks=[], ylim=(0, top), xticks=(0, 0.5, 1, FARTHEST))
    ax.set_xticklabels(["0", "0.5", "1", "√2"])
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("distance of colour histograms", fontsize=_SMALL, color=FAINT, labelpad=2)
    name_above(ax, peaks, _SMALL)
    above = 1.9 * _SMALL  # the names
    room = ax.get_window_extent().width * points_per_pixel(ax) - 4.5 * _SMALL  # beside the AUC
    fits = room / max(1.0, extent(title, _POINTS)[0] * 72 / DPI)
    ax.set_title(title, loc="left", fontsize=_POINTS * min(1.0, fits), color=INK, pad=above)
    ax.set_title(f"AUC {separation:.2f}", loc="right", fontsize=_SMALL, color=FAINT, pad=above)
    return ax


def distances_figure(cells: Sequence[CellDistances], *, title: str, caption: str) -> Figure:
    """Draw the distances of several cells, a panel each, all with the same axis.

    Args:
        cells: at least one, in the order in which they are shown.
        title: above all.
        caption: below all, before the line that says what is drawn.

    Example:
        >>> cell = CellDistances("crop", np.array([0.1]), np.array([0.9]), 1.0)
        >>> figure = distances_figure([cell, cell], title="tiny", caption="")
        >>> [ax.get_title(loc="left") for ax in figure.axes]
        ['crop', 'crop']
    """
    rows = ceil(len(cells) / _ABREAST)
    abreast = ceil(len(cells) / rows)
    across, down = _WIDTH + _GAP, _ABOVE + _HEIGHT + _BELOW
    width, height = abreast * across - _GAP, rows * down
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    for k, cell in enumerate(cells):
        row, column = divmod(k, abreast)
        bottom = height - row * down - _ABOVE - _HEIGHT
        box = (column * across / width, bottom / height, _WIDTH / width, _HEIGHT / height)
        ax = figure.add_axes(box)
        distance_densities(cell.same, cell.different, separation=cell.separation, ax=ax, title=cell.name)
        if k + abreast < len(cells):
            ax.set_xlabel("")
    what = (
        "densities of ‖q − q'‖, where q is the square root of a view's colour histogram, for views of one "
        "image and of different images; √2: no colour in common; AUC: how often the former is smaller "
        f"(0.5 is chance); a peak more than {_TALLEST:g} times as high as the other is cut"
    )
    lines = filled([*filter(None, (caption, what))], 72 * max(width, 4.5), _SMALL)
    figure.text(0, -0.25 / height, lines, fontsize=_SMALL, color=FAINT, va="top", linespacing=1.4)
    figure.text(0, 1 + 0.1 / height, title, fontsize=1.2 * _POINTS, color=INK, va="bottom")
    return figure
