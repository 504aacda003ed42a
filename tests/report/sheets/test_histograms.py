from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ablation.report.sheets.canvas import png
from ablation.report.sheets.histograms import histogram_figure, histograms


def crops(images=2, count=3, size=8, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (images, count, 3, size, size), dtype=np.uint8)


def figure(plain=None, distorted=None, **options):
    plain = crops() if plain is None else plain
    distorted = crops(seed=1) if distorted is None else distorted
    return histogram_figure(plain, distorted, [f"image {i}" for i in range(len(plain))], **options)


def bars(ax):
    return [patch.get_data().values for patch in ax.patches]


@pytest.mark.parametrize("bins", [1, 8, 64, 256])
def test_histograms_are_those_of_numpy(bins):
    pictures = crops()
    wanted = [np.histogram(channel, bins, (0, 256))[0] / 64 for channel in pictures.reshape(-1, 64)]
    np.testing.assert_array_equal(histograms(pictures, bins).reshape(-1, bins), wanted)


def test_each_crop_has_its_own_histogram_without_distortion_above_with():
    plain = np.zeros((1, 2, 3, 8, 8), np.uint8)
    plain[0, 1] = 100
    _, *axes = figure(plain, plain + np.uint8(60)).axes
    assert [int(bars(ax)[0].argmax()) for ax in axes] == [0, 100 // 4, 60 // 4, 160 // 4]
    boxes = [ax.get_position() for ax in axes]
    assert boxes[0].x1 < boxes[1].x0
    assert boxes[0].y0 > boxes[2].y1
    assert boxes[0].x0 == boxes[2].x0


def test_all_channels_are_counted_together_or_each():
    picture = np.zeros((1, 1, 3, 8, 8), np.uint8)
    picture[:, :, 2] = 255
    together, *_ = bars(figure(picture, picture).axes[1])
    assert (together[0], together[-1]) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    red, green, blue = bars(figure(picture, picture, channels=True).axes[1])
    assert (red[0], green[0], blue[-1]) == (1, 1, 1)


def test_the_caption_says_from_the_numbers_whether_distortion_sets_crops_apart():
    plain = np.zeros((2, 2, 3, 8, 8), np.uint8)
    plain[1, 0, :, :4] = 200  # the first half of the pixels: half of the histogram is not in common
    distorted = plain.copy()
    distorted[0, 0] = 255
    said = figure(plain, distorted).axes[0].texts[-1].get_text()
    assert "have 75 % of their histograms in common on average, 25 % after" in said.replace("\n", " ")
    assert "no decrease for image 1 (50 to 50 %)." in said.replace("\n", " ")
    assert "in common" not in figure(plain[:, :1], distorted[:, :1]).axes[0].texts[-1].get_text()


def test_all_histograms_have_the_same_axes_and_cut_bars_are_told_of():
    distorted = crops(seed=1)
    distorted[0, 0] = 255
    drawn = figure(distorted=distorted)
    assert len({(ax.get_xlim(), ax.get_ylim()) for ax in drawn.axes[1:]}) == 1
    assert "higher bars are cut" in drawn.axes[0].texts[-1].get_text()
    assert "cut" not in figure().axes[0].texts[-1].get_text()


def test_channels_are_named_in_their_colours():
    named = {text.get_text(): text.get_color() for text in figure(channels=True).axes[0].texts}
    assert len({named["red"], named["green"], named["blue"]}) == 3
    assert "red" not in {text.get_text() for text in figure().axes[0].texts}


@pytest.mark.parametrize("channels", [False, True])
@pytest.mark.parametrize(("size", "count"), [(8, 1), (32, 4), (224, 6)])
def test_no_words_overlap(size, count, channels):
    drawn = figure(
        crops(2, count, size), crops(2, count, size), channels=channels, title="tiny", caption="said " * 20
    )
    FigureCanvasAgg(drawn).draw()
    words = [text for ax in drawn.axes for text in (*ax.texts, ax.xaxis.label) if text.get_text()]
    for one, other in combinations(words, 2):
        assert not one.get_window_extent().overlaps(other.get_window_extent()), (one, other)


def test_crops_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="as many distorted crops as crops"):
        figure(crops(count=3), crops(count=4))


def test_the_same_crops_give_the_same_bytes():
    one, other = (png(figure()) for _ in range(2))
    assert one == other
