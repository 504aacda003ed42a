"""NT-Logistic: every pair of views is classified by itself (SimCLR, Table 2)."""

from functools import partial

import torch.nn.functional as F
from torch import Tensor

from ablation.grid.objectives import NTLogistic
from ablation.grid.recipe import Pretrain
from ablation.pretrain.network import Network
from ablation.pretrain.objectives.base import Objective
from ablation.pretrain.objectives.measures import semi_hard, split
from ablation.pretrain.objectives.pairwise import Pairwise


def build(settings: Pretrain, chosen: NTLogistic, net: Network) -> Objective:  # noqa: ARG001
    """Build the objective of a job."""
    return Pairwise(settings, partial(nt_logistic, temperature=chosen.temperature, hard=chosen.semi_hard))


def nt_logistic(similar: Tensor, temperature: float, hard: bool = False) -> Tensor:
    """Return the logistic loss of the partner and of the negatives, whose losses are averaged.

    Args:
        similar: `similarities` of all views, (2N, 2N).
        temperature: divides them; above 0.
        hard: take the semi-hard negative alone.

    Returns:
        The mean over the 2N views, a scalar, in nats.

    Example:
        >>> import torch
        >>> from ablation.pretrain.objectives.measures import similarities
        >>> z = torch.eye(2)
        >>> round(float(nt_logistic(similarities(z, z), temperature=1.0)), 4)  # -log sigmoid(1) + log(2)
        1.0064
    """
    positive, negative = split(similar)  # (2N,), (2N, M)
    if hard:
        negative = negative.gather(1, semi_hard(positive, negative)[:, None])  # (2N, 1)
    apart = -F.logsigmoid(-negative / temperature).mean(dim=1)
    return (apart - F.logsigmoid(positive / temperature)).mean()
