"""Objectives without negatives: each view passes by itself, and projections may collapse to one direction."""

from collections.abc import Callable

from torch import Tensor, nn

from ablation.pretrain.batches import Batch
from ablation.pretrain.network import Network
from ablation.pretrain.objectives.base import Loss, Objective
from ablation.pretrain.objectives.measures import contrastive_top1, spread
from ablation.results.stored.record import Epoch

# Spread of z. A job that learns keeps about 0.8; without predictor and teacher, it drops to 0.03 in 3 epochs.
COLLAPSED = 0.2
LossOf = Callable[[Tensor, Tensor], Tensor]  # of the projections of both views, (N, p) each: a scalar


class Apart(Objective):
    """A loss of both views' projections, with a forward pass for each: batch norm does not mix them."""

    def __init__(self, loss_of: LossOf) -> None:
        super().__init__()
        self.loss_of = loss_of

    def forward(self, net: Network, batch: Batch) -> Loss:
        """Return the loss, and the measures that show a collapse."""
        z1, z2 = (net(x)[1] for x in batch.by_view)  # (N, p) each
        return measured(self.loss_of(z1, z2), z1, z2)

    def collapsed(self, epoch: Epoch) -> bool:
        """Whether all projections point the same way, or h has lost its rank."""
        return points_one_way(epoch) or super().collapsed(epoch)


def measured(value: Tensor, z1: Tensor, z2: Tensor) -> Loss:
    """Record with a loss how often views find each other, and how far projections spread."""
    return Loss(value, {"contrastive_top1": contrastive_top1(z1, z2), "z_spread": spread(z1)})


def points_one_way(epoch: Epoch) -> bool:
    """Whether all projections of an epoch point the same way."""
    pointing = epoch.measures["z_spread"]
    return pointing is not None and pointing < COLLAPSED


def predictor(p: int, width: int) -> nn.Module:
    """Build a map from z to z with a hidden layer, (N, p) to (N, p)."""
    return nn.Sequential(
        nn.Linear(p, width, bias=False), nn.BatchNorm1d(width), nn.ReLU(inplace=True), nn.Linear(width, p)
    )
