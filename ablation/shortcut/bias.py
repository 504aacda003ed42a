"""Colour bias: which is nearest to an image in another's colours, the image itself or the other?"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from kornia.color import lab_to_rgb, rgb_to_lab
from torch import Tensor

from ablation.augment.fast.color import LUMA
from ablation.data.channels import RGB
from ablation.results.stored.color import Bias
from ablation.seeds import generator

BLOCK = 64 * 32 * 32  # pixels at a time; they stay in the cache
QUERIES = 1024  # rows at a time
PALE = 0.01  # share of its difference that a pixel may lose to rounding
# Lab units, or hundredths of full brightness; a smaller standard deviation comes from rounding to 8 bits
FLAT = 1.0
HALVINGS = 8  # of the interval within which a pixel's chroma is shrunk
DEFINED = 0.05  # least share of images whose nearest neighbour is one of the two


@dataclass(frozen=True)
class Recolored:
    """Images in their donors' colours."""

    images: Tensor  # (N, C, S, S) uint8
    clipped: Tensor  # (N,) share of the pixels whose new colour no screen can show; they are made paler


def color_bias(features: Tensor, recolored: Tensor, donors: Tensor) -> Bias:
    """Measure by counterfactuals whether features depend on an image's colours or on the rest of it.

    A recoloured image has the lightness of one image and the colours of another, its donor. Which of
    the two is nearest to it, by cosine among the unchanged images?

    Args:
        features: features of the unchanged images, (N, d): h or z.
        recolored: features of the same images in their donors' colours, (N, d).
        donors: rows of the donors, (N,).

    Example:
        >>> h = torch.eye(3)
        >>> found = color_bias(h, h[[1, 2, 2]], torch.tensor([1, 2, 0]))
        >>> round(found.bias, 2), round(found.nearest_own, 2)
        (0.67, 0.33)
    """
    unit = F.normalize(features, dim=1)
    blocks = F.normalize(recolored, dim=1).split(QUERIES)
    nearest = torch.cat([(block @ unit.T).argmax(dim=1) for block in blocks])  # (N,)
    n = len(features)
    own = int((nearest == torch.arange(n, device=nearest.device)).sum())
    donor = int((nearest == donors).sum())
    defined = own + donor >= DEFINED * n
    return Bias(
        bias=donor / (own + donor) if defined else None, nearest_own=own / n, nearest_donor=donor / n, n=n
    )


def derangement(n: int, seed: int) -> Tensor:
    """Return a permutation of 0..n−1 without fixed points, (n,): one cycle through a random order.

    Raises:
        ValueError: n < 2.

    Example:
        >>> derangement(2, seed=0).tolist()
        [1, 0]
    """
    if n < 2:
        raise ValueError(f"swapping colours takes at least two images, not {n}")
    order = torch.randperm(n, generator=generator(seed, "derangement"))
    donors = torch.empty_like(order)
    donors[order] = order.roll(1)
    return donors


def swap_colors(images: Tensor, donors: Tensor) -> Recolored:
    """Give images the Lab a,b mean and standard deviation of other images; lightness is kept.

    Where the images are not RGB, the mean over the channels takes the place of lightness, and the channels'
    differences from it that of a and b. Images of one channel have no colours, and do not change.

    A pixel whose new colour cannot be stored gets the same hue and lightness with as much chroma as possible,
    because clipping channels would change the lightness. An image with hardly any colour (a standard
    deviation below one Lab unit) is stretched less, because that would only amplify rounding.

    Args:
        images: uint8, (N, C, S, S).
        donors: images of the same shape, one for each image.

    Example:
        >>> red, blue = torch.tensor([[150, 100, 100], [90, 110, 150]], dtype=torch.uint8)[..., None, None]
        >>> swap_colors(red[None], blue[None]).images.flatten().tolist()
        [93, 113, 153]
    """
    swap = _swap if images.shape[1] == RGB else _swap_channels
    pairs = [swap(i, j) for i, j in zip(_blocks(images), _blocks(donors), strict=True)]
    recolored, clipped = zip(*pairs, strict=True)
    return Recolored(torch.cat(recolored), torch.cat(clipped))


def gray(images: Tensor) -> Tensor:
    """Return images with their luma, rounded, in all three channels: uint8 (N, C, S, S) to the same.

    Where the images are not RGB, it is the mean over the channels.

    Example:
        >>> gray(torch.tensor([255, 0, 0], dtype=torch.uint8)[None, :, None, None]).flatten().tolist()
        [76, 76, 76]
    """
    channels = images.shape[1]
    weights = torch.tensor(LUMA if channels == RGB else [1 / channels] * channels, device=images.device)
    grays = torch.empty_like(images, memory_format=torch.contiguous_format)
    for block, written in zip(_blocks(images), _blocks(grays), strict=True):
        luma = torch.einsum("nchw,c->nhw", block.float(), weights).round().to(torch.uint8)
        written.copy_(luma[:, None])
    return grays


def _blocks(images: Tensor) -> tuple[Tensor, ...]:
    blocks: tuple[Tensor, ...] = images.split(max(1, BLOCK // images[0, 0].numel()))
    return blocks


def _swap(images: Tensor, donors: Tensor) -> tuple[Tensor, Tensor]:
    lab = rgb_to_lab(images.float() / 255)  # (N, 3, S, S)
    ab, other = lab[:, 1:], rgb_to_lab(donors.float() / 255)[:, 1:]
    std, mean = torch.std_mean(ab, dim=(2, 3), correction=0, keepdim=True)  # (N, 2, 1, 1)
    other_std, other_mean = torch.std_mean(other, dim=(2, 3), correction=0, keepdim=True)
    lab[:, 1:] = (ab - mean) * (other_std / std.clamp(min=FLAT)) + other_mean

    rgb = lab_to_rgb(lab, clip=False)
    outside = ~_shown(rgb)  # (N, S, S)
    if outside.any():
        rgb.movedim(1, -1)[outside] = _paled(lab.movedim(1, -1)[outside])
    return (rgb * 255).round().clamp(0, 255).to(torch.uint8), outside.float().mean(dim=(1, 2))


def _swap_channels(images: Tensor, donors: Tensor) -> tuple[Tensor, Tensor]:
    x, other = images.float() / 255, donors.float() / 255  # (N, C, S, S)
    light = x.mean(dim=1, keepdim=True)  # (N, 1, S, S)
    rest, others = x - light, other - other.mean(dim=1, keepdim=True)
    std, mean = torch.std_mean(rest, dim=(2, 3), correction=0, keepdim=True)  # (N, C, 1, 1)
    other_std, other_mean = torch.std_mean(others, dim=(2, 3), correction=0, keepdim=True)
    rest = (rest - mean) * (other_std / std.clamp(min=FLAT / 100)) + other_mean
    rest -= rest.mean(dim=1, keepdim=True)  # channels are scaled apart, and lightness is to stay
    # The share of the difference that keeps every channel of a pixel in [0, 1].
    most = torch.where(rest > 0, 1 - light, light) / rest.abs().clamp(min=1e-6)
    paler = most.amin(dim=1, keepdim=True).clamp(max=1)  # (N, 1, S, S)
    swapped = ((light + paler * rest) * 255).round().clamp(0, 255).to(torch.uint8)
    return swapped, (paler[:, 0] < 1 - PALE).float().mean(dim=(1, 2))


def _paled(lab: Tensor) -> Tensor:
    """Shrink chroma to what sRGB can show, by bisection: (P, 3) Lab to RGB."""
    pixels = lab.T[:, :, None]  # (3, P, 1), as Kornia takes them
    low, high = lab.new_zeros(len(lab), 1), lab.new_ones(len(lab), 1)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        shown = _shown(lab_to_rgb(_with_chroma(pixels, middle), clip=False)[None])[0]
        low, high = torch.where(shown, middle, low), torch.where(shown, high, middle)
    return lab_to_rgb(_with_chroma(pixels, low), clip=False)[:, :, 0].T


def _with_chroma(pixels: Tensor, share: Tensor) -> Tensor:
    return torch.stack([pixels[0], pixels[1] * share, pixels[2] * share])


def _shown(rgb: Tensor) -> Tensor:
    """Return which colours are inside sRGB after rounding to 8 bits: (N, 3, ...) to (N, ...)."""
    return ((rgb > -0.5 / 255) & (rgb < 1 + 0.5 / 255)).all(dim=1)
