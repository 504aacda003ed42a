"""Lines that are named where they end, right of the axes."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from ablation.report.plots.axes import filled, points_per_pixel, write_below
from ablation.report.plots.colorbar import spread
from ablation.report.style import POINTS

SIZE = (5.6, 4.0)  # inches
_SMALL = 7.5


@dataclass(frozen=True)
class End:
    """Where a line ends, and its name there."""

    x: float
    y: float
    name: str
    color: str
    bold: bool = False


def new_axes(ax: Axes | None) -> Axes:
    """Return the axes, or those of a new figure."""
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=SIZE, layout="compressed")
    return ax


def thin(ax: Axes) -> None:
    """Leave out the numbers of ticks that would touch another's; the ends keep theirs."""
    labels = ax.get_xticklabels()
    boxes = [label.get_window_extent() for label in labels]
    gap = 3 / points_per_pixel(ax)
    free = boxes[0].x1 + gap
    for label, box in zip(labels[1:-1], boxes[1:-1], strict=True):
        if box.x0 < free or box.x1 + gap > boxes[-1].x0:
            label.set_visible(False)
        else:
            free = box.x1 + gap


def finish(ax: Axes, ends: Sequence[End], below: Sequence[str]) -> None:
    """Name each line where it ends, right of the axes, and write what is to be known below."""
    figure = ax.figure.get_figure(root=True)
    ordered = sorted(ends, key=lambda end: end.y)
    texts = [
        ax.annotate(
            end.name, xy=(1, end.y), xycoords=("axes fraction", "data"), xytext=(6, 0),
            textcoords="offset points", va="center", fontsize=_SMALL, color=end.color,
            annotation_clip=False, fontweight="bold" if end.bold else "normal",
        )
        for end in ordered
    ]  # fmt: skip
    width = 72 * figure.get_figwidth() * 0.8
    write_below(ax, filled([line for line in below if line], width, 0.85 * POINTS), 0.85 * POINTS)
    figure.draw_without_rendering()  # the layout moves the axes, and makes room for the names
    thin(ax)
    scale, box = points_per_pixel(ax), ax.get_window_extent()
    at = [scale * (float(ax.transData.transform((end.x, end.y))[1]) - box.y0) for end in ordered]
    for text, here, place in zip(texts, at, spread(at, 1.25 * _SMALL, 0, scale * box.height), strict=True):
        text.set_position((6, place - here))
