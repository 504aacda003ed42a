"""NT-Xent, the contrastive objective of SimCLR (equation 1)."""

import torch.nn.functional as F
from torch import Tensor

from ablation.grid.models import Pretrain
from ablation.grid.objectives import NTXent
from ablation.pretrain.batches import Batch
from ablation.pretrain.network import Network
from ablation.pretrain.objectives.base import Loss, Objective
from ablation.pretrain.objectives.measures import partners, similarities, top1_of
from ablation.results.stored.record import Epoch


class Contrastive(Objective):
    """NT-Xent of both views, in one forward pass through f and g, so they share batch-norm statistics."""

    def __init__(self, settings: Pretrain, chosen: NTXent, net: Network) -> None:  # noqa: ARG002
        super().__init__()
        self.temperature = chosen.temperature
        self.blind = 2 / (2 * settings.batch_size - 1)  # twice the accuracy of a blind guess

    def forward(self, net: Network, batch: Batch) -> Loss:
        """Return the loss, and how often a view finds its partner."""
        _, z = net(batch.x)  # (2N, p): two forward passes would be another experiment
        similar = similarities(*z.chunk(2))  # (2N, 2N)
        return Loss(_nt_xent(similar, self.temperature), {"contrastive_top1": top1_of(similar)})

    def collapsed(self, epoch: Epoch) -> bool:
        """Whether views find partners less than twice as often as by chance, or h has lost its rank."""
        found = epoch.contrastive_top1
        return (found is not None and found < self.blind) or super().collapsed(epoch)


def nt_xent(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    """Return NT-Xent: each of the 2N views must find its partner among the other 2N - 1 (equation 1).

    Args:
        z1: projections of the first views, (N, p); normalised here.
        z2: projections of the second views, (N, p), in the same order.
        temperature: divides the cosine similarities; above 0.

    Returns:
        The mean over the 2N views, a scalar, in nats.

    Example:
        >>> import torch
        >>> z = torch.eye(2)
        >>> round(float(nt_xent(z, z, temperature=1.0)), 4)  # log(e + 2) - 1
        0.5514
    """
    return _nt_xent(similarities(z1, z2), temperature)


def _nt_xent(similar: Tensor, temperature: float) -> Tensor:
    return F.cross_entropy(similar / temperature, partners(len(similar) // 2, similar.device))
