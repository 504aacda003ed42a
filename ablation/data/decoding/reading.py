"""How image files become images: what `[data]` says of it, with percentiles made numbers."""

from dataclasses import dataclass

from ablation.data.channels import RGB
from ablation.grid.data import OwnImages, Resize

Interval = tuple[float, float]


@dataclass(frozen=True)
class Reading:
    """How a picture of any size and depth becomes (channels, size, size) of 8 bits.

    `range` are the stored values that become black and white, in samples of more than 8 bits; None: all that
    the file can store.
    """

    size: int
    range: Interval | None = None
    resize: Resize = "crop"
    channels: int = RGB

    @classmethod
    def of(cls, data: OwnImages, interval: Interval | None, channels: int = RGB) -> "Reading":
        """Make the reading of a data section, with its range in numbers, and the channels of its images."""
        return cls(data.size, interval, data.resize, channels)


def shown(interval: Interval) -> str:
    """Write an interval as it is written in a grid file.

    Example:
        >>> shown((0.0, 4095.0))
        '[0, 4095]'
    """
    return f"[{interval[0]:.9g}, {interval[1]:.9g}]"
