"""Sobel as shifted differences."""

import kornia.filters
import torch.nn.functional as F
from torch import Tensor, nn

EPSILON = 1e-6  # Kornia's, under the root


class KorniaSobel(nn.Module):
    """Gradient magnitude of each channel; Kornia has the filter, but no augmentation with it."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the magnitude, 1 at the largest axis-parallel step edge."""
        magnitude: Tensor = kornia.filters.sobel(x, normalized=False, eps=EPSILON)
        return magnitude / 4


class Sobel(nn.Module):
    """Gradient magnitude of each channel, 1 at the largest axis-parallel step edge.

    Takes (N, 3, S, S) float32 in [0, 1]; slanted edges exceed 1, up to 1.12.

    Example:
        >>> import torch
        >>> edge = (torch.arange(8) > 3).float().expand(1, 3, 8, 8)
        >>> Sobel()(edge)[0, 0, 0].round(decimals=2)
        tensor([0., 0., 0., 1., 1., 0., 0., 0.])
    """

    def __init__(self) -> None:
        super().__init__()
        self.reference = KorniaSobel()

    def forward(self, x: Tensor) -> Tensor:
        """Return the edges of a batch."""
        padded = F.pad(x, (1, 1, 1, 1), mode="replicate")  # (N, 3, S + 2, S + 2)
        # The kernel is separable: a difference along one axis, weights 1, 2, 1 along the other.
        across = padded[..., 2:] - padded[..., :-2]
        gx = (across[..., 2:, :] + across[..., :-2, :]).add_(across[..., 1:-1, :], alpha=2)
        smooth = (padded[..., 2:] + padded[..., :-2]).add_(padded[..., 1:-1], alpha=2)
        gy = smooth[..., 2:, :] - smooth[..., :-2, :]
        return gx.square_().add_(gy.square_()).add_(EPSILON).sqrt_().div_(4)  # (N, 3, S, S)
