from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from ablation.report.plots.leak_scatter import leak_scatter
from ablation.report.sheets.canvas import png
from tests.report.leaks import NAMES, frame


def draw(results, **options):
    figure = Figure(figsize=(7.5, 5.5), layout="compressed")
    FigureCanvasAgg(figure)
    return leak_scatter(results, ["color"], candidates=256, ax=figure.add_subplot(), **options)


def many(spread):
    """49 cells, in a cloud of a given width."""
    names = ["color", *("crop", "cutout", "sobel", "noise", "blur", "rotate")]
    draws = np.random.default_rng(0)
    return frame(
        lambda *_: float(4 + spread * draws.normal()),
        names,
        accuracy=lambda *_: float(0.4 + spread / 10 * draws.normal()),
    )


def names_of(ax):
    return [text for text in ax.texts[1:] if text.get_text()]


def data(ax):
    return [line for line in ax.lines if len(line.get_xdata()) > 2]


def test_points_stand_where_their_numbers_are():
    ax = draw(frame(lambda first, *_: 1.0 + NAMES.index(first), accuracy=lambda _, second: len(second) / 10))
    points = sorted(tuple(point) for line in data(ax) for point in line.get_xydata())
    wanted = sorted((1.0 + i, 10.0 * len(name)) for i in range(3) for name in NAMES)
    np.testing.assert_allclose(points, wanted)


def test_cells_with_colour_are_told_from_those_without():
    ax = draw(frame(accuracy=lambda *_: 0.4))
    counts = {line.get_marker(): len(line.get_xdata()) for line in data(ax)}
    assert counts == {"o": 5, "s": 4}
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "with colour distortion",
        "without colour distortion",
    ]


@pytest.mark.parametrize("spread", [0.01, 1.0])
def test_names_do_not_overlap_and_those_left_out_are_counted(spread):
    ax = draw(many(spread))
    ax.figure.canvas.draw()
    names = names_of(ax)
    boxes = [Text.get_window_extent(text) for text in names]
    for one, other in combinations(boxes, 2):
        assert not one.overlaps(other)
    missing = 49 - len(names)
    told = f"{missing} points not named" if missing > 1 else "not named"
    assert (told in ax.texts[0].get_text()) == (missing > 0)
    assert len(names) >= (40 if spread == 1.0 else 20)


def test_gaps_and_leaks_below_0_are_told():
    results = frame(
        lambda first, second, _: -0.1 if first == second == "color" else 3.0, accuracy=lambda *_: 0.4
    )
    results.loc[0, "linear_top1"] = np.nan
    said = draw(results).texts[0].get_text()
    assert "1 cell left out" in said
    assert "1 leak below 0, drawn at 0" in said


def test_the_callers_statistic_is_shown():
    assert (
        draw(frame(accuracy=lambda *_: 0.4), statistic="ρ = −0.4")
        .get_title(loc="left")
        .endswith("\nρ = −0.4")
    )


def test_the_same_frame_gives_the_same_bytes():
    one, other = (png(draw(many(1.0)).figure) for _ in range(2))
    assert one == other
