"""The table of operations: the name of each in a grid file, and what builds it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from torch import nn

from ablation.augment import paper
from ablation.grid import operations as named
from ablation.grid.entries import Operation
from ablation.grid.settings import Settings

BUILDERS: Mapping[type[Settings], Callable[[Any, int], nn.Module]] = MappingProxyType(
    {
        named.Crop: paper.crop,
        named.Cutout: paper.cutout,
        named.Color: paper.color,
        named.Sobel: paper.sobel,
        named.Noise: paper.noise,
        named.Blur: paper.blur,
        named.Rotate: paper.rotate,
    }
)


def build(operation: Operation, size: int) -> nn.Module:
    """Build an operation for square images of a size in pixels: (N, 3, S, S) float32 in [0, 1] to the same.

    What comes out may leave [0, 1]; `ablation.augment.views` clamps after every operation.

    Example:
        >>> import torch
        >>> from ablation.grid.operations import Noise
        >>> build(Noise(std=0.2), 32)(torch.zeros(2, 3, 32, 32)).shape
        torch.Size([2, 3, 32, 32])
    """
    return BUILDERS[type(operation)](operation, size)
