"""The ceiling: the same encoder, trained with labels."""

import torch
import torch.nn.functional as F
from torch import nn

from ablation.augment.views import TwoViews
from ablation.data.device import DeviceDataset
from ablation.grid.augmentations import Step
from ablation.grid.operations import Crop
from ablation.grid.recipe import Pretrain, Views
from ablation.pretrain.batches import Batch, LabelledBatches
from ablation.pretrain.loop import Training, optimize
from ablation.pretrain.network import Network, initial
from ablation.pretrain.objectives.base import Loss, Objective
from ablation.results.stored.record import Epoch
from ablation.seeds import seeded


class Supervised(Objective):
    """Cross-entropy of a linear classifier on h."""

    def __init__(self, dimension: int, classes: int) -> None:
        super().__init__()
        self.classifier = nn.Linear(dimension, classes)

    def forward(self, net: Network, batch: Batch) -> Loss:
        """Return the loss of labelled images."""
        with net.autocast(batch.x.device):
            logits = self.classifier(net.encoder(batch.x))  # (N, classes)
        assert batch.labels is not None
        return Loss(F.cross_entropy(logits.float(), batch.labels))

    def collapsed(self, epoch: Epoch) -> bool:  # noqa: ARG002
        """Never: with two classes, an effective rank of 1 is enough."""
        return False


def supervised(data: DeviceDataset, settings: Pretrain, seed: int) -> tuple[Network, Training]:
    """Train the same encoder with labels, on crops and flips: same epochs, batch size and optimiser."""
    device = data.pretrain.device
    net = initial(settings, seed, device, data.channels, data.size)
    with seeded(torch.device("cpu"), seed, "classifier"):
        objective = Supervised(net.dimension, data.classes).to(device)
    views = TwoViews.build([Step("crop", Crop())], Views(), data.size, seed)
    batches = LabelledBatches(data.train, views, data.normalize)
    with seeded(device, seed, "training"):  # what the encoder itself draws, as in pretraining
        return net, optimize(net, objective, batches, data, settings, seed)
