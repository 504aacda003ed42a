"""Colour bias: encoders whose bias is known, and what a swap keeps."""

import pytest
import torch
from kornia.color import rgb_to_lab

from ablation.results.stored.color import Bias
from ablation.shortcut.bias import color_bias, derangement, gray, swap_colors


def lab(pixels):
    return rgb_to_lab(pixels.float() / 255)


def color_statistics(pixels):
    return torch.cat(torch.std_mean(lab(pixels)[:, 1:], dim=(2, 3)), dim=1)


def lightness(pixels):
    return lab(pixels)[:, 0].flatten(1)


@pytest.fixture(scope="module")
def images():
    """300 smooth images whose channels correlate, as those of photographs do; some reach black and white."""
    draws = torch.Generator().manual_seed(0)
    light = torch.randn(300, 1, 4, 4, generator=draws) * 60
    color = torch.randn(300, 3, 4, 4, generator=draws) * 20 + torch.randn(300, 3, 1, 1, generator=draws) * 25
    pixels = torch.nn.functional.interpolate(128 + light + color, size=16, mode="bilinear")
    return pixels.clamp(0, 255).to(torch.uint8)


def bias_of(encode, images):
    donors = derangement(len(images), seed=0)
    return color_bias(encode(images), encode(swap_colors(images, images[donors]).images), donors)


def test_an_encoder_of_color_statistics_takes_the_donor(images):
    bias = bias_of(color_statistics, images)
    assert bias.bias >= 0.95
    assert bias.nearest_donor > 0.5
    assert bias.n == 300


@pytest.mark.parametrize("encode", [lightness, lambda x: gray(x).flatten(1).float()], ids=["L", "luma"])
def test_an_encoder_of_lightness_takes_the_image_itself(images, encode):
    bias = bias_of(encode, images)
    assert bias.bias <= 0.02
    assert bias.nearest_own > 0.9


def test_bias_is_undefined_where_neither_is_found():
    h = torch.eye(50)
    neither = color_bias(h, h.roll(2, 0), donors=torch.arange(50).roll(1))
    assert neither == Bias(bias=None, nearest_own=0, nearest_donor=0, n=50)
    assert color_bias(torch.ones(50, 2), torch.ones(50, 2), torch.arange(50).roll(1)).bias is None


def test_a_swap_keeps_lightness_out_of_gamut_too(images):
    swapped = swap_colors(images, images.roll(1, 0))
    assert swapped.clipped.mean() > 0.05
    change = (lab(swapped.images)[:, 0] - lab(images)[:, 0]).abs()
    assert change.max() < 0.3  # of 100; measured .25: rounding to 8 bits. Clipping channels: 30


def test_a_swap_gives_the_donors_mean_and_spread_where_the_gamut_allows_it(images):
    donors = images.roll(1, 0)
    swapped = swap_colors(images, donors)
    inside = swapped.clipped == 0
    assert inside.sum() > 30
    given, wanted = color_statistics(swapped.images[inside]), color_statistics(donors[inside])
    assert (given - wanted).abs().max() < 0.15  # Lab units; measured .11: rounding to 8 bits


def test_an_image_in_its_own_colors_is_itself(images):
    same = swap_colors(images, images)
    assert (same.images.int() - images.int()).abs().max() <= 1
    assert same.clipped.max() == 0


def test_flat_images_take_the_donors_mean_color_and_no_noise():
    flat = torch.full((1, 3, 8, 8), 120, dtype=torch.uint8)
    donor = torch.tensor([200, 80, 40], dtype=torch.uint8)[None, :, None, None].repeat(1, 1, 8, 8)
    donor[..., :4] = torch.tensor([90, 60, 200], dtype=torch.uint8)[:, None, None]
    swapped = swap_colors(flat, donor).images
    assert torch.equal(swapped, swapped[..., :1, :1].expand_as(swapped))
    assert (lab(swapped).mean(dim=(2, 3)) - lab(donor).mean(dim=(2, 3)))[:, 1:].abs().max() < 0.5
    black_and_white = torch.tensor([0, 255], dtype=torch.uint8).repeat(1, 3, 8, 4)
    assert (swap_colors(black_and_white, donor).images.int() - black_and_white.int()).abs().max() <= 1


def test_derangements_leave_no_image_its_own_colors():
    for n in (2, 3, 50):
        donors = derangement(n, seed=n)
        assert torch.equal(donors.sort().values, torch.arange(n))
        assert not (donors == torch.arange(n)).any()
    assert torch.equal(derangement(50, 0), derangement(50, 0))
    assert not torch.equal(derangement(50, 0), derangement(50, 1))
    with pytest.raises(ValueError, match="at least two images"):
        derangement(1, 0)


def test_gray_images_are_gray_and_keep_their_luma(images):
    luma = gray(images)
    assert luma.dtype == torch.uint8
    assert torch.equal(luma[:, 0], luma[:, 2])
    weights = torch.tensor([0.299, 0.587, 0.114])[:, None, None]
    assert ((images * weights).sum(dim=1) - luma[:, 1]).abs().max() <= 0.5001
    assert torch.equal(gray(luma), luma)
