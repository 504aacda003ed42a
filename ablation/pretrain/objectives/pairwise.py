"""Objectives of the similarities of all pairs of views; each says only what it makes of them."""

from collections.abc import Callable

from torch import Tensor

from ablation.grid.recipe import Pretrain
from ablation.pretrain.batches import Batch
from ablation.pretrain.network import Network
from ablation.pretrain.objectives.base import Loss, Objective
from ablation.pretrain.objectives.measures import similarities, top1_of
from ablation.results.stored.record import Epoch

LossOf = Callable[[Tensor], Tensor]  # of similarities, (2N, 2N), -inf for a view with itself: a scalar


class Pairwise(Objective):
    """A loss of both views in one forward pass through f and g, so they share batch-norm statistics."""

    def __init__(self, settings: Pretrain, loss_of: LossOf, l2: bool = True) -> None:
        super().__init__()
        self.loss_of, self.l2 = loss_of, l2
        self.batch_size = settings.batch_size

    def forward(self, net: Network, batch: Batch) -> Loss:
        """Return the loss, and how often a view finds its partner."""
        _, z = net(batch.x)  # (2N, p): two forward passes would be another experiment
        z1, z2 = z.chunk(2)  # (N, p) each
        similar = similarities(z1, z2, self.l2)  # (2N, 2N)
        return Loss(self.loss_of(similar), {"contrastive_top1": top1_of(similar)})

    def collapsed(self, epoch: Epoch) -> bool:
        """Whether views find partners less than twice as often as by chance, or h has lost its rank."""
        return blind(epoch, self.batch_size) or super().collapsed(epoch)


def blind(epoch: Epoch, batch_size: int) -> bool:
    """Whether views find their partners less than twice as often as a blind guess would."""
    found = epoch.contrastive_top1
    return found is not None and found < 2 / (2 * batch_size - 1)
