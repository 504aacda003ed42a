import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ablation.report.plots.distances import FARTHEST, CellDistances, distance_densities, distances_figure
from ablation.report.sheets.canvas import png


def draws(mean, count=500, seed=0):
    return np.random.default_rng(seed).normal(mean, 0.1, count).clip(0, FARTHEST)


def cell(name="crop", same=0.4):
    return CellDistances(name, draws(same), draws(1.0, seed=1), 0.99)


def densities(ax):
    """Heights of the two curves, and the width of their bars."""
    lines = [patch.get_data() for patch in ax.patches if not patch.get_fill()]
    return [data.values for data in lines], np.diff(lines[0].edges)


@pytest.mark.parametrize("same", [0.0, 0.4, float(np.float32(FARTHEST)) + 1e-7])
def test_densities_hold_every_distance(same):
    ax = Figure().add_subplot()
    distance_densities(np.full(7, same), draws(1.0), separation=0.5, ax=ax)
    heights, widths = densities(ax)
    assert [float((height * widths).sum()) for height in heights] == [pytest.approx(1.0)] * 2


def test_each_density_is_named_in_its_colour_over_its_peak():
    ax = distance_densities(draws(0.2), draws(1.2), separation=1.0, ax=Figure(figsize=(6, 3)).add_subplot())
    same, different = ax.texts
    assert (same.get_text(), different.get_text()) == ("same image", "different images")
    assert abs(same.xy[0] - 0.2) < 0.1
    assert abs(different.xy[0] - 1.2) < 0.1
    assert same.get_color() != different.get_color()


def test_equal_views_do_not_hide_the_others():
    ax = distance_densities(np.zeros(500), draws(1.0), separation=1.0, ax=Figure().add_subplot())
    (same, different), _ = densities(ax)
    assert same.max() > ax.get_ylim()[1]
    assert different.max() > 0.3 * ax.get_ylim()[1]


def test_panels_share_their_axis_and_say_their_cell_and_separation():
    figure = distances_figure([cell(f"crop {i}") for i in range(7)], title="tiny", caption="")
    assert [ax.get_title(loc="left") for ax in figure.axes] == [f"crop {i}" for i in range(7)]
    assert {ax.get_title(loc="right") for ax in figure.axes} == {"AUC 0.99"}
    assert {ax.get_xlim() for ax in figure.axes} == {(0, FARTHEST)}


@pytest.mark.parametrize("count", [1, 4, 5])
def test_no_words_overlap(count):
    figure = distances_figure([cell("color-jitter → thin-plate")] * count, title="tiny", caption="said " * 40)
    FigureCanvasAgg(figure).draw()
    boxes = [text.get_window_extent() for text in figure.texts]
    for ax in figure.axes:
        titles = [title for title in (ax.title, ax._left_title, ax._right_title) if title.get_text()]
        words = [*titles, *ax.texts, *([ax.xaxis.label] if ax.get_xlabel() else []), *ax.get_xticklabels()]
        boxes += [text.get_window_extent() for text in words]
    for k, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[k + 1 :])


def test_the_same_distances_give_the_same_bytes():
    one, other = (png(distances_figure([cell()], title="tiny", caption="")) for _ in range(2))
    assert one == other
