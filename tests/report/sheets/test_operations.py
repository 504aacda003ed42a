from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ablation.report.sheets.operations import Panel, operations_figure

WORDS = "degrees 15, translate 0.1, scale 0.9–1.1, shear 10, p 0.5"


def figure(count, size=8, name="a name of thirty-two letters, 00", parameters=WORDS):
    picture = np.zeros((3, size, size), np.uint8)
    panels = [Panel("original", "", picture)] + [Panel(name, parameters, picture)] * count
    return operations_figure(panels, title="tiny", caption="said below " * 20)


@pytest.mark.parametrize("count", [1, 7, 29])
@pytest.mark.parametrize("size", [8, 224])
def test_no_words_overlap_or_reach_into_the_next_panel(count, size):
    drawn = figure(count, size)
    FigureCanvasAgg(drawn).draw()
    boxes = [text.get_window_extent() for text in drawn.axes[0].texts]
    assert len(boxes) == 2 * count + 3
    for one, other in combinations(boxes, 2):
        assert not one.overlaps(other)


def test_panels_are_lettered_on_beyond_z():
    letters = [
        text.get_text().split(")")[0] for text in figure(29, name="op", parameters="").axes[0].texts[1:-1]
    ]
    assert letters[0] == "(a"
    assert letters[25:] == ["(z", "(aa", "(ab", "(ac", "(ad"]


def test_endless_parameters_are_cut():
    small = figure(1, parameters="kernel " + "3, " * 200).axes[0].texts[-2].get_text()
    assert len(small) < 200
    assert small.endswith("…")
