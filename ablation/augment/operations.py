"""The table of operations: what each entry of a grid file builds."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from torch import nn

from ablation.augment import channels, kornia_classes, others, paper, policies, python_modules
from ablation.grid import entries
from ablation.grid import operations as named
from ablation.grid.settings import Settings

BUILDERS: Mapping[type[Settings], Callable[[Any, int], nn.Module]] = MappingProxyType(
    {
        # Figure 5
        named.Crop: paper.crop,
        named.Cutout: paper.cutout,
        named.Color: paper.color,
        named.Sobel: paper.sobel,
        named.Noise: paper.noise,
        named.Blur: paper.blur,
        named.Rotate: paper.rotate,
        # the other panels of Figure 4, and parts of crop and color
        named.SquareCrop: others.square_crop,
        named.ColorJitter: others.color_jitter,
        named.ColorDrop: others.grayscale,
        named.Grayscale: others.grayscale,
        named.Flip: others.flip,
        # what else is tried
        named.VerticalFlip: others.vertical_flip,
        named.Solarize: others.solarize,
        named.Posterize: others.posterize,
        named.Equalize: others.equalize,
        named.Sharpness: others.sharpness,
        named.Invert: others.invert,
        named.ChannelShuffle: others.channel_shuffle,
        named.ChannelDrop: channels.channel_drop,
        named.ChannelJitter: channels.channel_jitter,
        named.Planckian: others.planckian,
        named.Gamma: others.gamma,
        named.Perspective: others.perspective,
        named.Affine: others.affine,
        named.Elastic: others.elastic,
        named.MotionBlur: others.motion_blur,
        named.Jpeg: others.jpeg,
        # policies
        named.AutoAugmentPolicy: policies.autoaugment,
        named.RandAugmentPolicy: policies.randaugment,
        named.TrivialAugmentPolicy: policies.trivialaugment,
        # ablation/augment/neighbours.py takes the second view from another frame
        named.Time: lambda *_: nn.Identity(),
        # what is not built in
        entries.Kornia: kornia_classes.build,
        entries.Python: python_modules.build,
    }
)


def build(operation: entries.Operation, size: int) -> nn.Module:
    """Build an operation for square images with sides of `size` pixels: (N, C, S, S) float32 to the same.

    It takes values in [0, 1] and may leave that range; `ablation.augment.views` clamps after every operation.
    All draws come from torch's global generators, one per image unless the operation says otherwise.

    Raises:
        GridError: a Kornia class or a user's module cannot be built.

    Example:
        >>> import torch
        >>> from ablation.grid.operations import Noise
        >>> build(Noise(std=0.2), 32)(torch.zeros(2, 3, 32, 32)).shape
        torch.Size([2, 3, 32, 32])
    """
    return BUILDERS[type(operation)](operation, size)
