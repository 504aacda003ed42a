"""Floors and ceiling: features that need no pretraining, the untrained and the supervised encoder."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ablation.augment.draws import seeded
from ablation.augment.views import TwoViews
from ablation.data.device import DeviceDataset
from ablation.evaluate.histograms import joint
from ablation.grid.augmentations import Step
from ablation.grid.models import Pretrain, Views
from ablation.grid.operations import Crop
from ablation.pretrain.loop import initial, supervise
from ablation.results.record import Epoch

BLOCK = 512  # images at a time
RAW_SIDE = 32  # pixels; larger images are averaged down to it, or the classifier would not fit in memory


def raw_pixels(pixels: Tensor) -> Tensor:
    """Return the pixels themselves as features: (N, 3, S, S) uint8 to (N, 3 s s) float32, s = min(S, 32).

    Example:
        >>> raw_pixels(torch.zeros(2, 3, 64, 64, dtype=torch.uint8)).shape
        torch.Size([2, 3072])
    """
    side = min(RAW_SIDE, pixels.shape[-1])
    h = torch.empty(len(pixels), 3 * side**2, device=pixels.device)  # (N, 3 s s)
    for block, rows in zip(pixels.split(BLOCK), h.split(BLOCK), strict=True):
        rows.copy_(F.adaptive_avg_pool2d(block.float() / 255, side).flatten(1))
    return h


def color_histogram(pixels: Tensor) -> Tensor:
    """Return the square root of the normalised joint RGB histogram: (N, 3, S, S) uint8 to (N, 512).

    Example:
        >>> color_histogram(torch.zeros(1, 3, 8, 8, dtype=torch.uint8))[0, :2].tolist()
        [1.0, 0.0]
    """
    return joint(pixels)


@torch.no_grad()
def calibrate_batch_norm(model: nn.Module, data: DeviceDataset, batch_size: int) -> None:
    """Replace an untrained model's batch-norm statistics by those of the clean training images.

    Without this its features are badly scaled, and the floor is too low.
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


def random_init(data: DeviceDataset, settings: Pretrain, seed: int) -> tuple[nn.Module, nn.Module]:
    """Build the encoder and the head every cell of a seed starts from, batch norm calibrated."""
    encoder, head = initial(settings, seed, data.pretrain.device)
    calibrate_batch_norm(nn.Sequential(encoder, head), data, BLOCK)
    return encoder, head


def supervised(data: DeviceDataset, settings: Pretrain, seed: int) -> tuple[nn.Module, tuple[Epoch, ...]]:
    """Train the same encoder with labels, on crop and flip: same epochs, batch and optimiser."""
    device = data.pretrain.device
    encoder, _ = initial(settings, seed, device)
    with seeded(torch.device("cpu"), seed, "classifier"):
        classifier = nn.Linear(encoder.dimension, data.classes).to(device)
    views = TwoViews.build([Step("crop", Crop())], Views(), data.size, seed)
    return encoder, supervise(encoder, classifier, data, data.train, views, settings, seed)
