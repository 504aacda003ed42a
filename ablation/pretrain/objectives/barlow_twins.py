"""Barlow Twins: each dimension of z correlates with itself alone (Zbontar et al., 2021, arXiv 2103.03230)."""

from functools import partial

from torch import Tensor

from ablation.grid.objectives import BarlowTwins
from ablation.grid.recipe import Pretrain
from ablation.pretrain.network import Network
from ablation.pretrain.objectives.apart import Apart
from ablation.pretrain.objectives.base import Objective


def build(settings: Pretrain, chosen: BarlowTwins, net: Network) -> Objective:  # noqa: ARG001
    """Build the objective of a job."""
    return Apart(partial(barlow_twins, redundancy=chosen.redundancy))


def barlow_twins(z1: Tensor, z2: Tensor, redundancy: float) -> Tensor:
    """Return how far the views' cross-correlation is from the identity (equation 1).

    Args:
        z1: projections of the first views, (N, p); standardised over the batch here.
        z2: projections of the second views, (N, p), in the same order.
        redundancy: weight of the elements off the diagonal.

    Returns:
        A scalar: the sum of squares over the p x p elements.

    Example:
        >>> import torch
        >>> z = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
        >>> round(float(barlow_twins(z, z, 0.005)), 3), round(float(barlow_twins(z, z.flip(1), 0.5)), 3)
        (0.0, 3.0)
    """
    one, two = _standardized(z1.float()), _standardized(z2.float())
    correlation = one.T @ two / len(one)  # (p, p)
    same = correlation.diagonal()
    return (same - 1).square().sum() + redundancy * (correlation.square().sum() - same.square().sum())


def _standardized(z: Tensor) -> Tensor:
    deviation: Tensor = z.std(dim=0, correction=0) + 1e-6
    return (z - z.mean(dim=0)) / deviation
