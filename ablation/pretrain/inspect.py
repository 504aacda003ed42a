"""Finds what is wrong with code and weights that are not ours, by running them before any job does."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from ablation.augment import arguments as args
from ablation.augment.inspect import aside
from ablation.augment.inspect import inspect as inspect_operation
from ablation.augment.python_modules import where
from ablation.data.channels import RGB
from ablation.errors import GridError
from ablation.grid.encoders import Encoder, spelled
from ablation.grid.entries import Kornia, Python
from ablation.grid.limits import WIDTH
from ablation.grid.settings import Settings
from ablation.pretrain.encoders import built
from ablation.pretrain.weights import WeightsError
from ablation.seeds import seeded

CPU = torch.device("cpu")


def inspect(foreign: Settings, size: int, channels: int = RGB) -> Mapping[str, str]:
    """Say what is wrong with an operation or an encoder on images with sides of `size` pixels.

    Torch's global generators are left as they were.

    Returns:
        Problems by the argument's or the setting's name, "" for a whole operation; empty if it can be used.

    Example:
        >>> from ablation.grid.recipe import Pretrain
        >>> inspect(Pretrain(encoder="resnet18").encoder, 32)
        {}
    """
    if isinstance(foreign, Kornia | Python):
        return inspect_operation(foreign, size, channels)
    return inspect_encoder(cast(Encoder, foreign), size, channels)


@cache  # a file is validated more than once
def inspect_encoder(encoder: Encoder, size: int, channels: int) -> Mapping[str, str]:
    """Build an encoder, and let it represent four images, as `inspect` does."""
    with aside(), seeded(CPU, "inspect encoder"):
        try:
            fault = _fault(encoder, torch.rand(4, channels, size, size))
        except WeightsError as error:
            return {"weights": str(error)}
        except GridError as error:
            return {"encoder": str(error)}
    return {"encoder": f"{spelled(vars(encoder))} {fault}"} if fault else {}


@cache
def takes_size(encoder: Encoder, channels: int, size: int, other: int) -> bool:
    """Whether an encoder that is built for images of one size also represents those of another."""
    with aside(), seeded(CPU, "inspect encoder"), torch.no_grad():
        net = built(encoder, channels, size).eval()
        try:
            return bool(net(torch.rand(2, channels, other, other)).shape == (2, net.dimension))
        except Exception:  # of many kinds: it is not our code
            return False


def _fault(settings: Encoder, images: Tensor) -> str | None:
    encoder = built(settings, images.shape[1], images.shape[2])
    dimension = cast(int, encoder.dimension)
    if not 1 <= dimension <= WIDTH:
        return f"returns {dimension:,} features; at most {WIDTH:,} can be evaluated"
    try:
        encoder.eval()
        h = encoder(images)
        if not h.isfinite().all():
            return "returns features that are not finite"
        if not torch.allclose(h, encoder(images), rtol=1e-3, atol=1e-4):
            return "returns other features for the same images in evaluation mode (model.eval())"
        if not torch.allclose(h[:1], encoder(images[:1]), rtol=1e-3, atol=1e-4):
            return "mixes images of a batch in evaluation mode, so that features depend on the others"
        encoder.train()
        with torch.enable_grad():
            trained = encoder(images)
            if not trained.requires_grad:
                return "has no weights that can be trained"
            trained.sum().backward()
    except (Exception, SystemExit) as error:
        at = where(error, Path(settings.folder)) if settings.folder else ""
        return f"fails on images of {images.shape[2]}×{images.shape[2]} pixels: {args.one_line(error)}{at}"
    return None
