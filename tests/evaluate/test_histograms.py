"""Colour histograms: their bins, their norm, and what they do not see."""

import numpy as np
import pytest
import torch
from kornia.color import rgb_to_lab

from ablation.evaluate.floors import color_histogram
from ablation.evaluate.histograms import A_RANGE, B_RANGE, HISTOGRAMS, chroma, intensity, joint

PIXELS = torch.randint(0, 256, (20, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
VIEWS = PIXELS.float() / 255
kinds = pytest.mark.parametrize("histogram", HISTOGRAMS.values(), ids=HISTOGRAMS)


def of_color(*rgb: float) -> torch.Tensor:
    return torch.tensor(rgb)[None, :, None, None].expand(1, 3, 4, 4)


@kinds
def test_rows_have_norm_1(histogram):
    assert torch.allclose(histogram(VIEWS).norm(dim=1), torch.ones(20), atol=1e-6)


@kinds
def test_uint8_and_float_pixels_give_the_same_histogram(histogram):
    every = torch.arange(256, dtype=torch.uint8)
    ramps = torch.stack([every, every.flip(0), every.roll(100)]).view(1, 3, 16, 16)
    pixels = torch.cat([PIXELS, ramps])
    assert torch.equal(histogram(pixels), histogram(pixels.float() / 255))


@kinds
def test_histograms_do_not_see_where_pixels_are(histogram):
    shuffled = VIEWS.flatten(2)[..., torch.randperm(256)].view_as(VIEWS)
    assert torch.equal(histogram(VIEWS), histogram(shuffled))


@kinds
def test_an_image_has_the_histogram_it_has_alone(histogram):
    many = VIEWS.repeat(60, 1, 1, 1)  # more than a block
    assert torch.equal(histogram(many)[-20:], histogram(VIEWS))
    assert torch.equal(histogram(many)[7:8], histogram(VIEWS[7:8]))


@kinds
def test_the_views_are_left_as_they_were(histogram):
    before = VIEWS.clone()
    histogram(VIEWS)
    assert torch.equal(VIEWS, before)


def test_joint_equals_numpys():
    for image, row in zip(PIXELS, joint(PIXELS), strict=True):
        counts, _ = np.histogramdd(image.flatten(1).T.numpy(), bins=8, range=[(0, 256)] * 3)
        assert np.allclose(row.numpy(), np.sqrt(counts.ravel() / 256), atol=1e-6)


def test_the_floor_is_the_joint_histogram():
    assert torch.equal(color_histogram(PIXELS)(PIXELS), joint(PIXELS))


@pytest.mark.parametrize(("level", "expected"), [(0.0, 0), (0.124, 0), (0.126, 1), (0.99, 7), (1.0, 7)])
def test_intensity_of_a_gray_image_is_its_level(level, expected):
    assert intensity(of_color(level, level, level)).argmax() == expected


def test_intensity_weighs_green_most_and_blue_least():
    bins = [int(intensity(of_color(*rgb)).argmax()) for rgb in torch.eye(3).tolist()]
    assert bins == [2, 4, 0]  # .299, .587, .114, eighths


def test_intensity_does_not_see_colour_at_one_luma():
    assert torch.equal(intensity(of_color(0.55, 0.55, 0.55)), intensity(of_color(0.9, 0.45, 0.2)))


def test_chroma_does_not_see_brightness():
    grays = torch.cat([of_color(level, level, level) for level in torch.linspace(0, 1, 256).tolist()])
    assert (chroma(grays) == chroma(grays[:1])).all()


def test_chroma_tells_colours_of_one_luma_apart():
    assert not torch.equal(chroma(of_color(0.55, 0.55, 0.55)), chroma(of_color(0.9, 0.45, 0.2)))


def test_the_ranges_of_chroma_hold_what_srgb_can_show_and_no_more():
    level = torch.linspace(0, 1, 65)
    _, a, b = rgb_to_lab(torch.cartesian_prod(level, level, level).T[:, :, None])
    for value, (low, high) in ((a, A_RANGE), (b, B_RANGE)):
        assert 0 <= value.min() - low < 0.1
        assert 0 <= high - value.max() < 0.1


def test_chroma_is_near_the_histogram_of_lab_itself():
    _, a, b = rgb_to_lab(VIEWS).flatten(2).unbind(1)
    counts = [
        np.histogramdd(pixels.numpy(), bins=8, range=[A_RANGE, B_RANGE])[0].ravel()
        for pixels in torch.stack([a, b], dim=2)
    ]
    moved = (chroma(VIEWS).square() - torch.tensor(np.array(counts)) / 256).abs().sum() / 2 / 20
    assert moved < 0.04  # of random pixels; the 64 levels of the table move .0375
