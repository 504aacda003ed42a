import io
from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from ablation.report.sheets.canvas import png
from ablation.report.sheets.contact_sheet import Column, Group, contact_sheet

LONG = "a name of thirty-two letters, {:02d}"


def pictures(size=8, rows=2, views=1, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (rows, views, 3, size, size), dtype=np.uint8)


def sheet(alone, pairs=0, size=8, rows=2, views=1):
    names = [LONG.format(i) for i in range(alone)] if alone > 7 else [f"op {i}" for i in range(alone)]
    groups = [
        Group("each alone", [Column(name, pictures(size, rows, views, i)) for i, name in enumerate(names)]),
        Group(
            "pairs", [Column(f"{names[0]}\n→ {names[0]}", pictures(size, rows, views)) for _ in range(pairs)]
        ),
    ]
    return contact_sheet(
        [Column("original", pictures(size, rows))], groups, ["cat"] * rows, title="tiny", caption="said below"
    )


def pixels(figure):
    return np.asarray(Image.open(io.BytesIO(png(figure))).convert("RGB"))


@pytest.mark.parametrize(("size", "scale"), [(8, 20), (32, 5), (96, 2), (224, 1)])
def test_every_pixel_is_a_square_of_one_size(size, scale):
    page = pixels(sheet(1, size=size, rows=1))
    wanted = np.moveaxis(pictures(size, rows=1, seed=0)[0, 0], 0, -1).repeat(scale, 0).repeat(scale, 1)
    first = np.argwhere((page == wanted[0, 0]).all(-1))
    found = [
        (y, x)
        for y, x in first
        if page[y : y + len(wanted), x : x + len(wanted)].shape == wanted.shape
        and (page[y : y + len(wanted), x : x + len(wanted)] == wanted).all()
    ]
    assert len(found) == 2, "the original and the column hold the same picture"


def test_large_images_are_made_smaller():
    assert max(pixels(sheet(1, size=1024, rows=1)).shape) < 1500


@pytest.mark.parametrize(("alone", "pairs", "views"), [(1, 0, 1), (4, 8, 1), (16, 8, 1), (29, 8, 2)])
def test_no_words_overlap(alone, pairs, views):
    figure = sheet(alone, pairs, views=views)
    FigureCanvasAgg(figure).draw()
    boxes = {}
    for text in figure.axes[0].texts:
        if text.get_rotation() == 0:
            boxes[text] = text.get_window_extent()
    assert len(boxes) >= 4
    for one, other in combinations(boxes, 2):
        assert not boxes[one].overlaps(boxes[other]), (one, other)


def test_long_titles_are_turned_and_short_ones_are_not():
    def turns(figure):
        return {text.get_rotation() for text in figure.axes[0].texts}

    assert turns(sheet(3)) == {0}
    assert turns(sheet(8)) == {0, 40}


def test_columns_that_do_not_fit_go_on_below_beside_the_original():
    titles = [text.get_text() for text in sheet(29, pairs=8, views=2).axes[0].texts]
    assert titles.count("original") == titles.count("each alone") + titles.count("pairs") == 5
    assert {LONG.format(i) for i in range(29)} <= set(titles)


def test_the_same_pictures_give_the_same_bytes():
    assert png(sheet(3)) == png(sheet(3))
