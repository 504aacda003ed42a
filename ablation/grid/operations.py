"""The built-in operations: their names and parameters, with the paper's values as defaults.

Crop, color and blur: SimCLR paper, Appendix A. Cutout, noise and Sobel are unpublished
(google-research/simclr issue 43); their values are this project's and are shown as such.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from ablation.grid.settings import Interval, Settings, Shares

Probability = Annotated[float, Field(ge=0, le=1)]


class Crop(Settings):
    """Random resized crop, then horizontal flip (Appendix A)."""

    operation: Literal["crop"] = "crop"
    scale: Shares = (0.08, 1.0)  # share of the image's area
    ratio: Interval = (3 / 4, 4 / 3)  # width / height
    flip: Probability = 0.5


class Cutout(Settings):
    """A square hole, wholly inside the image (unpublished; ours)."""

    operation: Literal["cutout"] = "cutout"
    area: Annotated[float, Field(gt=0, lt=1)] = 0.25  # share of the image's area
    p: Probability = 1.0


class Color(Settings):
    """Colour jitter of a strength, then random grayscale (Appendix A); 0.5 is the CIFAR-10 strength (B.9)."""

    operation: Literal["color"] = "color"
    strength: Annotated[float, Field(gt=0, le=2.5)] = 1.0  # hue .2 * 2.5 is half a turn, the whole circle
    p: Probability = 0.8
    grayscale: Probability = 0.2


class Sobel(Settings):
    """Gradient magnitude of each channel (unpublished; ours)."""

    operation: Literal["sobel"] = "sobel"


class Noise(Settings):
    """Gaussian noise (unpublished; ours)."""

    operation: Literal["noise"] = "noise"
    std: Annotated[float, Field(gt=0, le=1)] = 0.1  # images lie in [0, 1]


class Blur(Settings):
    """Gaussian blur (Appendix A); the kernel is a tenth of the image's side, odd, at least 3."""

    operation: Literal["blur"] = "blur"
    sigma: Interval = (0.1, 2.0)  # pixels
    p: Probability = 0.5


class Rotate(Settings):
    """Rotation by 0, 90, 180 or 270 degrees, each as likely."""

    operation: Literal["rotate"] = "rotate"


Operation = Annotated[
    Crop | Cutout | Color | Sobel | Noise | Blur | Rotate,
    Field(discriminator="operation"),
]

OPERATIONS: Mapping[str, type[Settings]] = MappingProxyType(
    {
        "crop": Crop,
        "cutout": Cutout,
        "color": Color,
        "sobel": Sobel,
        "noise": Noise,
        "blur": Blur,
        "rotate": Rotate,
    }
)
