"""Batch norm of what is evaluated, and the random-initialised encoder."""

import torch
from torch import nn

from ablation.grid.recipe import Pretrain
from ablation.pretrain.calibration import calibrate_batch_norm, random_init
from ablation.pretrain.features import extract
from ablation.pretrain.network import initial


def test_calibrated_batch_norm_standardises_the_clean_training_images(data):
    encoder = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    calibrate_batch_norm(encoder, data.train.pixels, data.normalize, 40)
    h = extract(encoder, data.train.pixels, data.normalize)
    assert h.mean(dim=(0, 2, 3)).abs().max() < 1e-3
    assert (h.std(dim=(0, 2, 3)) - 1).abs().max() < 0.01


def test_images_ordered_by_class_calibrate_like_shuffled_ones():
    dark, bright = (
        torch.zeros(64, 3, 4, 4, dtype=torch.uint8),
        torch.full((64, 3, 4, 4), 255, dtype=torch.uint8),
    )
    norm = nn.BatchNorm2d(3)
    calibrate_batch_norm(norm, torch.cat([dark, bright]), lambda x: x, 16)
    assert torch.allclose(norm.running_var, torch.full((3,), 0.25), atol=0.01)


def test_random_init_has_the_weights_every_cell_of_the_seed_starts_from(data):
    settings = Pretrain(width=8)
    ours, theirs = random_init(data, settings, 3), initial(settings, 3, torch.device("cpu"))
    for weight, start in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(weight, start)
