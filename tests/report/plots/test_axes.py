from itertools import pairwise

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ablation.report.plots.axes import PeakName, filled, name_above
from ablation.report.style import BLUE, ORANGE


def extents(*names):
    figure = Figure(figsize=(3, 2))
    FigureCanvasAgg(figure)
    ax = figure.add_subplot(xlim=(0, 1))
    name_above(
        ax, [PeakName(text, x, color) for (text, x), color in zip(names, (BLUE, ORANGE), strict=False)], 8
    )
    figure.canvas.draw()
    return ax.get_window_extent(), [text.get_window_extent() for text in ax.texts]


@pytest.mark.parametrize(("one", "other"), [(0.5, 0.5), (0.0, 0.01), (1.0, 0.99), (0.9, 0.1)])
def test_names_stand_apart_within_the_axes_and_above_them(one, other):
    axes, boxes = extents(("same image", one), ("different images", other))
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
    assert all(axes.x0 - 1 <= box.x0 and box.x1 <= axes.x1 + 1 and box.y0 >= axes.y1 for box in boxes)


def test_a_name_with_room_stands_over_its_peak():
    axes, (box,) = extents(("here", 0.4))
    assert (box.x0 + box.x1) / 2 == pytest.approx(axes.x0 + 0.4 * axes.width, abs=1)


def test_lines_are_broken_each_by_itself():
    assert filled(["a b", "c"], width=1000, size=10) == "a b\nc"
