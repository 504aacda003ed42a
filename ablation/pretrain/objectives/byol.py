"""BYOL: predict a slow teacher's projection of the other view (Grill et al., 2020, arXiv 2006.07733)."""

import math
from copy import deepcopy
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from ablation.grid.objectives import BYOL
from ablation.grid.recipe import Pretrain
from ablation.pretrain.batches import Batch
from ablation.pretrain.network import Network
from ablation.pretrain.objectives.apart import measured, points_one_way, predictor
from ablation.pretrain.objectives.base import Loss, Objective
from ablation.results.stored.record import Epoch


class Bootstrap(Objective):
    """BYOL, with a forward pass for each view: batch norm does not mix them, as in the paper's code."""

    def __init__(self, settings: Pretrain, chosen: BYOL, net: Network) -> None:  # noqa: ARG002
        super().__init__()
        self.predictor = predictor(net.projection, chosen.predictor_width)
        self.teacher = deepcopy(net).requires_grad_(False)
        self.chosen = chosen

    def forward(self, net: Network, batch: Batch) -> Loss:
        """Return the loss of both views predicting each other, and the measures that show a collapse."""
        z1, z2 = (net(x)[1] for x in batch.by_view)  # (N, p) each
        with torch.no_grad():
            target1, target2 = (self.teacher(x)[1] for x in batch.by_view)  # (N, p) each
        with net.autocast(z1.device):
            predicted1, predicted2 = self.predictor(z1), self.predictor(z2)  # (N, p) each
        value = regression(predicted1, target2) + regression(predicted2, target1)
        return measured(value, z1, z2)

    def collapsed(self, epoch: Epoch) -> bool:
        """Whether all projections point the same way, or h has lost its rank."""
        return points_one_way(epoch) or super().collapsed(epoch)

    @torch.no_grad()
    def after_step(self, net: Network, done: float) -> None:
        """Move the teacher's weights towards the network's."""
        momentum = momentum_at(done, self.chosen.momentum, self.chosen.momentum_schedule)
        for kept, new in zip(self.teacher.parameters(), net.parameters(), strict=True):
            kept.lerp_(new, 1 - momentum)


def regression(predicted: Tensor, target: Tensor) -> Tensor:
    """Return the mean squared distance of normalised predictions and targets (equation 2): 2 - 2 cosine.

    Args:
        predicted: predictions from one view, (N, p).
        target: the teacher's projections of the other view, (N, p).

    Example:
        >>> float(regression(torch.eye(2), 3 * torch.eye(2))), float(regression(torch.eye(2), -torch.eye(2)))
        (0.0, 4.0)
    """
    return (2 - 2 * F.cosine_similarity(predicted.float(), target.float(), dim=1)).mean()


def momentum_at(done: float, momentum: float, schedule: Literal["cosine", "constant"]) -> float:
    """Return the teacher's momentum when a share of all steps is done (section 3.3: half a cosine, to 1).

    Example:
        >>> [round(momentum_at(done, 0.9, "cosine"), 3) for done in (0.0, 0.5, 1.0)]
        [0.9, 0.95, 1.0]
    """
    if schedule == "constant":
        return momentum
    return 1 - (1 - momentum) * (1 + math.cos(math.pi * done)) / 2
