"""The colour shortcut on images that are not RGB: planted in channels, found or not there."""

import numpy as np
import pytest
import torch

from ablation.data.channels import shown
from ablation.errors import DataError
from ablation.evaluate.channel_histograms import histograms_of
from ablation.evaluate.histograms import HISTOGRAMS
from ablation.shortcut import color_use, leak
from ablation.shortcut.bias import gray, swap_colors
from ablation.shortcut.leakage import ViewsError

CHANNELS = pytest.mark.parametrize("channels", [1, 2, 4, 13])


def random(*shape, seed=0):
    return torch.randint(0, 256, shape, generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)


def tinted(n, channels, seed=0):
    """Images of the same brightness patterns, each with its own spectrum: (N, C, 8, 8) uint8."""
    draw = torch.Generator().manual_seed(seed)
    spectra = 0.2 + 0.8 * torch.rand(n, channels, 1, 1, generator=draw)
    light = 0.2 + 0.8 * torch.rand(n, 1, 8, 8, generator=draw)
    return (255 * spectra * light).to(torch.uint8)


@CHANNELS
def test_histograms_count_every_pixel_and_do_not_see_where_it_is(channels):
    images = random(20, channels, 8, 8)
    shuffled = images.flatten(2)[:, :, torch.randperm(64)].view_as(images)
    for histogram in histograms_of(images).values():
        torch.testing.assert_close(histogram(images).norm(dim=1), torch.ones(20))
        torch.testing.assert_close(histogram(images), histogram(shuffled))
        torch.testing.assert_close(histogram(images), histogram(images / 255), atol=0.2, rtol=0)


def test_those_of_rgb_are_the_papers():
    assert histograms_of(random(5, 3, 8, 8)) is HISTOGRAMS


def test_components_are_those_of_numpy():
    images = random(30, 5, 8, 8) // torch.tensor([1, 2, 4, 8, 16])[:, None, None]
    pixels = images.movedim(1, 3).reshape(-1, 5).double() / 255
    joint = histograms_of(images)["joint"]
    _, vectors = np.linalg.eigh(np.cov(pixels.numpy().T))
    overlap = np.abs(joint.axes.numpy().T @ vectors[:, ::-1][:, :3])
    np.testing.assert_allclose(overlap, np.eye(3), atol=1e-4)


@CHANNELS
def test_chroma_does_not_change_with_what_all_channels_share(channels):
    images = random(20, channels, 8, 8) // 2
    chroma = histograms_of(images)["chroma"]
    torch.testing.assert_close(chroma(images / 255), chroma(images / 255 + 0.25), atol=0.26, rtol=0)


@CHANNELS
def test_spectra_of_their_own_leak_and_one_channel_has_no_chroma(channels):
    images = tinted(96, channels)
    found = leak(lambda pixels, _: (pixels / 255, pixels.flip(3) / 255), images, candidates=8)
    assert found["joint"].bits > 2  # of 3: the views are mirrored, and their histograms the same
    if channels == 1:
        assert abs(found["chroma"].bits) < 0.1
    else:
        assert found["chroma"].bits > 2


def test_views_of_other_channels_than_the_images_are_refused():
    with pytest.raises(ViewsError, match=r"leak takes \(N, 4, S, S\) in \[0, 1\]"):
        leak(lambda pixels, _: (pixels[:, :3] / 255, pixels[:, :3] / 255), random(48, 4, 8, 8), candidates=8)


@pytest.mark.parametrize("channels", [2, 4, 13])
def test_a_swap_keeps_the_mean_of_channels_and_takes_how_they_differ(channels):
    images = 100 + random(24, channels, 8, 8) // 8
    donors = images.roll(1, 0).roll(1, 1)
    swapped = swap_colors(images, donors)

    def rest(x):
        return x.float() - x.float().mean(dim=1, keepdim=True)

    assert (swapped.images.float().mean(dim=1) - images.float().mean(dim=1)).abs().max() < 1
    own = (rest(swapped.images).mean(dim=(2, 3)) - rest(images).mean(dim=(2, 3))).abs().mean()
    theirs = (rest(swapped.images).mean(dim=(2, 3)) - rest(donors).mean(dim=(2, 3))).abs().mean()
    assert theirs < 0.5 < own
    assert swapped.clipped.max() == 0


def test_a_swap_that_cannot_be_stored_is_paler_and_as_bright():
    dark, tint = torch.zeros(1, 4, 1, 2, dtype=torch.uint8), torch.zeros(1, 4, 1, 2, dtype=torch.uint8)
    dark[:], tint[:, 0], tint[:, 1:] = 10, 250, 10
    swapped = swap_colors(dark, tint)
    assert swapped.images[0, :, 0, 0].tolist() == [40, 0, 0, 0]
    assert swapped.clipped.item() == 1


@CHANNELS
def test_gray_is_the_mean_of_the_channels_in_each(channels):
    images = random(3, channels, 4, 4)
    expected = images.float().mean(dim=1, keepdim=True).round()
    assert (gray(images).float() - expected).abs().max() <= 1
    assert bool((gray(images) == gray(images)[:, :1]).all())


def test_an_encoder_of_spectra_uses_colour_and_one_of_shapes_does_not():
    images, labels = tinted(400, 6), torch.arange(400) % 2
    spectra = color_use(lambda x: torch.nn.functional.normalize(x.mean(dim=(2, 3)), dim=1), images, labels)
    shapes = color_use(
        lambda x: torch.nn.functional.normalize(x.mean(dim=1).flatten(1) - 0.3, dim=1), images, labels
    )
    assert spectra.bias.bias > 0.8 > 0.2 > shapes.bias.bias
    assert spectra.r2 > shapes.r2 + 0.05


def test_one_channel_has_no_colours_to_follow():
    use = color_use(
        lambda x: x.flatten(1),
        random(40, 1, 8, 8),
        torch.arange(40) % 2,
        classify=lambda h: torch.zeros(len(h), dtype=torch.int64),
    )
    assert use.bias.bias is None
    assert (use.top1, use.gray_top1, use.gray_drop) == (0.5, None, None)


def test_figures_show_the_channels_that_were_chosen():
    images = torch.arange(13)[None, :, None, None].expand(2, 13, 4, 4)
    assert shown(images, (4, 3, 2))[0, :, 0, 0].tolist() == [3, 2, 1]
    assert shown(images.numpy(), None)[0, :, 0, 0].tolist() == [0, 1, 2]
    assert shown(images[:, :2], None)[0, :, 0, 0].tolist() == [0, 1, 0]
    assert shown(images[:, 5:6], None)[0, :, 0, 0].tolist() == [5, 5, 5]
    with pytest.raises(DataError, match=r"no channel 14; the images have 13 channels"):
        shown(images, (14, 1, 2))
