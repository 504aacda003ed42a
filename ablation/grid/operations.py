"""The built-in operations: their names, their parameters with defaults, and where those come from.

One model an operation; `OPERATIONS` is the table, and `ablation augmentations` prints it. `ablation.augment`
builds them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ablation.grid.settings import Interval, Settings, Shares

Probability = Annotated[float, Field(ge=0, le=1)]
Unit = Annotated[float, Field(ge=0, le=1)]  # a brightness; images lie in [0, 1]
Strength = Annotated[float, Field(gt=0, le=2.5)]  # hue .2 * 2.5 is half a turn, the whole circle


Channels = Literal["any", "rgb", "several"]

UNPUBLISHED = "ours; unpublished in the paper"  # google-research/simclr issue 43


class _Operation(Settings):
    """What all built-in operations have.

    `source` says where the defaults come from, and `needs` which channels images must have: any, red, green
    and blue, or several.
    """

    source: ClassVar[str] = "Kornia's defaults"
    needs: ClassVar[Channels] = "any"


# The seven of Figure 5.


class Crop(_Operation):
    """Random resized crop, then horizontal flip."""

    source = "paper, Appendix A"
    operation: Literal["crop"] = "crop"
    scale: Shares = (0.08, 1.0)  # share of the image's area
    ratio: Interval = (3 / 4, 4 / 3)  # width / height
    flip: Probability = 0.5


class Cutout(_Operation):
    """A square hole, wholly inside the image."""

    source = UNPUBLISHED
    operation: Literal["cutout"] = "cutout"
    area: Annotated[float, Field(gt=0, lt=1)] = 0.25  # share of the image's area
    p: Probability = 1.0


class Color(_Operation):
    """Colour jitter of a strength, then random grayscale."""

    source = "paper, Appendix A; strength 0.5 for CIFAR-10 (B.9)"
    needs = "rgb"
    operation: Literal["color"] = "color"
    strength: Strength = 1.0
    p: Probability = 0.8  # of the jitter
    grayscale: Probability = 0.2


class Sobel(_Operation):
    """Gradient magnitude of each channel."""

    source = UNPUBLISHED
    operation: Literal["sobel"] = "sobel"


class Noise(_Operation):
    """Gaussian noise."""

    source = UNPUBLISHED
    operation: Literal["noise"] = "noise"
    std: Annotated[float, Field(gt=0, le=1)] = 0.1


class Blur(_Operation):
    """Gaussian blur; the kernel is a tenth of the image's side, odd, at least 3."""

    source = "paper, Appendix A"
    operation: Literal["blur"] = "blur"
    sigma: Interval = (0.1, 2.0)  # pixels
    p: Probability = 0.5


class Rotate(_Operation):
    """Rotation by 0, 90, 180 or 270 degrees, each as likely."""

    source = "paper, Figure 4"
    operation: Literal["rotate"] = "rotate"


# The other panels of Figure 4, and the parts of crop and color by themselves.


class SquareCrop(_Operation):
    """Random resized crop of the image's own aspect; no flip by default."""

    source = "paper, Figure 4b; scale as in Appendix A"
    operation: Literal["square-crop"] = "square-crop"
    scale: Shares = (0.08, 1.0)  # share of the image's area
    flip: Probability = 0.0


class ColorJitter(_Operation):
    """Colour jitter of a strength alone: brightness, contrast, saturation, hue."""

    source = "paper, Figure 4e; Appendix A"
    needs = "rgb"
    operation: Literal["color-jitter"] = "color-jitter"
    strength: Strength = 1.0
    p: Probability = 0.8


class ColorDrop(_Operation):
    """Every image to gray."""

    source = "paper, Figure 4d"
    needs = "rgb"
    operation: Literal["color-drop"] = "color-drop"
    p: Probability = 1.0


class Grayscale(_Operation):
    """Some images to gray."""

    source = "paper, Appendix A"
    needs = "rgb"
    operation: Literal["grayscale"] = "grayscale"
    p: Probability = 0.2


class Flip(_Operation):
    """Horizontal flip alone."""

    source = "paper, Appendix A"
    operation: Literal["flip"] = "flip"
    p: Probability = 0.5


# What else users of contrastive learning try.


class VerticalFlip(_Operation):
    """Vertical flip."""

    operation: Literal["vertical-flip"] = "vertical-flip"
    p: Probability = 0.5


class Solarize(_Operation):
    """Values from a threshold on are inverted."""

    source = "BYOL (arXiv 2006.07733), Appendix B; p is Kornia's default"
    operation: Literal["solarize"] = "solarize"
    threshold: Unit = 0.5
    p: Probability = 0.5


class Posterize(_Operation):
    """So many bits a channel are kept."""

    source = "ours; Kornia draws 3 to 8 bits"
    operation: Literal["posterize"] = "posterize"
    bits: Annotated[int, Field(ge=1, le=8)] = 3
    p: Probability = 0.5


class Equalize(_Operation):
    """Histogram equalisation of each channel."""

    operation: Literal["equalize"] = "equalize"
    p: Probability = 0.5


class Sharpness(_Operation):
    """Sharpness by a factor: 0 smooths, 1 leaves the image, 2 sharpens."""

    source = "ours; Kornia's default only smooths"
    operation: Literal["sharpness"] = "sharpness"
    factor: Interval = (0.1, 1.9)
    p: Probability = 0.5


class Invert(_Operation):
    """The negative of the image."""

    operation: Literal["invert"] = "invert"
    p: Probability = 0.5


class ChannelShuffle(_Operation):
    """The channels change places: red, green and blue, or others."""

    needs = "several"
    operation: Literal["channel-shuffle"] = "channel-shuffle"
    p: Probability = 0.5


class ChannelDrop(_Operation):
    """One channel becomes black, drawn for each image."""

    source = "ours; a colour operation of images that are not RGB"
    needs = "several"
    operation: Literal["channel-drop"] = "channel-drop"
    p: Probability = 0.5


class ChannelJitter(_Operation):
    """Brightness and contrast of each channel by itself, by random factors of a strength."""

    source = "ours; a colour operation of images that are not RGB; the range of factors is the paper's"
    operation: Literal["channel-jitter"] = "channel-jitter"
    strength: Strength = 1.0
    p: Probability = 0.8


class Planckian(_Operation):
    """Colour of the light source: a black body of a random temperature, or a phase of daylight."""

    needs = "rgb"
    operation: Literal["planckian"] = "planckian"
    mode: Literal["blackbody", "CIED"] = "blackbody"
    p: Probability = 0.5


class Gamma(_Operation):
    """Values are raised to a random power."""

    source = "ours; Kornia's default changes nothing"
    operation: Literal["gamma"] = "gamma"
    gamma: Interval = (0.5, 2.0)
    p: Probability = 0.5


class Perspective(_Operation):
    """The corners move inwards by a random share."""

    operation: Literal["perspective"] = "perspective"
    distortion: Annotated[float, Field(gt=0, le=1)] = 0.5
    p: Probability = 0.5


class Affine(_Operation):
    """Rotation, translation, scaling and shear; outside the image is black."""

    source = "ours; Kornia has no defaults"
    operation: Literal["affine"] = "affine"
    degrees: Annotated[float, Field(ge=0, le=180)] = 15.0  # rotation, either way
    translate: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share of the side, at most, either way
    scale: Interval = (0.9, 1.1)
    shear: Annotated[float, Field(ge=0, lt=90)] = 10.0  # degrees, either way
    p: Probability = 0.5


class Elastic(_Operation):
    """Smooth random displacement of the pixels; outside the image is black."""

    source = "ours; Kornia's displaces less in larger images"
    operation: Literal["elastic"] = "elastic"
    displacement: Annotated[float, Field(gt=0, le=0.5)] = 0.03  # standard deviation, share of the side
    sigma: Annotated[float, Field(gt=0, le=1)] = 0.125  # of the smoothing, share of the side
    p: Probability = 0.5


class MotionBlur(_Operation):
    """Blur along a line; the kernel is a tenth of the image's side, odd, at least 3."""

    source = "ours; Kornia has no defaults"
    operation: Literal["motion-blur"] = "motion-blur"
    angle: Annotated[float, Field(ge=0, le=180)] = 180.0  # degrees, either way
    direction: Annotated[float, Field(ge=0, le=1)] = 1.0  # from the middle towards an end, either way
    p: Probability = 0.5


class Jpeg(_Operation):
    """JPEG compression of a random quality."""

    source = "ours; Kornia's default is one quality, 50"
    needs = "rgb"
    operation: Literal["jpeg"] = "jpeg"
    quality: Interval = (20.0, 90.0)
    p: Probability = 0.5


class AutoAugmentPolicy(_Operation):
    """AutoAugment: one of 25 learnt pairs of operations, drawn for each image."""

    source = "arXiv 1805.09501, as Kornia has it"
    needs = "rgb"
    operation: Literal["autoaugment"] = "autoaugment"
    policy: Literal["imagenet", "cifar10", "svhn"] = "imagenet"


class RandAugmentPolicy(_Operation):
    """RandAugment: some operations of one magnitude, drawn for each image."""

    source = "arXiv 1909.13719, as Kornia has it; n and magnitude are torchvision's"
    needs = "rgb"
    operation: Literal["randaugment"] = "randaugment"
    n: Annotated[int, Field(ge=1, le=15)] = 2  # operations an image
    magnitude: Annotated[int, Field(ge=1, le=29)] = 9


class TrivialAugmentPolicy(_Operation):
    """TrivialAugment: one operation of a random magnitude, drawn for each image."""

    source = "arXiv 2103.10158, as Kornia has it"
    needs = "rgb"
    operation: Literal["trivialaugment"] = "trivialaugment"


# What is no augmentation of pixels.


class Time(_Operation):
    """Changes no pixel: the second view is taken from another frame of the clip, at most `margin` away."""

    source = "ours; after Sermanet et al. (arXiv 1704.06888)"
    operation: Literal["time"] = "time"
    margin: Annotated[int, Field(ge=1)] = 4  # frames, either way


BuiltIn = (
    Crop | Cutout | Color | Sobel | Noise | Blur | Rotate
    | SquareCrop | ColorJitter | ColorDrop | Grayscale | Flip
    | VerticalFlip | Solarize | Posterize | Equalize | Sharpness | Invert | ChannelShuffle
    | ChannelDrop | ChannelJitter | Planckian | Gamma | Perspective | Affine | Elastic | MotionBlur | Jpeg
    | AutoAugmentPolicy | RandAugmentPolicy | TrivialAugmentPolicy | Time
)  # fmt: skip

OPERATIONS: Mapping[str, type[_Operation]] = MappingProxyType(
    {model.model_fields["operation"].default: model for model in BuiltIn.__args__}
)


def kernel_size(size: int) -> int:
    """Return the side of the blur kernel: a tenth of the image's side, odd, at least 3 (Appendix A).

    Example:
        >>> kernel_size(32), kernel_size(96), kernel_size(224)
        (3, 9, 23)
    """
    return max(3, size // 10 // 2 * 2 + 1)
