"""A policy as torchvision (v2) code: image by image, in the workers of a loader."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ablation.grid import operations as named
from ablation.grid.augmentations import Step
from ablation.grid.operations import kernel_size
from ablation.grid.paste.common import (
    SOBEL,
    base_crop,
    indented,
    jitter,
    pair,
    policy_name,
    square_crop,
    two_views,
    written,
)
from ablation.grid.recipe import Views
from ablation.grid.settings import Settings

Lines = list[str]


def torchvision_code(steps: Sequence[Step], views: Views, size: int) -> str | None:
    """Write a policy as torchvision code that runs as it is: `two_views(image)`, of PIL or a uint8 tensor.

    It draws from the distributions that the grid's jobs draw from. None where torchvision has no such
    operation: what is Kornia's own, or yours.

    Args:
        steps: of the policy, in order.
        views: of the grid; a base crop is part of the code.
        size: of the images, in pixels.

    Example:
        >>> steps = [Step("crop", named.Crop()), Step("flip", named.Flip())]
        >>> "v2.RandomHorizontalFlip(p=0.5)" in torchvision_code(steps, Views(), 32)
        True
        >>> torchvision_code([Step("jpeg", named.Jpeg())], Views(), 32) is None
        True
    """
    if not all(type(step.operation) in _LINES for step in steps):
        return None
    lines = [line for step in steps for line in _LINES[type(step.operation)](step.operation, size)]
    base = base_crop(views)
    bases = [] if base is None else _crop(base, size)
    text = "\n".join(lines)
    imports = [
        *(["from functools import partial", ""] if "partial(" in text else []),
        "import torch",
        *(["import torch.nn.functional as F", "from torch import nn"] if "Sobel()" in text else []),
        "from torchvision.transforms import v2",
    ]
    floats = ["v2.ToImage()", "v2.ToDtype(torch.float32, scale=True)"]
    policy = (lines if bases else [*floats, *lines]) or ["v2.Identity()"]
    opening = f'"""Two views of an image by {policy_name(steps)}, for images of {size} x {size}."""'
    blocks = [
        opening + "\n\n" + "\n".join(imports),
        SOBEL if "Sobel()" in text else "",
        f"policy = v2.Compose(\n    [\n{indented(policy, 8)}\n    ]\n)",
        f"base = v2.Compose(\n    [\n{indented([*floats, *bases], 8)}\n    ]\n)" if bases else "",
        two_views(steps, views, "image"),
    ]
    return written(blocks)


def _crop(one: named.Crop, size: int) -> Lines:
    crop = f"v2.RandomResizedCrop({size}, scale={one.scale}, ratio={pair(one.ratio)}, antialias=False)"
    return [crop] + ([f"v2.RandomHorizontalFlip(p={one.flip})"] if one.flip else [])


def _jitter(strength: float, p: float) -> str:
    return f"v2.RandomApply([v2.ColorJitter({jitter(strength)})], p={p})"


# fmt: off
_LINES: Mapping[type[Settings], Callable[[Any, int], Lines]] = MappingProxyType({
    named.Crop: _crop,
    named.Cutout: lambda one, _: [
        f"v2.RandomErasing(scale=({one.area}, {one.area}), ratio=(1.0, 1.0), value=0, p={one.p})"
    ],
    named.Color: lambda one, _: [_jitter(one.strength, one.p), f"v2.RandomGrayscale(p={one.grayscale})"],
    named.Sobel: lambda _, __: ["Sobel()", "v2.Lambda(partial(torch.clamp, min=0, max=1))"],
    named.Noise: lambda one, _: [f"v2.GaussianNoise(mean=0.0, sigma={one.std}, clip=True)"],
    named.Blur: lambda one, size: [
        f"v2.RandomApply([v2.GaussianBlur({kernel_size(size)}, sigma={one.sigma})], p={one.p})"
    ],
    named.Rotate: lambda _, __: [
        "v2.RandomChoice([v2.Lambda(partial(torch.rot90, k=k, dims=(-2, -1))) for k in range(4)])"
    ],
    named.SquareCrop: lambda one, size: _crop(square_crop(one), size),
    named.ColorJitter: lambda one, _: [_jitter(one.strength, one.p)],
    named.ColorDrop: lambda one, _: [f"v2.RandomGrayscale(p={one.p})"],
    named.Grayscale: lambda one, _: [f"v2.RandomGrayscale(p={one.p})"],
    named.Flip: lambda one, _: [f"v2.RandomHorizontalFlip(p={one.p})"],
    named.VerticalFlip: lambda one, _: [f"v2.RandomVerticalFlip(p={one.p})"],
    named.Solarize: lambda one, _: [f"v2.RandomSolarize(threshold={one.threshold}, p={one.p})"],
    named.Invert: lambda one, _: [f"v2.RandomInvert(p={one.p})"],
    named.ChannelShuffle: lambda one, _: [f"v2.RandomApply([v2.RandomChannelPermutation()], p={one.p})"],
    named.Time: lambda *_: [],
})
# fmt: on
