"""Operations beyond the paper's that users of contrastive learning try: Kornia's, drawn for each image."""

import math

import kornia.augmentation as K
import torch
from torch import nn

from ablation.augment.fast.chosen import OnlyChosen
from ablation.augment.fast.color import ColorJitter, Grayscale
from ablation.augment.fast.crop import Crop
from ablation.grid import operations as named
from ablation.grid.operations import kernel_size


def square_crop(parameters: named.SquareCrop, size: int) -> nn.Module:
    """Random resized crop with the image's own aspect ratio (Figure 4b)."""
    return Crop(size, parameters.scale, (1.0, 1.0), parameters.flip)


def color_jitter(parameters: named.ColorJitter, _: int) -> nn.Module:
    """Colour jitter alone (Figure 4e)."""
    return ColorJitter(parameters.strength, parameters.p)


def grayscale(parameters: named.Grayscale | named.ColorDrop, _: int) -> nn.Module:
    """Luma in all three channels (Figure 4d)."""
    return Grayscale(parameters.p)


def flip(parameters: named.Flip, _: int) -> nn.Module:
    """Horizontal flip."""
    return _module(K.RandomHorizontalFlip(p=parameters.p))


def vertical_flip(parameters: named.VerticalFlip, _: int) -> nn.Module:
    """Vertical flip."""
    return _module(K.RandomVerticalFlip(p=parameters.p))


def solarize(parameters: named.Solarize, _: int) -> nn.Module:
    """Values at or above the threshold are inverted."""
    # To Kornia, a single number is a half-width around 0.5; by default it also brightens or darkens.
    threshold = (parameters.threshold, parameters.threshold)
    return _module(K.RandomSolarize(thresholds=threshold, additions=(0.0, 0.0), p=parameters.p))


def posterize(parameters: named.Posterize, _: int) -> nn.Module:
    """Each channel is reduced to a few bits."""
    # To Kornia, a single number is the least number of bits that it draws, up to 8.
    return _module(K.RandomPosterize((float(parameters.bits), float(parameters.bits)), p=parameters.p))


def equalize(parameters: named.Equalize, _: int) -> nn.Module:
    """Histogram equalisation of each channel."""
    return _module(K.RandomEqualize(p=parameters.p))


def sharpness(parameters: named.Sharpness, _: int) -> nn.Module:
    """Blend with a smoothed copy; the outermost pixels do not change."""
    return _module(K.RandomSharpness(parameters.factor, p=parameters.p))


def invert(parameters: named.Invert, _: int) -> nn.Module:
    """The negative."""
    return _module(K.RandomInvert(p=parameters.p))


def channel_shuffle(parameters: named.ChannelShuffle, _: int) -> nn.Module:
    """A random order of the channels; one in six draws leaves it unchanged."""
    return _module(K.RandomChannelShuffle(p=parameters.p))


def planckian(parameters: named.Planckian, _: int) -> nn.Module:
    """Red and blue are scaled as if under a light of another temperature."""
    return _module(K.RandomPlanckianJitter(parameters.mode, p=parameters.p))


def gamma(parameters: named.Gamma, _: int) -> nn.Module:
    """A random power."""
    return _module(K.RandomGamma(parameters.gamma, p=parameters.p))


def perspective(parameters: named.Perspective, _: int) -> nn.Module:
    """The corners move inwards."""
    return _module(K.RandomPerspective(parameters.distortion, p=parameters.p))


def affine(parameters: named.Affine, _: int) -> nn.Module:
    """Rotation, translation, scaling, shear along x."""
    return _module(
        K.RandomAffine(
            parameters.degrees,
            translate=(parameters.translate, parameters.translate),
            scale=parameters.scale,
            shear=parameters.shear,
            p=parameters.p,
        )
    )


def elastic(parameters: named.Elastic, size: int) -> nn.Module:
    """Displacement by smoothed noise; outside the image is black."""
    sigma = parameters.sigma * size
    reach = math.ceil(2 * sigma)
    # Smoothing reduces the noise's spread, and Kornia's alpha does not restore it: the same alpha moves a
    # pixel half as far in an image of twice the side. So alpha is computed from the spread that is wanted.
    weights = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()
    spread = float(weights.square().sum()) / math.sqrt(
        3
    )  # of uniform noise in [-1, 1], smoothed along both axes
    alpha = 2 * parameters.displacement / spread  # the image's side is 2 in Kornia's coordinates
    return OnlyChosen(
        K.RandomElasticTransform(
            (2 * reach + 1, 2 * reach + 1), sigma=(sigma, sigma), alpha=(alpha, alpha), p=parameters.p
        )
    )


def motion_blur(parameters: named.MotionBlur, size: int) -> nn.Module:
    """Blur along a line of a random angle."""
    # Kornia's defaults darken the border, and rotate the kernel's line by whole pixels: it has 3 at size 32.
    return _module(
        K.RandomMotionBlur(
            kernel_size(size),
            angle=parameters.angle,
            direction=parameters.direction,
            border_type="reflect",
            resample="bilinear",
            p=parameters.p,
        )
    )


def jpeg(parameters: named.Jpeg, _: int) -> nn.Module:
    """JPEG with Kornia's differentiable rounding, which pads sides to multiples of 16 and crops them back."""
    return OnlyChosen(K.RandomJPEG(parameters.quality, p=parameters.p))


def _module(operation: nn.Module) -> nn.Module:
    return operation  # Kornia is untyped
