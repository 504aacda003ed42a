import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from ablation.report.plots.colorbar import spread, value_bar

positions = st.lists(st.floats(-50, 150), max_size=8).map(sorted)


@given(positions, st.floats(0.1, 10))
def test_spread_labels_are_a_gap_apart_and_in_bounds(targets, gap):
    placed = spread(targets, gap, 0.0, 100.0)
    assert all(np.diff(placed) >= gap - 1e-9)
    assert all(-1e-9 <= place <= 100 + 1e-9 for place in placed)


@given(positions)
def test_labels_with_room_stay_where_they_are(targets):
    apart = [target + 11 * k for k, target in enumerate(targets)]
    assert spread(apart, 10.0, -100.0, 400.0) == pytest.approx(apart)


def test_two_labels_in_one_place_part_evenly():
    assert spread([50.0, 50.0], 10.0, 0.0, 100.0) == [45.0, 55.0]


def test_the_rail_reaches_marks_beyond_the_cells_and_the_colours_do_not():
    ax = Figure().add_subplot()
    value_bar(ax, Normalize(20, 40), "viridis", {"raw pixels": 12.0, "supervised": 49.0}, size=8, height=200)
    low, high = ax.get_ylim()
    assert low < 12
    assert high > 49
    assert ax.images[0].get_extent() == [0, 1, 20, 40]
    assert {text.get_text(): text.xy[1] for text in ax.texts} == {
        "raw pixels  12.0": 12,
        "supervised  49.0": 49,
    }


def test_marks_far_beyond_the_cells_stand_at_the_end_of_the_rail_with_an_arrow():
    ax = Figure().add_subplot()
    value_bar(ax, Normalize(40, 50), "viridis", {"chance": 10.0, "supervised": 90.0}, size=8, height=200)
    assert {text.get_text(): text.xy[1] for text in ax.texts} == {
        "↓ chance  10.0": 35,
        "↑ supervised  90.0": 55,
    }
