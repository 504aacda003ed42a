"""Encoders f, from images to representations h: how each is built from its settings."""

from collections.abc import Callable, Mapping
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

import torch
from torch import nn

from ablation.grid.encoders import Encoder
from ablation.grid.recipe import Pretrain
from ablation.pretrain.blocks import BasicBlock, Bottleneck
from ablation.pretrain.foreign import python_module, timm_model
from ablation.pretrain.resnet import Architecture, ResNet
from ablation.pretrain.vit import vit_micro
from ablation.pretrain.weights import start

# Takes the encoder's settings, the images' channels and their side; returns a module with its `dimension`.
Build = Callable[[Any, int, int], nn.Module]


def _residual(architecture: Architecture) -> Build:
    return lambda settings, channels, _: ResNet(architecture, settings.width, settings.stem, channels)


BUILD: Mapping[str, Build] = MappingProxyType(
    {
        # Only the second stage: a block of the first doubles the time of a step and adds nothing to a short
        # job, whereas an h of four times the width adds points of linear accuracy.
        "resnet-micro": _residual(Architecture(BasicBlock, (0, 1), expand=4)),
        "resnet18": _residual(Architecture(BasicBlock, (2, 2, 2, 2))),
        "resnet34": _residual(Architecture(BasicBlock, (3, 4, 6, 3))),
        "resnet50": _residual(Architecture(Bottleneck, (3, 4, 6, 3))),
        "resnet101": _residual(Architecture(Bottleneck, (3, 4, 23, 3))),
        "resnet152": _residual(Architecture(Bottleneck, (3, 8, 36, 3))),
        "vit-micro": vit_micro,
        "timm": timm_model,
        "python": python_module,
    }
)


def used_versions(settings: Pretrain) -> dict[str, str]:
    """Return the versions of packages that an encoder is from, besides those that every job uses.

    Example:
        >>> used_versions(Pretrain())
        {}
    """
    return {"timm": version("timm")} if settings.encoder.encoder == "timm" else {}


def build_encoder(settings: Pretrain, channels: int = 3, size: int = 32) -> nn.Module:
    """Build the encoder that the settings name, with the weights that it starts from.

    Weights are drawn from torch's global generator, unless the settings name some.

    Args:
        settings: of pretraining.
        channels: of the images.
        size: the images' side in pixels; some encoders are built for one size.

    Raises:
        GridError: the encoder cannot be built here, or the weights are not its own.

    Example:
        >>> build_encoder(Pretrain(encoder="resnet18", width=8, stem="cifar")).dimension
        64
    """
    return built(settings.encoder, channels, size)


def built(settings: Encoder, channels: int, size: int) -> nn.Module:
    """Build an encoder from its own settings, as `build_encoder` does."""
    encoder = BUILD[settings.encoder](settings, channels, size)
    if settings.weights is not None:
        start(encoder, settings)
    return encoder.to(memory_format=torch.channels_last)
