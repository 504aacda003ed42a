"""Batch-norm statistics of the clean training images, for every encoder that is evaluated, trained or not."""

import torch
from torch import nn

from ablation.data.device import DeviceDataset
from ablation.data.pixels import Pixels, indexed_on
from ablation.grid.recipe import Pretrain
from ablation.pretrain.features import Transform
from ablation.pretrain.network import Network, initial
from ablation.seeds import generator

SIZE = 256  # images in a batch, about; no setting, so that a floor does not depend on how cells are trained


@torch.no_grad()
def calibrate_batch_norm(model: nn.Module, pixels: Pixels, normalize: Transform, size: int = SIZE) -> None:
    """Replace a model's running batch-norm statistics with those of clean images; no weight changes.

    An untrained model has none that fit. Those of a short job lag behind its weights, and are of augmented
    images, while evaluation shows it clean ones. Features would be badly scaled, and each cell by another
    amount: after no step or one, ResNet-18 loses more than ten points.

    Args:
        model: is left in training mode.
        pixels: the training images, (N, C, S, S) uint8; they are shuffled, for they may be ordered by class.
        normalize: of images in [0, 1].
        size: images in a batch, about.

    Example:
        >>> norm, pixels = nn.BatchNorm2d(3), torch.full((4, 3, 2, 2), 51, dtype=torch.uint8)
        >>> calibrate_batch_norm(norm, pixels, lambda x: x, size=2)
        >>> [round(mean, 3) for mean in norm.running_mean.tolist()]
        [0.2, 0.2, 0.2]
    """
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d | nn.BatchNorm1d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average over all batches
    model.train()
    batches = max(1, len(pixels) // size)
    order = torch.randperm(len(pixels), generator=generator("calibration")).to(indexed_on(pixels))
    for rows in order.tensor_split(batches):
        model(normalize(pixels[rows].float() / 255))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def calibrated(net: Network, pixels: Pixels, normalize: Transform) -> Network:
    """Calibrate f and g in place, and return them."""
    # In float32, as features are extracted, also where training uses bfloat16.
    calibrate_batch_norm(nn.Sequential(net.encoder, net.head), pixels, normalize)
    return net


def random_init(data: DeviceDataset, settings: Pretrain, seed: int) -> Network:
    """Build the network that all cells of a seed start from, with its batch norm calibrated."""
    net = initial(settings, seed, data.pretrain.device, data.channels, data.size)
    return calibrated(net, data.pretrain, data.normalize)
