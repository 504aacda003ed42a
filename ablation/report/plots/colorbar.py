"""A colour bar that is an axis too: floors and ceiling stand on it, inside the cells' range or not."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import Normalize
from matplotlib.ticker import MaxNLocator, StrMethodFormatter
from matplotlib.transforms import Bbox

from ablation.report.style import FAINT, INK

_BEYOND = 0.5  # of the cells' range, that the rail reaches beyond it


def value_bar(
    ax: Axes,
    norm: Normalize,
    cmap: str,
    marks: Mapping[str, float],
    *,
    unit: str = "%",
    size: float,
    height: float,
) -> None:
    """Draw the colour bar: coloured over the range of the cells, an empty rail as far as the marks lie.

    The rail ends half the cells' range beyond them, so that a chance level far below leaves them room. Marks
    that lie further off stand at its end, with an arrow.

    Args:
        ax: where; its height is the bar's.
        norm: of the cells.
        cmap: of the cells.
        marks: a label and its value, for each floor and the ceiling.
        unit: after the numbers.
        size: of the letters, in points.
        height: of the bar as it will be drawn, in points; the labels are set apart by it.
    """
    low, high = float(norm.vmin or 0), float(norm.vmax or 0)
    lowest, highest = low - _BEYOND * (high - low), high + _BEYOND * (high - low)
    stands = {name: min(max(value, lowest), highest) for name, value in marks.items()}
    margin = 0.02 * (max([high, *stands.values()]) - min([low, *stands.values()]))
    bottom = min([low, *(value - margin for value in stands.values())])
    top = max([high, *(value + margin for value in stands.values())])
    ax.set(xlim=(0, 1), ylim=(bottom, top), xticks=[])
    ax.imshow(
        np.linspace(low, high, 256)[:, None],
        cmap=cmap,
        norm=norm,
        extent=(0, 1, low, high),
        origin="lower",
        aspect="auto",
        zorder=1,
    )
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    ax.yaxis.set_major_formatter(StrMethodFormatter(f"{{x:g}}{unit}"))
    ax.yaxis.tick_left()
    ax.tick_params(axis="y", labelsize=size, length=2.5, width=0.6, pad=2, color=FAINT, labelcolor=INK)
    ax.spines[:].set(linewidth=0.6, color=FAINT)

    scale = height / (top - bottom)
    names = sorted(marks, key=lambda name: marks[name])
    at = [(stands[name] - bottom) * scale for name in names]
    for name, y, label in zip(names, at, spread(at, 1.25 * size, 0.0, height), strict=True):
        away = "" if stands[name] == marks[name] else "↓ " if marks[name] < low else "↑ "
        ax.plot([1, 1.25], [stands[name]] * 2, color=INK, linewidth=1.0, solid_capstyle="butt", clip_on=False)
        ax.annotate(
            f"{away}{name}  {marks[name]:.1f}",
            xy=(1.25, stands[name]),
            xytext=(12, label - y),
            textcoords="offset points",
            va="center",
            fontsize=size,
            color=INK,
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "linewidth": 0.6,
                "color": FAINT,
                "shrinkA": 0,
                "shrinkB": 0,
                "relpos": (0, 0.5),
            },
        )


def beside(ax: Axes, gap: float, width: float) -> Axes:
    """Make axes at the right of others, so many points away and wide, whatever a layout makes of these.

    Example:
        >>> from matplotlib.figure import Figure
        >>> ax = Figure(figsize=(2, 1), dpi=72).add_axes((0, 0, 0.5, 1))
        >>> bar = beside(ax, gap=10, width=5)
        >>> [round(float(edge), 2) for edge in bar.get_axes_locator()(bar, None).bounds]
        [0.57, 0.0, 0.03, 1.0]
    """
    bar = ax.inset_axes((0, 0, 1, 1))

    def place(_: object, __: RendererBase | None) -> Bbox:
        figure, box = ax.figure, ax.get_window_extent()
        point = figure.dpi / 72
        left = box.x1 + gap * point
        return Bbox.from_extents(left, box.y0, left + width * point, box.y1).transformed(
            figure.transFigure.inverted()
        )

    bar.set_axes_locator(place)
    return bar


def spread(targets: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move labels as little as possible (in squares) so that neighbours are a gap apart and inside bounds.

    Args:
        targets: where each label would like to be, ascending.
        gap: the least distance of two labels.
        low: the least position; gives way where the labels do not fit between the two.
        high: the greatest position.

    Example:
        >>> spread([1.0, 1.0, 9.0], gap=2.0, low=0.0, high=10.0)
        [0.0, 2.0, 9.0]
    """
    # With y_k = x_k - k * gap the labels need only ascend: isotonic regression, by pooling neighbours.
    pools: list[tuple[float, int]] = []
    for k, target in enumerate(targets):
        total, count = target - k * gap, 1
        while pools and pools[-1][0] / pools[-1][1] >= total / count:
            before = pools.pop()
            total, count = total + before[0], count + before[1]
        pools.append((total, count))
    levels = [total / count for total, count in pools for _ in range(count)]
    ceiling = high - (len(targets) - 1) * gap
    return [min(max(level, low), ceiling) + k * gap for k, level in enumerate(levels)]
