"""VICReg: variance, invariance, covariance (Bardes et al., 2022, arXiv 2105.04906)."""

from functools import partial

import torch.nn.functional as F
from torch import Tensor

from ablation.grid.objectives import VICReg
from ablation.grid.recipe import Pretrain
from ablation.pretrain.network import Network
from ablation.pretrain.objectives.apart import Apart
from ablation.pretrain.objectives.base import Objective


def build(settings: Pretrain, chosen: VICReg, net: Network) -> Objective:  # noqa: ARG001
    """Build the objective of a job."""
    return Apart(partial(vicreg, chosen=chosen))


def vicreg(z1: Tensor, z2: Tensor, chosen: VICReg) -> Tensor:
    """Return the weighted sum of the three terms (equation 6).

    Args:
        z1: projections of the first views, (N, p), N at least 2.
        z2: projections of the second views, (N, p), in the same order.
        chosen: the weights.

    Returns:
        A scalar.

    Example:
        >>> import torch
        >>> round(float(vicreg(torch.zeros(4, 2), torch.zeros(4, 2), VICReg())), 2)  # nothing varies
        49.5
    """
    z1, z2 = z1.float(), z2.float()
    invariance = F.mse_loss(z1, z2)
    variance = sum(((1 - (z.var(dim=0) + 1e-4).sqrt()).relu().mean() for z in (z1, z2)), z1.new_zeros(()))
    covariance = _off_diagonal(z1) + _off_diagonal(z2)
    return chosen.invariance * invariance + chosen.variance * variance + chosen.covariance * covariance


def _off_diagonal(z: Tensor) -> Tensor:
    n, p = z.shape
    centered = z - z.mean(dim=0)
    covariance = centered.T @ centered / (n - 1)  # (p, p)
    return (covariance.square().sum() - covariance.diagonal().square().sum()) / p
