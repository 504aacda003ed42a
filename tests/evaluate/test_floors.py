"""Floors that need no encoder."""

import numpy as np
import pytest
import torch

from ablation.evaluate.floors import color_histogram, raw_pixels


def test_raw_pixels_are_the_pixels(data):
    assert torch.equal(raw_pixels(data.train.pixels), data.train.pixels.flatten(1) / 255)


def test_color_histogram_equals_numpys(data):
    ours = color_histogram(data.train.pixels)(data.train.pixels[:5])
    for image, histogram in zip(data.train.pixels[:5], ours, strict=True):
        joint, _ = np.histogramdd(image.flatten(1).T.numpy(), bins=8, range=[(0, 256)] * 3)
        assert np.allclose(histogram.numpy(), np.sqrt(joint.ravel() / 256), atol=1e-6)


def test_color_histogram_does_not_see_where_pixels_are(data):
    pixels = data.train.pixels
    shuffled = pixels.flatten(2)[..., torch.randperm(256)].view_as(pixels)
    assert torch.equal(color_histogram(pixels)(pixels), color_histogram(pixels)(shuffled))


@pytest.mark.parametrize(("channels", "side"), [(1, 32), (3, 32), (4, 27), (13, 15), (64, 6)])
def test_raw_pixels_of_many_channels_are_no_more_values_than_those_of_rgb(channels, side):
    pixels = torch.randint(0, 256, (2, channels, 64, 64), dtype=torch.uint8)
    h = raw_pixels(pixels)
    assert h.shape == (2, channels * side**2)
    expected = pixels.float().mean(dim=(2, 3)) / 255
    torch.testing.assert_close(h.view(2, channels, -1).mean(dim=2), expected, atol=0.02, rtol=0)
