"""Margin triplet: the partner is nearer by a margin (Schroff et al., 2015; SimCLR, Table 2)."""

from functools import partial

from torch import Tensor

from ablation.grid.objectives import Triplet
from ablation.grid.recipe import Pretrain
from ablation.pretrain.network import Network
from ablation.pretrain.objectives.base import Objective
from ablation.pretrain.objectives.measures import semi_hard, split
from ablation.pretrain.objectives.pairwise import Pairwise


def build(settings: Pretrain, chosen: Triplet, net: Network) -> Objective:  # noqa: ARG001
    """Build the objective of a job."""
    return Pairwise(settings, partial(triplet, margin=chosen.margin, hard=chosen.semi_hard))


def triplet(similar: Tensor, margin: float, hard: bool = False) -> Tensor:
    """Return how far negatives are from being less similar than the partner by a margin, on average.

    Args:
        similar: `similarities` of all views, (2N, 2N).
        margin: in cosine.
        hard: take the semi-hard negative alone.

    Returns:
        The mean over the 2N views and their negatives, a scalar.

    Example:
        >>> import torch
        >>> from ablation.pretrain.objectives.measures import similarities
        >>> z = torch.eye(2)
        >>> round(float(triplet(similarities(z, z), margin=1.5)), 4)
        0.5
    """
    positive, negative = split(similar)  # (2N,), (2N, M)
    if hard:
        negative = negative.gather(1, semi_hard(positive, negative)[:, None])  # (2N, 1)
    return (negative - positive[:, None] + margin).relu().mean()
