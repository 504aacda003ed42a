"""What an objective is: a network and a batch to a loss, and what it has to do between steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor, nn

from ablation.pretrain.batches import Batch
from ablation.pretrain.network import Network
from ablation.results.stored.record import Epoch


@dataclass(frozen=True)
class Loss:
    """What a batch gave: what is minimised, and what is recorded beside it."""

    value: Tensor  # a scalar
    measures: Mapping[str, Tensor] = field(default_factory=dict)  # scalars without a gradient, by name


class Objective(nn.Module):
    """What a job minimises; it may own a predictor that is trained with the network, a teacher, a queue.

    Its parameters that require a gradient are trained with the network's; it is thrown away afterwards.
    """

    def forward(self, net: Network, batch: Batch) -> Loss:
        """Return the loss of a batch; how often the network is called is the objective's choice."""
        raise NotImplementedError

    def after_step(self, net: Network, done: float) -> None:
        """Follow the network after a step; `done` in (0, 1] is the share of all steps that are taken."""

    def collapsed(self, epoch: Epoch) -> bool:
        """Whether an epoch shows that nothing is being learnt; by default an effective rank of h under 2."""
        return epoch.effective_rank is not None and epoch.effective_rank < 2
