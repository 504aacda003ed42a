"""Floors that need no encoder: no features at all, the pixels themselves, and their colour histogram."""

from math import isqrt

import torch
import torch.nn.functional as F
from torch import Tensor

from ablation.data.pixels import Pixels
from ablation.evaluate.channel_histograms import histograms_of
from ablation.evaluate.histograms import Histogram

BLOCK = 512  # images at a time
RAW_SIDE = 32  # pixels; larger images are averaged down to this, so that the classifier fits in memory,
RAW_VALUES = 3 * RAW_SIDE**2  # and those of many channels to so many values


def nothing(pixels: Pixels) -> Tensor:
    """Return one feature that is the same for all images, so that a classifier can only name a class.

    Example:
        >>> nothing(torch.zeros(2, 3, 8, 8, dtype=torch.uint8)).tolist()
        [[0.0], [0.0]]
    """
    return torch.zeros(len(pixels), 1, device=pixels.device)


def raw_pixels(pixels: Pixels) -> Tensor:
    """Return the pixels themselves as features: (N, C, S, S) uint8 to (N, C s s) float32.

    They are averaged to s pixels a side: at most 32, and fewer where C s s would be more than 3,072.

    Example:
        >>> raw_pixels(torch.zeros(2, 3, 64, 64, dtype=torch.uint8)).shape
        torch.Size([2, 3072])
    """
    side = min(RAW_SIDE, pixels.shape[-1], isqrt(RAW_VALUES // pixels.shape[1]))
    h = torch.empty(len(pixels), pixels.shape[1] * side**2, device=pixels.device)  # (N, C s s)
    for block, rows in zip(pixels.split(BLOCK), h.split(BLOCK), strict=True):
        rows.copy_(F.adaptive_avg_pool2d(block.float() / 255, side).flatten(1))
    return h


def color_histogram(fitted_on: Pixels) -> Histogram:
    """Return what makes the square root of the normalised joint histogram of images, (N, 512) of RGB.

    Args:
        fitted_on: uint8, (M, C, S, S), which says what is a component where C is not 3.

    Example:
        >>> pixels = torch.zeros(1, 3, 8, 8, dtype=torch.uint8)
        >>> color_histogram(pixels)(pixels)[0, :2].tolist()
        [1.0, 0.0]
    """
    return histograms_of(fitted_on)["joint"]
