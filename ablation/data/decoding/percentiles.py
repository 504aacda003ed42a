"""Percentiles of the samples of many image files, without holding the files in memory."""

from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ablation.data.decoding.decode import turned_to
from ablation.data.decoding.pages import Page
from ablation.data.decoding.reading import Interval, shown
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
) -> tuple[Interval | None, list[str]]:
    """Return `data.range` in numbers, and a note if it was not; percentiles are those of all samples.

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
    histogram = Histogram()

    def measure(file: Opened, index: int) -> None:
        with turned_to(file, pages[index].number, 1):
            samples = file.read(exact=True).picture
            if isinstance(samples, Samples) and samples.depth.bits > 8:
                histogram.add(samples.values)

    for _ in told(each(pages, measure), "training images measured", len(pages), tell):
        pass
    if not histogram.count:
        raise DataError(
            "data.range: percentiles need training images of more than 8 bits a sample, and there are none; "
            "leave it out, or write range = [low, high]"
        )
    low, high = (histogram.percentile(percent) for percent in given.percentiles)
    if low == high:
        raise DataError(
            f"data.range: both percentiles of the training images are {low:.9g}; write range = [low, high]"
        )
    names = " and ".join(f"{percent:g}" for percent in given.percentiles)
    return (low, high), [f"data.range = {shown((low, high))}: percentiles {names} of the training images"]


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
