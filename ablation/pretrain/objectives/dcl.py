"""DCL: the partner leaves the denominator of NT-Xent (Yeh et al., 2022, arXiv 2110.06848)."""

from functools import partial

from torch import Tensor

from ablation.grid.objectives import Decoupled
from ablation.grid.recipe import Pretrain
from ablation.pretrain.network import Network
from ablation.pretrain.objectives.base import Objective
from ablation.pretrain.objectives.measures import split
from ablation.pretrain.objectives.pairwise import Pairwise


def build(settings: Pretrain, chosen: Decoupled, net: Network) -> Objective:  # noqa: ARG001
    """Build the objective of a job."""
    return Pairwise(settings, partial(decoupled, temperature=chosen.temperature))


def decoupled(similar: Tensor, temperature: float) -> Tensor:
    """Return DCL (equation 6): the negatives alone compete, so that an easy pair does not quench them.

    Args:
        similar: `similarities` of all views, (2N, 2N).
        temperature: divides them; above 0.

    Returns:
        The mean over the 2N views, a scalar, in nats; it may be negative.

    Example:
        >>> import torch
        >>> from ablation.pretrain.objectives.measures import similarities
        >>> z = torch.eye(2)
        >>> round(float(decoupled(similarities(z, z), temperature=1.0)), 4)  # log(2) - 1
        -0.3069
    """
    positive, negative = split(similar / temperature)  # (2N,), (2N, 2N - 2)
    return (negative.logsumexp(dim=1) - positive).mean()
