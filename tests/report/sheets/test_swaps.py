from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle

from ablation.report.sheets.canvas import png
from ablation.report.sheets.swaps import Swap, swap_figure


def swap(own=None, donor=None, size=8, neighbours=3, seed=0):
    pictures = np.random.default_rng(seed).integers(0, 256, (3 + neighbours, 3, size, size), dtype=np.uint8)
    return Swap(*pictures[:3], pictures[3:], own, donor)


def figure(*swaps, bias=0.75, **options):
    return swap_figure(swaps, bias=bias, nearest_own=0.1, nearest_donor=0.3, **options)


def thick_frames(ax):
    """Colour and left edge of each parent's frame."""
    frames = [patch for patch in ax.patches if isinstance(patch, Rectangle) and patch.get_linewidth() > 1]
    return [(frame.get_edgecolor(), frame.get_x()) for frame in frames]


def texts(drawn):
    return [text.get_text() for text in drawn.axes[0].texts]


def test_parents_are_framed_in_their_colours_where_they_are_found():
    own, donor, found_own, found_donor = thick_frames(figure(swap(own=2, donor=0)).axes[0])
    assert own[0] == found_own[0] != donor[0] == found_donor[0]
    assert own[1] < donor[1] < found_donor[1] < found_own[1], "the donor is the nearest, the image the third"


def test_parents_that_are_not_found_are_framed_only_as_parents():
    drawn = figure(swap(), swap(donor=1))
    assert len(thick_frames(drawn.axes[0])) == 2 + 3
    assert texts(drawn).count("colour donor") == 2, "above its column, and once where it is found"


@pytest.mark.parametrize(
    ("bias", "name", "title"),
    [
        (0.75, "crop", "crop: colour bias 0.75"),
        (0.75, "", "Colour bias 0.75"),
        (None, "", "Colour bias undefined"),
    ],
)
def test_the_title_says_the_bias(bias, name, title):
    drawn = figure(swap(), bias=bias, name=name)
    assert texts(drawn)[0] == title
    said = texts(drawn)[1].replace("\n", " ")
    assert (
        "10 % of the swapped test images are nearest to the image itself, 30 % to their colour donor" in said
    )
    assert ("too few to compute a bias" in said) == (bias is None)


@pytest.mark.parametrize("size", [8, 32, 224])
@pytest.mark.parametrize("neighbours", [1, 3, 5])
def test_no_words_overlap(size, neighbours):
    rows = [swap(0, None, size, neighbours), swap(None, neighbours - 1, size, neighbours)]
    drawn = figure(*rows, name="crop → color", caption="said below")
    FigureCanvasAgg(drawn).draw()
    for one, other in combinations(drawn.axes[0].texts, 2):
        assert not one.get_window_extent().overlaps(other.get_window_extent()), (one, other)


def test_the_same_swaps_give_the_same_bytes():
    one, other = (png(figure(swap(own=0))) for _ in range(2))
    assert one == other
