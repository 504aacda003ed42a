"""Samples that fill only a small part of what they could, and the setting that mends it."""

from dataclasses import dataclass, replace

from ablation.data.decoding.reading import shown
from ablation.data.decoding.samples import Depth, Measured

_NARROW = 0.25  # share of what samples can store; up to it, the range should be set


@dataclass(frozen=True)
class _Span:
    """The smallest and the largest sample of some pictures."""

    depth: Depth  # of the first of them
    low: float
    high: float
    first: float  # the same as shares of what each picture can store
    last: float


class Spans:
    """The spans of the pictures of a split, for each number of bits.

    Example:
        >>> spans = Spans()
        >>> spans.add(Measured(Depth(16, (0, 65535)), low=0, high=4080, count=100))
        >>> for note in spans.notes:
        ...     print(note)
        16-bit images use values 0 to 4080 only, so they are nearly black; set data.range = [0, 4095]
    """

    def __init__(self) -> None:
        self._of: dict[tuple[int, bool], _Span] = {}

    def add(self, found: Measured) -> None:
        """Take a picture into account, unless its file says which of its values are to be seen."""
        depth = found.depth
        if depth.interval is None or depth.windowed:
            return
        black, white = depth.interval
        first, last = ((value - black) / (white - black) for value in (found.low, found.high))
        one = _Span(depth, found.low, found.high, first, last)
        key = depth.bits, depth.white_is_zero
        self._of[key] = _both(self._of.get(key, one), one)

    @property
    def notes(self) -> list[str]:
        """Which samples fill only a small part of what they could, and what to set."""
        return [
            f"{span.depth.bits}-bit images use values {span.low:.9g} to {span.high:.9g} only, so they are "
            f"{_look(span)}; set data.range = {_better(span)}"
            for span in self._of.values()
            if span.last - span.first <= _NARROW and span.low < span.high
        ]


def _both(one: _Span, two: _Span) -> _Span:
    return replace(
        one,
        low=min(one.low, two.low),
        high=max(one.high, two.high),
        first=min(one.first, two.first),
        last=max(one.last, two.last),
    )


def _look(span: _Span) -> str:
    dark = span.first < _NARROW and span.last <= 2 * _NARROW
    if dark or (span.last > 1 - _NARROW and span.first >= 1 - 2 * _NARROW):
        return "nearly black" if dark != span.depth.white_is_zero else "nearly white"
    return "grey, of little contrast"


def _better(span: _Span) -> str:
    end = float((1 << int(span.high).bit_length()) - 1)  # what a camera stores ends at a power of two
    black, white = span.depth.interval or (0, 1)
    return shown((0, end) if span.low >= 0 and end <= _NARROW * (white - black) else (span.low, span.high))
