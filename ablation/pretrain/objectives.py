"""Contrastive objectives: projections of two views to a loss."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
import torch.nn.functional as F
from torch import Tensor


def nt_xent(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    """Return NT-Xent: each of the 2N views must find its partner among the other 2N - 1 (equation 1).

    Args:
        z1: projections of the first views, (N, p); normalised here.
        z2: projections of the second views, (N, p), in the same order.
        temperature: divides the cosine similarities; above 0.

    Returns:
        The mean over the 2N views, a scalar, in nats.

    Example:
        >>> z = torch.eye(2)
        >>> round(float(nt_xent(z, z, temperature=1.0)), 4)  # log(e + 2) - 1
        0.5514
    """
    return F.cross_entropy(_logits(z1, z2) / temperature, _partners(len(z1), z1.device))


@torch.no_grad()
def contrastive_top1(z1: Tensor, z2: Tensor) -> Tensor:
    """Return the share of the 2N views that find their partner first, by cosine (a scalar in [0, 1]).

    Example:
        >>> float(contrastive_top1(torch.eye(4), torch.eye(4)))
        1.0
    """
    return (_logits(z1, z2).argmax(dim=1) == _partners(len(z1), z1.device)).float().mean()


def _logits(z1: Tensor, z2: Tensor) -> Tensor:
    z = F.normalize(torch.cat([z1, z2]).float(), dim=1)  # (2N, p)
    return (z @ z.T).fill_diagonal_(float("-inf"))  # (2N, 2N): a view is not its own negative


def _partners(n: int, device: torch.device) -> Tensor:
    return torch.arange(2 * n, device=device).roll(n)  # (2N,): view i of one half, i of the other


OBJECTIVES: Mapping[str, Callable[[Tensor, Tensor, float], Tensor]] = MappingProxyType({"nt-xent": nt_xent})
