"""The Kornia operation behind each name; parameters are chosen as torchvision and the paper mean them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import kornia.augmentation as K
import kornia.filters
from torch import Tensor, nn

from ablation.grid import operations as named
from ablation.grid.settings import Settings


class _Sobel(nn.Module):
    """Gradient magnitude per channel; Kornia has the filter, and no augmentation of it."""

    def forward(self, x: Tensor) -> Tensor:
        return kornia.filters.sobel(x, normalized=False) / 4  # (N, 3, S, S), the largest step edge is 1


def resized_crop(size: int, scale: tuple[float, float], ratio: tuple[float, float]) -> nn.Module:
    """Build a random resized crop that equals torchvision's bilinear one (antialias off).

    Kornia's default `align_corners=True` is off by up to 0.20, `cropping_mode="resample"` likewise.
    """
    crop: nn.Module = K.RandomResizedCrop(
        (size, size),
        scale=scale,
        ratio=ratio,
        resample="bilinear",
        align_corners=False,
        cropping_mode="slice",
    )
    return crop


def _crop(crop: named.Crop, size: int) -> nn.Module:
    return nn.Sequential(resized_crop(size, crop.scale, crop.ratio), K.RandomHorizontalFlip(p=crop.flip))


def _cutout(cutout: named.Cutout, _: int) -> nn.Module:
    operation: nn.Module = K.RandomErasing(
        scale=(cutout.area, cutout.area), ratio=(1.0, 1.0), value=0.0, p=cutout.p
    )
    return operation


def _color(color: named.Color, _: int) -> nn.Module:
    s = color.strength
    # ColorJitter, not ColorJiggle: only the former computes what torchvision's does. Hue is in turns.
    jitter = K.ColorJitter(
        brightness=_around_one(0.8 * s), contrast=_around_one(0.8 * s), saturation=_around_one(0.8 * s),
        hue=(-0.2 * s, 0.2 * s), p=color.p,
    )  # fmt: skip
    return nn.Sequential(jitter, K.RandomGrayscale(p=color.grayscale))


def _around_one(spread: float) -> tuple[float, float]:
    return (max(0.0, 1 - spread), 1 + spread)


def _sobel(_: named.Sobel, __: int) -> nn.Module:
    return _Sobel()


def _noise(noise: named.Noise, _: int) -> nn.Module:
    operation: nn.Module = K.RandomGaussianNoise(mean=0.0, std=noise.std, p=1.0)
    return operation


def _blur(blur: named.Blur, size: int) -> nn.Module:
    side = kernel_size(size)
    operation: nn.Module = K.RandomGaussianBlur(
        (side, side), sigma=blur.sigma, p=blur.p, border_type="reflect"
    )
    return operation


def _rotate(_: named.Rotate, __: int) -> nn.Module:
    # Integer `times=(0, 3)` would draw 0 and 270 degrees half as often; nearest is bit-equal to torch.rot90.
    operation: nn.Module = K.RandomRotation90(times=(-1.5, 2.5), resample="nearest", p=1.0)
    return operation


BUILDERS: Mapping[type[Settings], Callable[[Any, int], nn.Module]] = MappingProxyType(
    {
        named.Crop: _crop,
        named.Cutout: _cutout,
        named.Color: _color,
        named.Sobel: _sobel,
        named.Noise: _noise,
        named.Blur: _blur,
        named.Rotate: _rotate,
    }
)


def kernel_size(size: int) -> int:
    """Return the side of the blur kernel: a tenth of the image's side, odd, at least 3 (Appendix A).

    Example:
        >>> kernel_size(32), kernel_size(96), kernel_size(224)
        (3, 9, 23)
    """
    return max(3, size // 10 // 2 * 2 + 1)


def build(operation: named.Operation, size: int) -> nn.Module:
    """Build an operation for square images of a size in pixels: (N, 3, S, S) float32 in [0, 1] to the same.

    What comes out may leave [0, 1]; `ablation.augment.views` clamps after every operation.

    Example:
        >>> import torch
        >>> from ablation.grid.operations import Noise
        >>> build(Noise(std=0.2), 32)(torch.zeros(2, 3, 32, 32)).shape
        torch.Size([2, 3, 32, 32])
    """
    return BUILDERS[type(operation)](operation, size)
