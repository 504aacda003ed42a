"""What an objective is: it maps a network and a batch to a loss, and may act between steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor, nn

from ablation.pretrain.batches import Batch
from ablation.pretrain.network import Network
from ablation.results.stored.record import Epoch


@dataclass(frozen=True)
class Loss:
    """The result for a batch: what is minimised, and what is recorded with it."""

    value: Tensor  # a scalar
    measures: Mapping[str, Tensor] = field(default_factory=dict)  # scalars without a gradient, by name


class Objective(nn.Module):
    """What a job minimises; it may have a predictor that is trained with the network, a teacher or a queue.

    Its parameters that require a gradient are trained with the network's, and discarded after training.
    """

    def forward(self, net: Network, batch: Batch) -> Loss:
        """Return the loss of a batch; how often the network is called is the objective's choice."""
        raise NotImplementedError

    def after_step(self, net: Network, done: float) -> None:
        """Follow the network after a step; `done` in (0, 1] is the share of all steps taken so far."""

    def collapsed(self, epoch: Epoch) -> bool:
        """Whether an epoch shows that nothing is learnt: by default, an effective rank of h below 2."""
        return epoch.effective_rank is not None and epoch.effective_rank < 2
