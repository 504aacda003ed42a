"""How image files become images: what `[data]` says of it, with percentiles made numbers."""

from dataclasses import dataclass

from ablation.data.channels import RGB
from ablation.grid.data import OwnImages, Resize

Interval = tuple[float, float]
Intervals = tuple[float | Interval, ...]  # one, as two numbers, for all channels, or one for each


@dataclass(frozen=True)
class Reading:
    """How a picture of any size and depth becomes (channels, size, size) of 8 bits.

    `range` are the stored values that become black and white, in samples of more than 8 bits; None: all that
    the file can store. Each channel may have its own.
    """

    size: int
    range: Intervals | None = None
    resize: Resize = "crop"
    channels: int = RGB

    @classmethod
    def of(cls, data: OwnImages, interval: Intervals | None, channels: int = RGB) -> "Reading":
        """Make the reading of a data section, with its range in numbers, and the channels of its images."""
        return cls(data.size, interval, data.resize, channels)


def each_channel(given: Intervals) -> tuple[Interval, ...] | None:
    """Return the intervals of each channel, or None where one is for all."""
    return tuple(one for one in given if isinstance(one, tuple)) or None


def shown(given: Intervals) -> str:
    """Write intervals as they are written in a grid file.

    Example:
        >>> shown((0.0, 4095.0)), shown(((0.0, 4095.0), (0.0, 1.5)))
        ('[0, 4095]', '[[0, 4095], [0, 1.5]]')
    """
    return "[" + ", ".join(shown(one) if isinstance(one, tuple) else f"{one:.9g}" for one in given) + "]"
