"""Percentiles of the samples of many image files, without holding the files in memory."""

from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ablation.data.decoding.decode import turned_to
from ablation.data.decoding.pages import Page
from ablation.data.decoding.reading import Interval, Intervals, shown
from ablation.data.decoding.samples import Samples
from ablation.data.decoding.stored import Opened
from ablation.data.decoding.threads import each
from ablation.errors import DataError
from ablation.grid.data import Percentiles, Range
from ablation.telling import Tell, silent, told

_KEPT = 24  # bits of a float32: integers of 16 bits are exact, other values to one part in 2**15
_SIGN = np.uint32(1 << 31)
_REST = np.uint32((1 << (32 - _KEPT)) - 1)


def interval(
    given: Range | None, pages: Sequence[Page], tell: Tell = silent
) -> tuple[Intervals | None, list[str]]:
    """Return `data.range` in numbers, and a note if it was not; percentiles are those of all samples.

    Percentiles of each channel are those of as many channels as most of the files have.

    Args:
        given: as in the grid file.
        pages: to learn percentiles from, each decoded once more; those that cannot be read do not count, nor
            do those of 8 bits a sample.
        tell: told how many are measured.

    Raises:
        DataError: no file has more than 8 bits a sample, or both percentiles are the same value.
    """
    if not isinstance(given, Percentiles):
        return given, []
    histograms: dict[int, list[Histogram]] = {}  # by the number of channels
    lock = Lock()

    def measure(file: Opened, index: int) -> None:
        with turned_to(file, pages[index].number, 1):
            samples = file.read(exact=True).picture
            if not isinstance(samples, Samples) or samples.depth.bits <= 8:
                return
            values = samples.values
            channels = values.shape[2] if given.per_channel and values.ndim == 3 else 1
            with lock:
                of_each = histograms.setdefault(channels, [Histogram() for _ in range(channels)])
            for channel, histogram in enumerate(of_each):
                histogram.add(values if channels == 1 else values[..., channel])

    for _ in told(each(pages, measure), "training images measured", len(pages), tell):
        pass
    found = max(histograms.values(), key=lambda of_each: of_each[0].count, default=[])
    if not any(histogram.count for histogram in found):
        raise DataError(
            "data.range: percentiles need training images of more than 8 bits a sample, and there are none; "
            "leave it out, or write range = [low, high]"
        )
    ends = [_ends(histogram, given, place) for place, histogram in enumerate(found, 1)]
    chosen = tuple(ends) if given.per_channel else ends[0]
    names = " and ".join(f"{percent:g}" for percent in given.percentiles)
    each_of = " in each channel" if given.per_channel else ""
    return chosen, [f"data.range = {shown(chosen)}: percentiles {names} of the training images{each_of}"]


def _ends(histogram: "Histogram", given: Percentiles, channel: int) -> Interval:
    of = f" in channel {channel}" if given.per_channel else ""
    if not histogram.count:
        raise DataError(f"data.range: the training images have no finite values{of}; leave that channel out")
    low, high = (histogram.percentile(percent) for percent in given.percentiles)
    if low == high:
        mend = "range = [[low, high], ...], one for each channel" if of else "range = [low, high]"
        raise DataError(
            f"data.range: both percentiles of the training images are {low:.9g}{of}; write {mend}"
        )
    return low, high


class Histogram:
    """Counts values by their leading bits as float32, which are in the order of the values.

    Example:
        >>> histogram = Histogram()
        >>> histogram.add(np.array([[7, 65535], [-3, 100]]))
        >>> histogram.percentile(0), histogram.percentile(50), histogram.percentile(100)
        (-3.0, 7.0, 65535.0)
    """

    def __init__(self) -> None:
        # Pages of memory that no value falls into are never touched.
        self._counts = np.zeros(1 << _KEPT, dtype=np.int64)
        self._lock = Lock()
        self.count = 0

    def add(self, values: NDArray[Any]) -> None:
        """Count values of any shape, from any thread; those that are not finite do not count."""
        with np.errstate(over="ignore"):
            floats = values.astype(np.float32).ravel()
        bits = floats[np.isfinite(floats)].view(np.uint32)
        ordered = np.where(bits & _SIGN, ~bits, bits | _SIGN) >> (32 - _KEPT)
        with self._lock:
            np.add.at(self._counts, ordered, 1)
            self.count += len(ordered)

    def percentile(self, percent: float) -> float:
        """Return the smallest value that is not below `percent` per cent of all."""
        there = np.flatnonzero(self._counts)
        rank = max(1, int(np.ceil(self.count * percent / 100)))
        ordered = np.uint32(there[np.searchsorted(np.cumsum(self._counts[there]), rank)] << (32 - _KEPT))
        bits = ordered ^ _SIGN if ordered & _SIGN else ~ordered & ~_REST
        return float(np.array([bits], np.uint32).view(np.float32)[0])
