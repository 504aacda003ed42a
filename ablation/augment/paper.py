"""The seven operations of Figure 5, with parameters as torchvision and the paper define them."""

import kornia.augmentation as K
from torch import nn

from ablation.augment.fast.blur import Blur
from ablation.augment.fast.color import Color
from ablation.augment.fast.crop import Crop
from ablation.augment.fast.cutout import Cutout
from ablation.augment.fast.rotate import Rotate
from ablation.augment.fast.sobel import Sobel
from ablation.grid import operations as named
from ablation.grid.operations import kernel_size


def resized_crop(size: int, scale: tuple[float, float], ratio: tuple[float, float]) -> Crop:
    """Build a random resized crop without flip."""
    return Crop(size, scale, ratio, flip=0.0)


def crop(parameters: named.Crop, size: int) -> Crop:
    """Random resized crop and horizontal flip (Appendix A)."""
    return Crop(size, parameters.scale, parameters.ratio, parameters.flip)


def cutout(cutout: named.Cutout, _: int) -> nn.Module:
    """A square hole, wholly inside the image (unpublished; ours)."""
    return Cutout(cutout.area, cutout.p)


def color(color: named.Color, _: int) -> nn.Module:
    """Colour jitter, then grayscale (Appendix A)."""
    return Color(color.strength, color.p, color.grayscale)


def sobel(_: named.Sobel, __: int) -> nn.Module:
    """Gradient magnitude (unpublished; ours)."""
    return Sobel()


def noise(noise: named.Noise, _: int) -> nn.Module:
    """Gaussian noise (unpublished; ours)."""
    operation: nn.Module = K.RandomGaussianNoise(mean=0.0, std=noise.std, p=1.0)
    return operation


def blur(blur: named.Blur, size: int) -> nn.Module:
    """Gaussian blur (Appendix A)."""
    return Blur(kernel_size(size), blur.sigma, blur.p)


def rotate(_: named.Rotate, __: int) -> nn.Module:
    """Quarter turns, all equally likely."""
    return Rotate()
