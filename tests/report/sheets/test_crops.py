from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ablation.report.sheets.canvas import png
from ablation.report.sheets.crops import CropRow, crop_figure

WHOLE = np.tile([0.0, 0.0, 8.0, 8.0], (4, 1))
CORNER = np.tile([0.0, 0.0, 4.0, 4.0], (4, 1))
MIDDLE = np.tile([2.0, 0.0, 6.0, 4.0], (4, 1))


def row(first, second, independent=None, size=8):
    pictures = np.zeros((4, 3, size, size), np.uint8)
    return CropRow("crop", "scale 0.08–1", pictures, (first, second), (first, second), independent)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_each_image_says_how_its_boxes_lie():
    assert (
        texts(crop_figure([row(CORNER, WHOLE)], title="", caption="").axes[0]).count("global to local") == 4
    )
    assert "overlapping, 50 %" in texts(crop_figure([row(CORNER, MIDDLE)], title="", caption="").axes[0])


def test_bars_show_shares_and_their_intervals():
    _, bars, _ = crop_figure([row(CORNER, MIDDLE, (CORNER, WHOLE))], title="", caption="").axes
    assert [patch.get_width() for patch in bars.patches] == [0, 100, 0, 100, 0, 0]
    assert "100.0 % [51.0, 100.0]" in texts(bars), "Wilson: 4 of 4"


def test_the_grid_is_told_from_independent_crops_only_where_they_differ():
    same = texts(crop_figure([row(CORNER, MIDDLE)], title="", caption="").axes[0])
    other = texts(crop_figure([row(CORNER, WHOLE, (CORNER, MIDDLE))], title="", caption="").axes[0])
    assert "two independent crops" in other
    assert "two independent crops" not in same


@pytest.mark.parametrize("size", [8, 32, 224])
def test_no_words_overlap(size):
    rows = [row(CORNER, MIDDLE, (CORNER, WHOLE), size)] * 3
    figure = crop_figure(rows, title="tiny", caption="said below")
    FigureCanvasAgg(figure).draw()
    for ax in figure.axes:
        for one, other in combinations(ax.texts, 2):
            assert not one.get_window_extent().overlaps(other.get_window_extent()), (one, other)


def test_the_same_boxes_give_the_same_bytes():
    first, second = (png(crop_figure([row(CORNER, MIDDLE)], title="tiny", caption="")) for _ in range(2))
    assert first == second
