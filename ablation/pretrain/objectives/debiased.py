"""Debiased: negatives of the same class are discounted (Chuang et al., 2020, arXiv 2007.00224)."""

from functools import partial

import torch
from torch import Tensor

from ablation.grid.objectives import Debiased
from ablation.grid.recipe import Pretrain
from ablation.pretrain.network import Network
from ablation.pretrain.objectives.base import Objective
from ablation.pretrain.objectives.measures import split
from ablation.pretrain.objectives.pairwise import Pairwise


def build(settings: Pretrain, chosen: Debiased, net: Network) -> Objective:  # noqa: ARG001
    """Build the objective of a job."""
    return Pairwise(settings, partial(debiased, temperature=chosen.temperature, same_class=chosen.same_class))


def debiased(similar: Tensor, temperature: float, same_class: float, concentration: float = 0.0) -> Tensor:
    """Return the debiased loss (equation 8), and with a concentration that of hard negatives.

    The sum over the negatives is corrected for those of the view's own class, whose similarity is estimated
    by the partner's; it is no less than the least that negatives can add.

    Args:
        similar: `similarities` of all views, (2N, 2N).
        temperature: divides them.
        same_class: the probability that a negative is of the same class.
        concentration: how much more a similar negative counts (Robinson et al., equation 4).

    Returns:
        The mean over the 2N views, a scalar, in nats.

    Example:
        >>> from ablation.pretrain.objectives.measures import similarities
        >>> z = torch.eye(2)
        >>> round(float(debiased(similarities(z, z), temperature=1.0, same_class=0.0)), 4)  # NT-Xent
        0.5514
    """
    positive, negative = (part.div(temperature) for part in split(similar))  # (2N,), (2N, M)
    # What is no negative counts as the least similar can: -inf times a concentration of 0 is no number.
    negative = negative.masked_fill(negative.isneginf(), -1 / temperature)
    count = negative.shape[1]
    weights = (concentration * negative).softmax(dim=1) * count  # (2N, M), of mean 1
    others = (weights * negative.exp()).sum(dim=1)  # (2N,)
    corrected = (others - same_class * count * positive.exp()) / (1 - same_class)
    least = torch.full_like(corrected, -1 / temperature).exp() * count
    return ((positive.exp() + torch.maximum(corrected, least)).log() - positive).mean()
