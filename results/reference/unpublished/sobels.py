"""Other Sobel filters than the reference's, for `unpublished.toml`: the paper does not say which it used."""

import kornia
import torch
from torch import Tensor, nn


class LumaSobel(nn.Module):
    """Edges of the luminance alone, the same in all three channels: nothing of colour is left."""

    def forward(self, x: Tensor) -> Tensor:
        """Filter a batch, (N, 3, S, S) in [0, 1]."""
        luma = kornia.color.rgb_to_grayscale(x)  # (N, 1, S, S)
        edges = kornia.filters.sobel(luma, normalized=False) / 4
        return edges.clamp(0, 1).expand_as(x).contiguous()


class StretchedSobel(nn.Module):
    """Edges of each channel, each image stretched to the whole range."""

    def forward(self, x: Tensor) -> Tensor:
        """Filter a batch, (N, 3, S, S) in [0, 1]."""
        edges = kornia.filters.sobel(x, normalized=False)
        return edges / torch.clamp(edges.amax(dim=(1, 2, 3), keepdim=True), min=1e-6)
