"""What is recorded with a loss, whichever loss it is."""

import torch
import torch.nn.functional as F
from torch import Tensor


@torch.no_grad()
def contrastive_top1(z1: Tensor, z2: Tensor) -> Tensor:
    """Return the share of the 2N views that are nearest to their partner, by cosine (a scalar in [0, 1]).

    Args:
        z1: projections of the first views, (N, p).
        z2: projections of the second views, (N, p), in the same order.

    Example:
        >>> float(contrastive_top1(torch.eye(4), torch.eye(4)))
        1.0
    """
    return top1_of(similarities(z1, z2))


@torch.no_grad()
def top1_of(similar: Tensor) -> Tensor:
    """Return the same of the `similarities` of all views, (2N, 2N), where a loss has computed them."""
    return (similar.argmax(dim=1) == partners(len(similar) // 2, similar.device)).float().mean()


@torch.no_grad()
def spread(z: Tensor) -> Tensor:
    """Return how far projections spread: 1 if they point in all directions alike, 0 if all in one (collapse).

    The standard deviation of the normalised projections, times √p (SimSiam, figure 2).

    Args:
        z: (N, p).

    Example:
        >>> float(spread(torch.ones(4, 8)))
        0.0
    """
    along: Tensor = F.normalize(z.float(), dim=1).std(dim=0)  # (p,)
    return along.mean().mul(z.shape[1] ** 0.5)


def similarities(z1: Tensor, z2: Tensor) -> Tensor:
    """Return the cosine similarities of all 2N views, (2N, 2N); -inf for a view with itself."""
    z = F.normalize(torch.cat([z1, z2]).float(), dim=1)  # (2N, p)
    return (z @ z.T).fill_diagonal_(float("-inf"))


def partners(n: int, device: torch.device) -> Tensor:
    """Return the index of each view's partner, (2N,): view i of one half belongs to view i of the other."""
    return torch.arange(2 * n, device=device).roll(n)
