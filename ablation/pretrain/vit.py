"""A small vision transformer: images as tokens, one a patch (Dosovitskiy et al., 2021, arXiv 2010.11929)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ablation.grid.encoders import PATCH, ViTMicro
from ablation.grid.objectives import HEAD

DEPTH = 4  # blocks
EXTENT = 16.0  # of an image in the units of its positions, however many patches it has
LONGEST = 100.0  # of the wavelengths, over 2 pi; with the papers' 10,000 most channels are constant here
# Of the sines. With 1, three quarters of the variance of an I-JEPA teacher's tokens is where they stand, and
# its predictor learns little else; with 0.25, half.
AMPLITUDE = 0.25


class Block(nn.Module):
    """Attention among tokens, then a two-layer MLP of each, both after a norm: (N, T, d) to the same.

    Example:
        >>> Block(64)(torch.zeros(2, 5, 64)).shape
        torch.Size([2, 5, 64])
    """

    def __init__(self, d: int) -> None:
        super().__init__()
        self.heads = d // HEAD
        self.before_attention = nn.LayerNorm(d)
        self.queries_keys_values = nn.Linear(d, 3 * d)
        self.mixed = nn.Linear(d, d)
        self.before_mlp = nn.LayerNorm(d)
        self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))

    def forward(self, x: Tensor) -> Tensor:
        """Return what the block makes of tokens."""
        parts = self.queries_keys_values(self.before_attention(x)).unflatten(2, (3, self.heads, HEAD))
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # (N, heads, T, 32) each
        x = x + self.mixed(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))
        y: Tensor = x + self.mlp(self.before_mlp(x))
        return y


class ViT(nn.Module):
    """A pre-norm transformer of 4x4 patches: normalised images (N, C, S, S) to h (N, d), its tokens' mean.

    Positions are fixed sines and cosines, and span the image, whatever its size: one network takes images and
    small crops.

    Args:
        dimension: d, a multiple of 32.
        channels: C.

    Example:
        >>> f = ViT(64)
        >>> f(torch.zeros(2, 3, 32, 32)).shape, f.tokens(torch.zeros(2, 3, 16, 16)).shape
        (torch.Size([2, 64]), torch.Size([2, 16, 64]))
    """

    def __init__(self, dimension: int, channels: int = 3) -> None:
        super().__init__()
        self.dimension = dimension
        self.embedded = nn.Linear(channels * PATCH**2, dimension)
        self.blocks = nn.Sequential(*(Block(dimension) for _ in range(DEPTH)))
        self.normalized = nn.LayerNorm(dimension)

    def forward(self, x: Tensor) -> Tensor:
        """Return h."""
        return self.tokens(x).mean(dim=1)  # (N, d)

    def tokens(self, x: Tensor, keep: Tensor | None = None) -> Tensor:
        """Return the tokens of patches, row by row.

        Args:
            x: normalised images, (N, C, S, S); S is a multiple of 4.
            keep: indices of the patches to look at, (N, T); the others are never seen. None for all of them.

        Returns:
            (N, T, d).
        """
        patches = x.unflatten(3, (-1, PATCH)).unflatten(2, (-1, PATCH))  # (N, C, s, 4, s, 4)
        rows, columns = patches.shape[2], patches.shape[4]
        patches = patches.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)  # (N, s s, C 4 4)
        places = positions(rows, columns, self.dimension, x).expand(len(x), -1, -1)  # (N, s s, d)
        if keep is not None:
            patches, places = chosen(patches, keep), chosen(places, keep)
        y: Tensor = self.normalized(self.blocks(self.embedded(patches) + places))
        return y


def chosen(tokens: Tensor, keep: Tensor) -> Tensor:
    """Return the tokens with the indices `keep`, (N, T), of (N, s s, d), as (N, T, d)."""
    return tokens.gather(1, keep.unsqueeze(2).expand(-1, -1, tokens.shape[2]))


def positions(rows: int, columns: int, d: int, like: Tensor) -> Tensor:
    """Return sines and cosines of the centres of patches, row by row, (rows columns, d).

    Args:
        rows: of patches.
        columns: of patches.
        d: a multiple of 4.
        like: its type and device are taken.

    Example:
        >>> places = positions(2, 2, 8, like=torch.zeros(0))
        >>> torch.equal(places[0, :4], places[1, :4]), torch.equal(places[0, 4:], places[2, 4:])
        (True, True)
    """
    exponents = torch.arange(d // 4, device=like.device, dtype=torch.float32) / (d // 4)

    def along(count: int) -> Tensor:
        centres = (torch.arange(count, device=like.device, dtype=torch.float32) + 0.5) * (EXTENT / count)
        angles = centres[:, None] * LONGEST**-exponents  # (count, d / 4)
        return torch.cat([angles.sin(), angles.cos()], dim=1)  # (count, d / 2)

    down = along(rows)[:, None].expand(-1, columns, -1)
    across = along(columns)[None].expand(rows, -1, -1)
    return AMPLITUDE * torch.cat([down, across], dim=2).flatten(0, 1).to(like.dtype)


def vit_micro(settings: ViTMicro, channels: int, size: int) -> ViT:
    """Build the transformer whose tokens have four times `width` dimensions; it takes images of any size."""
    del size
    return ViT(4 * settings.width, channels)
