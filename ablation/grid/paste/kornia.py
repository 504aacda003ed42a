"""A policy as Kornia code: on batches, on any device."""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ablation.grid import entries
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

Lines = list[str]  # constructors of modules, one after the other


def kornia_code(steps: Sequence[Step], views: Views, size: int) -> str:
    """Write a policy as Kornia code that runs as it is: `two_views(x)` of a batch (N, 3, S, S) in [0, 1].

    It draws what the grid's jobs draw, image by image; only the order of the four parts of a colour jitter is
    drawn once a batch, as in the jobs. Kornia's policies (AutoAugment, …) draw once a batch, and it has no
    jitter of single channels, so for those the code takes this project's.

    Args:
        steps: of the policy, in order.
        views: of the grid; a base crop is part of the code.
        size: of the images, in pixels.

    Example:
        >>> steps = [Step("crop", named.Crop()), Step("noise", named.Noise())]
        >>> "K.RandomGaussianNoise(mean=0.0, std=0.1, p=1.0)" in kornia_code(steps, Views(), 32)
        True
    """
    modules = [line for step in steps for line in _lines(step.operation, size)]
    base = base_crop(views)
    bases = [] if base is None else _lines(base, size)
    text = "\n".join(modules + bases)
    imports = sorted(
        {
            "import kornia.augmentation as K" if "K." in text else "",
            "import torch",
            "from torch import nn",
            "import torch.nn.functional as F" if "Sobel()" in text else "",
            *(line for step in steps for line in _imports(step.operation)),
        }
        - {""},
        key=lambda line: (line.startswith("from"), line),
    )
    opening = f'"""Two views of a batch by {policy_name(steps)}, for images of {size} x {size} in [0, 1]."""'
    blocks = [
        opening + "\n\n" + "\n".join(imports),
        SOBEL if "Sobel()" in text else "",
        _POLICY,
        f"policy = Policy(\n{indented(modules, 4)}\n)" if modules else "policy = Policy()",
        f"base = Policy(\n{indented(bases, 4)}\n)" if bases else "",
        two_views(steps, views, "x"),
    ]
    return written(blocks)


_POLICY = '''
class Policy(nn.Sequential):
    """Steps one after the other, each clamped; every image draws for itself."""

    @torch.no_grad()
    def forward(self, x):
        for step in self:
            x = step(x).clamp(0, 1)
        return x

'''


def _crop(one: named.Crop, size: int) -> Lines:
    crop = (
        f"K.RandomResizedCrop(\n    ({size}, {size}),\n    scale={one.scale},\n    ratio={pair(one.ratio)},\n"
        '    resample="bilinear",\n    align_corners=False,\n    cropping_mode="slice",\n    p=1.0,\n)'
    )
    return [crop] + ([f"K.RandomHorizontalFlip(p={one.flip})"] if one.flip else [])


def _jitter(strength: float, p: float) -> str:
    return f"K.ColorJitter({jitter(strength)}, p={p})"


def _color(one: named.Color, _: int) -> Lines:
    return [_jitter(one.strength, one.p), f"K.RandomGrayscale(p={one.grayscale})"]


def _elastic(one: named.Elastic, size: int) -> Lines:
    # Smoothing takes the noise's spread away; alpha gives it back (ablation.augment.others.elastic).
    sigma = one.sigma * size
    reach = math.ceil(2 * sigma)
    weights = [math.exp(-0.5 * (k / sigma) ** 2) for k in range(-reach, reach + 1)]
    spread = sum((weight / sum(weights)) ** 2 for weight in weights) / math.sqrt(3)
    alpha, side = f"{2 * one.displacement / spread:.6g}", 2 * reach + 1
    return [
        f"K.RandomElasticTransform(({side}, {side}), sigma=({sigma:g}, {sigma:g}), "
        f"alpha=({alpha}, {alpha}), p={one.p})"
    ]


def _ours(one: Settings, size: int) -> Lines:
    return [f"build({one!r}, {size})"]


def _imports(operation: Settings) -> Lines:
    if isinstance(operation, entries.Python):
        module, name = operation.python.split(":")
        return [f"from {module} import {name}"]
    if _LINES.get(type(operation)) is _ours:
        return [
            "from ablation.augment.operations import build",
            f"from ablation.grid.operations import {type(operation).__name__}",
        ]
    return []


def _lines(operation: Settings, size: int) -> Lines:
    return _LINES[type(operation)](operation, size)


def _arguments(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={_python(value)}" for key, value in values.items())


def _python(value: Any) -> str:
    # Lists of a grid file are what Kornia calls tuples.
    if isinstance(value, list):
        return f"({', '.join(map(_python, value))}{',' if len(value) == 1 else ''})"
    return repr(value)


# fmt: off
_LINES: Mapping[type[Settings], Callable[[Any, int], Lines]] = MappingProxyType({
    named.Crop: _crop,
    named.Cutout: lambda one, _: [
        f"K.RandomErasing(scale=({one.area}, {one.area}), ratio=(1.0, 1.0), value=0.0, p={one.p})"
    ],
    named.Color: _color,
    named.Sobel: lambda _, __: ["Sobel()"],
    named.Noise: lambda one, _: [f"K.RandomGaussianNoise(mean=0.0, std={one.std}, p=1.0)"],
    named.Blur: lambda one, size: [
        f"K.RandomGaussianBlur(({kernel_size(size)}, {kernel_size(size)}), sigma={one.sigma}, "
        f'border_type="reflect", p={one.p})'
    ],
    named.Rotate: lambda _, __: ['K.RandomRotation90(times=(-1.5, 2.5), resample="nearest", p=1.0)'],
    named.SquareCrop: lambda one, size: _crop(square_crop(one), size),
    named.ColorJitter: lambda one, _: [_jitter(one.strength, one.p)],
    named.ColorDrop: lambda one, _: [f"K.RandomGrayscale(p={one.p})"],
    named.Grayscale: lambda one, _: [f"K.RandomGrayscale(p={one.p})"],
    named.Flip: lambda one, _: [f"K.RandomHorizontalFlip(p={one.p})"],
    named.VerticalFlip: lambda one, _: [f"K.RandomVerticalFlip(p={one.p})"],
    named.Solarize: lambda one, _: [
        f"K.RandomSolarize(thresholds=({one.threshold}, {one.threshold}), additions=(0.0, 0.0), p={one.p})"
    ],
    named.Posterize: lambda one, _: [f"K.RandomPosterize(({one.bits}.0, {one.bits}.0), p={one.p})"],
    named.Equalize: lambda one, _: [f"K.RandomEqualize(p={one.p})"],
    named.Sharpness: lambda one, _: [f"K.RandomSharpness({one.factor}, p={one.p})"],
    named.Invert: lambda one, _: [f"K.RandomInvert(p={one.p})"],
    named.ChannelShuffle: lambda one, _: [f"K.RandomChannelShuffle(p={one.p})"],
    named.ChannelDrop: lambda one, _: [f"K.RandomChannelDropout(num_drop_channels=1, p={one.p})"],
    named.ChannelJitter: _ours,
    named.Planckian: lambda one, _: [f"K.RandomPlanckianJitter({one.mode!r}, p={one.p})"],
    named.Gamma: lambda one, _: [f"K.RandomGamma({one.gamma}, p={one.p})"],
    named.Perspective: lambda one, _: [f"K.RandomPerspective({one.distortion}, p={one.p})"],
    named.Affine: lambda one, _: [
        f"K.RandomAffine({one.degrees}, translate=({one.translate}, {one.translate}), scale={one.scale}, "
        f"shear={one.shear}, p={one.p})"
    ],
    named.Elastic: _elastic,
    named.MotionBlur: lambda one, size: [
        f"K.RandomMotionBlur({kernel_size(size)}, angle={one.angle}, direction={one.direction}, "
        f'border_type="reflect", resample="bilinear", p={one.p})'
    ],
    named.Jpeg: lambda one, _: [f"K.RandomJPEG({one.quality}, p={one.p})"],
    named.AutoAugmentPolicy: _ours,
    named.RandAugmentPolicy: _ours,
    named.TrivialAugmentPolicy: _ours,
    named.Time: lambda *_: [],
    entries.Kornia: lambda one, _: [f"K.{one.kornia}({_arguments(one.arguments)})"],
    entries.Python: lambda one, _: [f"{one.python.split(':')[1]}({_arguments(one.arguments)})"],
})
# fmt: on
