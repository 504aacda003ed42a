"""The random-initialised encoder, with batch-norm statistics that fit the images."""

import torch
from torch import nn

from ablation.data.device import DeviceDataset
from ablation.grid.models import Pretrain
from ablation.pretrain.network import Network, initial

BLOCK = 512  # images at a time


@torch.no_grad()
def calibrate_batch_norm(model: nn.Module, data: DeviceDataset, batch_size: int) -> None:
    """Replace an untrained model's batch-norm statistics with those of the clean training images.

    Without this, its features would be badly scaled, and the floor too low.
    """
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d | nn.BatchNorm1d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average over all batches
    model.train()
    for block in data.pretrain.split(batch_size):
        if len(block) > 1:
            model(data.normalize(block.float() / 255))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def random_init(data: DeviceDataset, settings: Pretrain, seed: int) -> Network:
    """Build the network that all cells of a seed start from, with its batch norm calibrated."""
    net = initial(settings, seed, data.pretrain.device)
    calibrate_batch_norm(nn.Sequential(net.encoder, net.head), data, BLOCK)
    return net
