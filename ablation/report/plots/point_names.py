"""Names beside points, with a leader where there is no room beside them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ablation.report.plots.axes import points_per_pixel
from ablation.report.plots.labels import leader, place_labels
from ablation.report.style import FAINT, INK
from ablation.results.types import Floats

_APART = 0.5  # between names, in points


def name_points(
    ax: Axes, places: Floats, names: Sequence[str], size: float, marker: float, errors: Floats | None = None
) -> int:
    """Name the points that have room; return how many have none.

    Args:
        ax: where; its limits are set, and it has the size at which it will be drawn.
        places: (N, 2), x and y of every point, for no name covers one.
        names: of them; "" for a point that is not named.
        size: of the letters, in points.
        marker: size of the markers, in points.
        errors: (N, 2), how far error bars reach on either side in x and in y, for no name covers one.

    Example:
        >>> from matplotlib.figure import Figure
        >>> ax = Figure().add_subplot(xlim=(0, 2), ylim=(0, 2))
        >>> name_points(ax, np.array([[1.0, 1.0]]), ["crop"], size=8, marker=5)
        0
    """
    ax.figure.canvas.figure.draw_without_rendering()  # a layout moves the axes, and the points with them
    if not len(places):
        return 0
    scale, corner = points_per_pixel(ax), ax.get_window_extent()
    points = scale * (ax.transData.transform(places) - corner.min)
    texts = [ax.text(x, y, name, fontsize=size) for name, (x, y) in zip(names, places, strict=True)]
    named = np.array([[bool(name)] for name in names])
    sizes = np.where(named, scale * np.array([text.get_window_extent().size for text in texts]) + _APART, 0.0)
    for text in texts:
        text.remove()
    bounds = (0.0, 0.0, scale * corner.width, scale * corner.height)
    bars = None
    if errors is not None:
        across, along = errors * [1, 0], errors * [0, 1]
        ends = [places - across, places - along, places + across, places + along]
        left, low, right, high = (scale * (ax.transData.transform(end) - corner.min) for end in ends)
        bars = np.vstack([np.hstack([left, right]), np.hstack([low, high])])  # a line is a box without width
    labels = place_labels(points, sizes, bounds, marker / 2, bars)
    for name, xy, point, extent, label in zip(names, places, points, sizes, labels, strict=True):
        if not name or label is None:
            continue
        place = np.array([label.left, label.bottom])
        at: dict[str, Any] = {"xy": tuple(xy), "textcoords": "offset points", "annotation_clip": False}
        ax.annotate(name, xytext=tuple(place - point), fontsize=size, color=INK, va="bottom", **at)
        if label.ring:
            end = leader(point, place, extent)[-1] - point
            line = {"arrowstyle": "-", "linewidth": 0.5, "color": FAINT, "shrinkA": 0, "shrinkB": 3}
            ax.annotate("", xytext=tuple(end), arrowprops=line, **at)
    return sum(label is None for name, label in zip(names, labels, strict=True) if name)
