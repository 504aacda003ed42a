"""The ceiling: the same encoder, trained with labels."""

import torch
from torch import nn

from ablation.augment.views import TwoViews
from ablation.data.device import DeviceDataset
from ablation.grid.augmentations import Step
from ablation.grid.models import Pretrain, Views
from ablation.grid.operations import Crop
from ablation.pretrain.loop import initial, supervise
from ablation.results.stored.record import Epoch
from ablation.seeds import seeded


def supervised(data: DeviceDataset, settings: Pretrain, seed: int) -> tuple[nn.Module, tuple[Epoch, ...]]:
    """Train the same encoder with labels, on crop and flip: same epochs, batch and optimiser."""
    device = data.pretrain.device
    encoder, _ = initial(settings, seed, device)
    with seeded(torch.device("cpu"), seed, "classifier"):
        classifier = nn.Linear(encoder.dimension, data.classes).to(device)
    views = TwoViews.build([Step("crop", Crop())], Views(), data.size, seed)
    return encoder, supervise(encoder, classifier, data, data.train, views, settings, seed)
