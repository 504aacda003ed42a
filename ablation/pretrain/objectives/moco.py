"""MoCo v2: negatives from a queue of a slow teacher's projections (He et al., 2020, arXiv 1911.05722)."""

from copy import deepcopy

import torch
import torch.nn.functional as F
from torch import Tensor

from ablation.grid.objectives import MoCo
from ablation.grid.recipe import Pretrain
from ablation.pretrain.batches import Batch
from ablation.pretrain.network import Network
from ablation.pretrain.objectives.base import Loss, Objective
from ablation.pretrain.objectives.measures import contrastive_top1
from ablation.pretrain.objectives.pairwise import blind
from ablation.results.stored.record import Epoch


class Queued(Objective):
    """MoCo v2; both views are queries in turn, and each passes by itself, so no batch norm tells the partner.

    The queue starts with random directions, as in the paper's code; the oldest projections leave it.
    """

    def __init__(self, settings: Pretrain, chosen: MoCo, net: Network) -> None:
        super().__init__()
        self.teacher = deepcopy(net).requires_grad_(False)
        self.chosen = chosen
        self.batch_size = settings.batch_size
        self.register_buffer("queue", F.normalize(torch.randn(chosen.queue, net.projection), dim=1))
        self.queue: Tensor  # (Q, p), the newest first

    def forward(self, net: Network, batch: Batch) -> Loss:
        """Return the loss of both views against the teacher's of the other and the queue."""
        x1, x2 = batch.by_view
        query1, query2 = net(x1)[1], net(x2)[1]  # (N, p) each
        with torch.no_grad():
            key1, key2 = (self._keys(x) for x in (x1, x2))  # (N, p) each
        queue = self.queue.clone()  # it changes before the backward pass
        loss = queued(query1, key2, queue, self.chosen.temperature)
        loss = (loss + queued(query2, key1, queue, self.chosen.temperature)) / 2
        self.queue.copy_(torch.cat([key1, key2, self.queue])[: len(self.queue)])
        return Loss(loss, {"contrastive_top1": contrastive_top1(query1, query2)})

    def _keys(self, x: Tensor) -> Tensor:
        return F.normalize(self.teacher(x)[1].to(self.queue.dtype), dim=1)  # (N, p)

    def collapsed(self, epoch: Epoch) -> bool:
        """Whether views find partners less than twice as often as by chance, or h has lost its rank."""
        return blind(epoch, self.batch_size) or super().collapsed(epoch)

    @torch.no_grad()
    def after_step(self, net: Network, done: float) -> None:  # noqa: ARG002
        """Move the teacher's weights towards the network's (equation 2)."""
        for kept, new in zip(self.teacher.parameters(), net.parameters(), strict=True):
            kept.lerp_(new, 1 - self.chosen.momentum)


def queued(query: Tensor, key: Tensor, queue: Tensor, temperature: float) -> Tensor:
    """Return InfoNCE (equation 1): each query must find its key among the queue.

    Args:
        query: projections, (N, p); normalised here.
        key: the teacher's projections of the other views, (N, p), of length 1.
        queue: negatives, (Q, p), of length 1.
        temperature: divides the cosines; above 0.

    Returns:
        The mean over the queries, a scalar, in nats.

    Example:
        >>> z = torch.eye(3)
        >>> round(float(queued(z[:2], z[:2], z[2:], temperature=1.0)), 4)  # log(e + 1) - 1
        0.3133
    """
    query = F.normalize(query.to(queue.dtype), dim=1)  # float32, also under autocast
    positive = (query * key).sum(dim=1, keepdim=True)  # (N, 1)
    logits = torch.cat([positive, query @ queue.T], dim=1) / temperature  # (N, 1 + Q)
    return F.cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long, device=logits.device))
