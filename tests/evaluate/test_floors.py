"""Floors that need no encoder."""

import numpy as np
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
