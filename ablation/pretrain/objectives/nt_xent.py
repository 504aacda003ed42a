"""NT-Xent, the contrastive objective of SimCLR (equation 1)."""

from functools import partial

import torch.nn.functional as F
from torch import Tensor

from ablation.grid.objectives import NTXent
from ablation.grid.recipe import Pretrain
from ablation.pretrain.network import Network
from ablation.pretrain.objectives.base import Objective
from ablation.pretrain.objectives.measures import partners, similarities
from ablation.pretrain.objectives.pairwise import Pairwise


def build(settings: Pretrain, chosen: NTXent, net: Network) -> Objective:  # noqa: ARG001
    """Build the objective of a job."""
    loss_of = partial(_nt_xent, temperature=chosen.temperature)
    return Pairwise(settings, loss_of, chosen.l2)


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
    return F.cross_entropy(similar / temperature, partners(similar))
