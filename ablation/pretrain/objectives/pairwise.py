"""Objectives of the similarities of all pairs of views; each says only what it makes of them."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from ablation.grid.recipe import Pretrain
from ablation.pretrain.batches import Batch
from ablation.pretrain.network import Network
from ablation.pretrain.objectives.base import Loss, Objective
from ablation.pretrain.objectives.measures import similar_rows, top1_of
from ablation.results.stored.record import Epoch

# Of rows of `similarities`, (R, 2N), -inf for a view with itself and with what is no negative of it: their
# mean, a scalar.
ROWS = 64  # of similarities at a time where memory is short; large blocks leave gaps in the heap
LossOf = Callable[[Tensor], Tensor]


class Pairwise(Objective):
    """A loss of both views in one forward pass through f and g, so they share batch-norm statistics.

    Frames that are near in time are no negatives of each other.
    """

    def __init__(self, settings: Pretrain, loss_of: LossOf, l2: bool = True) -> None:
        super().__init__()
        self.loss_of, self.l2 = loss_of, l2
        self.batch_size, self.rows = settings.batch_size, None if settings.chunk is None else ROWS

    def forward(self, net: Network, batch: Batch) -> Loss:
        """Return the loss, and how often a view finds its partner."""
        _, z = net(batch.x)  # (2N, p): two forward passes would be another experiment
        z = F.normalize(z.float(), dim=1) if self.l2 else z.float()
        if self.rows is None:
            value, top1 = self._of_rows(z, 0, len(z), batch.near)
        else:
            value, top1 = self._in_blocks(z, self.rows, batch.near)
        return Loss(value, {"contrastive_top1": top1})

    def _of_rows(self, z: Tensor, first: int, count: int, near: Tensor | None) -> tuple[Tensor, Tensor]:
        similar = similar_rows(z, first, count)  # (R, 2N)
        if near is not None:
            similar = similar.masked_fill(near[first : first + count].roll(-first, 1), float("-inf"))
        return self.loss_of(similar), top1_of(similar)

    def _in_blocks(self, z: Tensor, rows: int, near: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the same from blocks of rows, computed again for the gradient: never all at once."""
        blocks = []
        for first in range(0, len(z), rows):
            found = checkpoint(self._of_rows, z, first, rows, near, use_reentrant=False)
            blocks.append(torch.stack(found) * (min(rows, len(z) - first) / len(z)))
        value, top1 = torch.stack(blocks).sum(dim=0).unbind()
        return value, top1.detach()

    def collapsed(self, epoch: Epoch) -> bool:
        """Whether views find partners less than twice as often as by chance, or h has lost its rank."""
        return blind(epoch, self.batch_size) or super().collapsed(epoch)


def blind(epoch: Epoch, batch_size: int) -> bool:
    """Whether views find their partners less than twice as often as a blind guess would."""
    found = epoch.contrastive_top1
    return found is not None and found < 2 / (2 * batch_size - 1)
