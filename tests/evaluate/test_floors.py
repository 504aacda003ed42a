"""Floors and ceiling."""

import numpy as np
import torch
from torch import nn

from ablation.evaluate.floors import color_histogram, raw_pixels
from ablation.grid.models import Pretrain
from ablation.pretrain.features import extract, fingerprint
from ablation.pretrain.loop import initial
from ablation.pretrain.supervised import supervised
from ablation.pretrain.untrained import calibrate_batch_norm, random_init


def test_raw_pixels_are_the_pixels(data):
    assert torch.equal(raw_pixels(data.train.pixels), data.train.pixels.flatten(1) / 255)


def test_color_histogram_equals_numpys(data):
    ours = color_histogram(data.train.pixels[:5])
    for image, histogram in zip(data.train.pixels[:5], ours, strict=True):
        joint, _ = np.histogramdd(image.flatten(1).T.numpy(), bins=8, range=[(0, 256)] * 3)
        assert np.allclose(histogram.numpy(), np.sqrt(joint.ravel() / 256), atol=1e-6)


def test_color_histogram_does_not_see_where_pixels_are(data):
    pixels = data.train.pixels
    shuffled = pixels.flatten(2)[..., torch.randperm(256)].view_as(pixels)
    assert torch.equal(color_histogram(pixels), color_histogram(shuffled))


def test_calibrated_batch_norm_standardises_the_clean_training_images(data):
    encoder = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    calibrate_batch_norm(encoder, data, 50)
    h = extract(encoder, data.train.pixels, data.normalize)
    assert h.mean(dim=(0, 2, 3)).abs().max() < 1e-3
    assert (h.std(dim=(0, 2, 3)) - 1).abs().max() < 0.01


def test_random_init_has_the_weights_every_cell_of_the_seed_starts_from(data):
    settings = Pretrain(width=8)
    for ours, theirs in zip(
        random_init(data, settings, 3), initial(settings, 3, torch.device("cpu")), strict=True
    ):
        for weight, start in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert torch.equal(weight, start)


def test_supervised_is_repeatable_and_trains_the_encoder(data):
    settings = Pretrain(width=8, epochs=1, batch_size=32)
    one, epochs = supervised(data, settings, 0)
    two, _ = supervised(data, settings, 0)
    assert fingerprint(one) == fingerprint(two)
    assert fingerprint(one) != fingerprint(initial(settings, 0, torch.device("cpu"))[0])
    assert len(epochs) == 1
