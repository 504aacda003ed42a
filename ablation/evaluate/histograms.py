"""Colour histograms of RGB views: joint, intensity alone, chroma alone (paper Figure 6, as features)."""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

import torch
from kornia.color import rgb_to_lab
from torch import Tensor

from ablation.augment.fast.color import LUMA
from ablation.data.pixels import Pixels
from ablation.results.stored.color import HistogramName

Histogram = Callable[[Pixels], Tensor]  # views (N, C, S, S) -> (N, d), rows of norm 1

BINS = 8  # per channel
BLOCK = 256 * 32 * 32  # pixels at a time; they stay in the cache
A_RANGE = (-86.2, 98.3)  # Lab a of sRGB's green and magenta, D65, rounded outwards
B_RANGE = (-107.9, 94.5)  # Lab b of its blue and yellow
LEVELS = 64  # per channel, of the colours in the chroma table


def joint(x: Pixels) -> Tensor:
    """Return the square root of the normalised joint RGB histogram, 8 x 8 x 8 bins.

    Args:
        x: views, (N, 3, S, S), float in [0, 1] or uint8; a channel's bin is min(7, floor(8 x)).

    Returns:
        (N, 512) float32, rows of norm 1, so that distances are Hellinger distances up to a constant.

    Example:
        >>> joint(torch.zeros(1, 3, 8, 8))[0, :2].tolist()
        [1.0, 0.0]
    """
    return histogram(x, _rgb_bin, BINS**3)


def intensity(x: Pixels) -> Tensor:
    """Return the square root of the normalised histogram of luma, 8 bins: (N, 3, S, S) to (N, 8).

    Args:
        x: views, float in [0, 1] or uint8; luma is .299 R + .587 G + .114 B, as in conversion to gray.

    Example:
        >>> intensity(torch.full((1, 3, 8, 8), 255, dtype=torch.uint8))[0].tolist()
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    """
    return histogram(x, _luma_bin, BINS)


def chroma(x: Pixels) -> Tensor:
    """Return the square root of the normalised histogram of Lab a,b, 8 x 8 bins: (N, 3, S, S) to (N, 64).

    The bins divide sRGB's range of a and of b evenly; gray is well inside one of them. A pixel counts as the
    nearest of 64 x 64 x 64 evenly spaced colours, whose bins are looked up: computing Lab itself takes thirty
    times as long. This puts 5 % of a photograph's pixels into a neighbouring bin, which moves the row by .03;
    two photographs are .8 apart (CIFAR-10).

    Args:
        x: views, float in [0, 1] or uint8.

    Example:
        >>> gray, dark = torch.full((1, 3, 8, 8), 0.5), torch.zeros(1, 3, 8, 8)
        >>> torch.equal(chroma(gray), chroma(dark))
        True
    """
    return histogram(x, _chroma_bin, BINS**2)


HISTOGRAMS: Mapping[HistogramName, Histogram] = MappingProxyType(
    {"joint": joint, "intensity": intensity, "chroma": chroma}
)


def histogram(x: Pixels, bin_of: Callable[[Tensor], Tensor], bins: int) -> Tensor:
    """Return the square root of the normalised histogram of each image: (N, C, S, S) to (N, bins).

    Args:
        x: views.
        bin_of: of a block of them, the bin of each pixel, (B, S, S) integers.
        bins: how many there are.
    """
    counts = [_counts(bin_of(block), bins) for block in x.split(max(1, BLOCK // x[0, 0].numel()))]
    return torch.cat(counts).div_(x[0, 0].numel()).sqrt_()


def _counts(index: Tensor, bins: int) -> Tensor:
    """Count each image's bins: (B, S, S) to (B, bins)."""
    rows = torch.arange(0, len(index) * bins, bins, device=index.device, dtype=index.dtype)
    flat = index.add_(rows[:, None, None]).flatten()
    return flat.bincount(minlength=len(index) * bins).view(-1, bins).float()


def _rgb_bin(x: Tensor) -> Tensor:
    level = (x >> 5).int() if x.dtype == torch.uint8 else (x * BINS).int().clamp_(max=BINS - 1)
    r, g, b = level.unbind(1)  # (B, S, S) in 0..7
    return r.mul_(BINS).add_(g).mul_(BINS).add_(b)


def _luma_bin(x: Tensor) -> Tensor:
    r, g, b = _unit(x).unbind(1)
    luma = LUMA[0] * r + LUMA[1] * g + LUMA[2] * b  # (B, S, S)
    return (luma * BINS).int().clamp_(max=BINS - 1)


def _chroma_bin(x: Tensor) -> Tensor:
    r, g, b = (_unit(x) * (LEVELS - 1)).add_(0.5).int().unbind(1)  # (B, S, S) in 0..63
    color = r.mul_(LEVELS).add_(g).mul_(LEVELS).add_(b)
    # index_select, because indexing takes seven times as long.
    return _table(x.device).index_select(0, color.flatten()).view_as(color)


@cache
def _table(device: torch.device) -> Tensor:
    """Return the chroma bins of 64 x 64 x 64 colours, (262144,)."""
    level = torch.linspace(0, 1, LEVELS, device=device)
    _, a, b = rgb_to_lab(torch.cartesian_prod(level, level, level).T[:, :, None])
    return (_bin(a, A_RANGE) * BINS + _bin(b, B_RANGE)).flatten()


def _bin(value: Tensor, limits: tuple[float, float]) -> Tensor:
    low, high = limits
    return ((value - low) / (high - low) * BINS).int().clamp_(0, BINS - 1)


def _unit(x: Tensor) -> Tensor:
    return x.float() / 255 if x.dtype == torch.uint8 else x
