"""The seven operations of Figure 5; parameters are chosen as torchvision and the paper mean them."""

import kornia.augmentation as K
import kornia.filters
from torch import Tensor, nn

from ablation.grid import operations as named


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


def crop(parameters: named.Crop, size: int) -> nn.Module:
    """Random resized crop and horizontal flip (Appendix A)."""
    return nn.Sequential(
        resized_crop(size, parameters.scale, parameters.ratio), K.RandomHorizontalFlip(p=parameters.flip)
    )


def cutout(cutout: named.Cutout, _: int) -> nn.Module:
    """A square hole, wholly inside the image (unpublished; ours)."""
    operation: nn.Module = K.RandomErasing(
        scale=(cutout.area, cutout.area), ratio=(1.0, 1.0), value=0.0, p=cutout.p
    )
    return operation


def color(color: named.Color, _: int) -> nn.Module:
    """Colour jitter, then grayscale (Appendix A)."""
    s = color.strength
    # ColorJitter, not ColorJiggle: only the former computes what torchvision's does. Hue is in turns.
    jitter = K.ColorJitter(
        brightness=_around_one(0.8 * s), contrast=_around_one(0.8 * s), saturation=_around_one(0.8 * s),
        hue=(-0.2 * s, 0.2 * s), p=color.p,
    )  # fmt: skip
    return nn.Sequential(jitter, K.RandomGrayscale(p=color.grayscale))


def _around_one(spread: float) -> tuple[float, float]:
    return (max(0.0, 1 - spread), 1 + spread)


def sobel(_: named.Sobel, __: int) -> nn.Module:
    """Gradient magnitude (unpublished; ours)."""
    return _Sobel()


def noise(noise: named.Noise, _: int) -> nn.Module:
    """Gaussian noise (unpublished; ours)."""
    operation: nn.Module = K.RandomGaussianNoise(mean=0.0, std=noise.std, p=1.0)
    return operation


def blur(blur: named.Blur, size: int) -> nn.Module:
    """Gaussian blur (Appendix A)."""
    side = kernel_size(size)
    operation: nn.Module = K.RandomGaussianBlur(
        (side, side), sigma=blur.sigma, p=blur.p, border_type="reflect"
    )
    return operation


def rotate(_: named.Rotate, __: int) -> nn.Module:
    """Quarter turns, each as likely."""
    # Integer `times=(0, 3)` would draw 0 and 270 degrees half as often; nearest is bit-equal to torch.rot90.
    operation: nn.Module = K.RandomRotation90(times=(-1.5, 2.5), resample="nearest", p=1.0)
    return operation


def kernel_size(size: int) -> int:
    """Return the side of the blur kernel: a tenth of the image's side, odd, at least 3 (Appendix A).

    Example:
        >>> kernel_size(32), kernel_size(96), kernel_size(224)
        (3, 9, 23)
    """
    return max(3, size // 10 // 2 * 2 + 1)
