"""The same encoder trained with labels: the ceiling, and `objective = "supervised"` under a cell's views."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ablation.augment.views import TwoViews
from ablation.data.device import DeviceDataset
from ablation.grid.augmentations import Step
from ablation.grid.operations import Crop
from ablation.grid.recipe import Pretrain
from ablation.grid.recipe import Views as ViewSettings
from ablation.pretrain.batches import Batch, LabelledBatches, Views
from ablation.pretrain.loop import Training, optimize
from ablation.pretrain.network import Network, initial
from ablation.pretrain.objectives.base import Loss, Objective
from ablation.pretrain.ranks import divided
from ablation.pretrain.resume import Bookmark
from ablation.results.stored.record import Epoch
from ablation.seeds import seeded


class CrossEntropy(Objective):
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


def train_with_labels(
    net: Network,
    data: DeviceDataset,
    views: Views,
    settings: Pretrain,
    seed: int,
    rows: Tensor,
    bookmark: Bookmark | None = None,
) -> Training:
    """Train a network in place with labels, on the augmented view of each image.

    Args:
        net: f, and a g that is not used.
        data: supplies the labelled images.
        views: makes the augmented view, the first.
        settings: of the job.
        seed: seeds the order of the images, and the classifier.
        rows: the training images to learn from, (M,); those of validation are to be left out.
        bookmark: where the job keeps how far it is, if it does.
    """
    device = data.pretrain.device
    with seeded(torch.device("cpu"), seed, "objective"):
        objective = CrossEntropy(net.dimension, data.classes).to(device)
    batches = LabelledBatches(data.train, views, data.normalize, rows)
    with seeded(device, seed, "training"):
        shared = divided(net, settings.world_size)
        return optimize(shared, objective, batches, data, settings, seed, bookmark=bookmark)


def supervised(
    data: DeviceDataset, settings: Pretrain, seed: int, bookmark: Bookmark | None = None
) -> tuple[Network, Training]:
    """Train the same encoder with labels, on crops and flips: same epochs, batch size and optimiser."""
    device = data.pretrain.device
    net = initial(settings, seed, device, data.channels, data.size)
    with seeded(torch.device("cpu"), seed, "classifier"):
        objective = CrossEntropy(net.dimension, data.classes).to(device)
    views = TwoViews.build([Step("crop", Crop())], ViewSettings(), data.size, seed)
    batches = LabelledBatches(data.train, views, data.normalize)
    with seeded(device, seed, "training"):  # what the encoder itself draws, as in pretraining
        shared = divided(net, settings.world_size)
        return net, optimize(shared, objective, batches, data, settings, seed, bookmark=bookmark)
