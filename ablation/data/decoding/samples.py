"""Samples of more than 8 bits, or of another scale than 0 to 255, and how they become 8 bits."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ablation.data.channels import RGB
from ablation.data.decoding.reading import Interval, Intervals, each_channel
from ablation.words import counted


@dataclass(frozen=True)
class Depth:
    """How a file stores the brightness of a pixel."""

    bits: int  # of a sample
    # The values of black and white, as far as the file says; None: it does not.
    interval: Interval | None
    white_is_zero: bool = False
    windowed: bool = False  # whether the interval was chosen for a reader, and is not all that can be stored


@dataclass(frozen=True)
class Measured:
    """What the samples of one picture were, before they became 8 bits."""

    depth: Depth
    low: float
    high: float
    count: int
    below: int = 0  # samples that were clipped
    above: int = 0
    channels: tuple[
        Interval, ...
    ] = ()  # the lowest and the highest sample of each, where they are no colours


@dataclass(frozen=True, eq=False)
class Samples:
    """A picture as it is stored: (H, W) or (H, W, C), integers or floats."""

    values: NDArray[Any]
    depth: Depth
    opacity: NDArray[np.float64] | None = None  # (H, W), 0 to 1; None: opaque

    def in_eight_bits(self, chosen: Intervals | None = None) -> tuple[NDArray[np.uint8], Measured]:
        """Scale to (H, W) or (H, W, C) by the chosen intervals, or by the one that the file says.

        Integers fall into 256 equally wide steps, so that 16 bits become their upper 8. What is transparent
        becomes white.

        Raises:
            ValueError: neither is there; there are intervals for another number of channels; or there are
                values that are not numbers.

        Example:
            >>> twelve = Samples(np.array([[0, 2040, 4095, 5000]]), Depth(16, (0, 65535)))
            >>> pixels, measured = twelve.in_eight_bits((0, 4095))
            >>> pixels.tolist(), measured.high, measured.above
            ([[0, 127, 255, 255]], 5000.0, 1)
        """
        values = self.values
        if values.dtype.kind == "f" and np.isnan(values).any():
            raise ValueError("some values are not numbers (NaN); replace them")
        low, high = float(values.min()), float(values.max())
        interval = self.depth.interval if chosen is None else chosen
        if interval is None:
            raise ValueError(
                f"{self.depth.bits}-bit pixels have no fixed range (these are {low:g} to {high:g}); "
                "set data.range = [black, white]"
            )
        black, white = _ends(interval, 1 if values.ndim == 2 else values.shape[2])
        steps = 256 / (white - black + (values.dtype.kind in "iu"))
        scaled = _scaled(values, black, steps)
        if self.depth.white_is_zero:
            scaled = 255 - scaled
        if self.opacity is not None:
            opacity = self.opacity if scaled.ndim == 2 else self.opacity[..., None]
            scaled = np.round(scaled * opacity + 255 * (1 - opacity)).astype(np.uint8)
        below = int((values < black).sum()) if low < black.max() else 0
        above = int((values > white).sum()) if high > white.min() else 0
        return scaled, Measured(self.depth, low, high, values.size, below, above, _of_each(values))


def _ends(given: Intervals, channels: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values of black and of white, (1,) or (channels,)."""
    each = each_channel(given)
    if each is not None and len(each) != channels:
        raise ValueError(
            f"has {counted(channels, 'channel')}, and data.range has {counted(len(each), 'range')}"
        )
    black, white = np.array(each or (given,), np.float64).T
    return black, white


def _of_each(values: NDArray[Any]) -> tuple[Interval, ...]:
    if values.ndim == 2 or values.shape[2] == RGB:
        return ()
    lows, highs = values.min((0, 1)), values.max((0, 1))
    return tuple((float(low), float(high)) for low, high in zip(lows, highs, strict=True))


def _scaled(
    values: NDArray[Any], black: NDArray[np.float64], steps: NDArray[np.float64]
) -> NDArray[np.uint8]:
    scaled = values.astype(np.float64)
    scaled -= black  # in place, for the largest pictures take gigabytes
    scaled *= steps
    return np.clip(scaled, 0, 255, out=scaled).astype(np.uint8)
