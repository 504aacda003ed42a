"""Alignment and uniformity: how close positive pairs lie on the unit sphere, how evenly all points do."""

import torch
import torch.nn.functional as F
from torch import Tensor


def alignment(first: Tensor, second: Tensor) -> float:
    """Return the mean squared distance of positive pairs on the unit sphere (Wang and Isola, 2020, α = 2).

    Args:
        first: z of one view of each image, (N, p).
        second: z of the other, (N, p).

    Returns:
        0, the best, to 4.

    Example:
        >>> alignment(torch.eye(2), 3 * torch.eye(2)), alignment(torch.eye(2), -torch.eye(2))
        (0.0, 4.0)
    """
    apart = F.normalize(first, dim=1) - F.normalize(second, dim=1)
    return float(apart.square().sum(dim=1).mean())


def uniformity(z: Tensor) -> float:
    """Return the log of the mean of exp(−2 d²), d the distance of two points on the unit sphere.

    Args:
        z: (N, p), of different images; at least two.

    Returns:
        −8 to 0, where all points are one; lower is more uniform (Wang and Isola, 2020, t = 2).

    Example:
        >>> round(uniformity(torch.tensor([[1.0, 0.0], [-2.0, 0.0]])), 6)
        -8.0
    """
    return float(torch.pdist(F.normalize(z, dim=1)).square().mul(-2).exp().mean().log())
