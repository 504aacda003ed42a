"""Samples that fill only a small part of what they could, and the setting that mends it."""

from dataclasses import dataclass, field, replace

from ablation.data.decoding.reading import Interval, shown
from ablation.data.decoding.samples import Depth, Measured
from ablation.words import listed

_NARROW = 0.25  # share of what samples can store; up to it, the range should be set


@dataclass(frozen=True)
class Span:
    """The smallest and the largest sample of some pictures."""

    depth: Depth  # of the first of them
    low: float
    high: float
    first: float  # the same as shares of what each picture can store
    last: float
    channels: tuple[
        Interval, ...
    ] = ()  # the smallest and the largest sample of each, where they are no colours


@dataclass
class Spans:
    """The spans of the pictures of a split, one for each number of bits.

    Example:
        >>> spans = Spans()
        >>> spans.add(Measured(Depth(16, (0, 65535)), low=0, high=4080, count=100))
        >>> for note in spans.notes:
        ...     print(note)
        16-bit images use values 0 to 4080 only, so they are nearly black; set data.range = [0, 4095]
    """

    of_depths: list[Span] = field(default_factory=list)

    def add(self, found: Measured) -> None:
        """Take a picture into account, unless its file says which of its values are to be seen."""
        depth = found.depth
        if depth.interval is None or depth.windowed:
            return
        black, white = depth.interval
        first, last = ((value - black) / (white - black) for value in (found.low, found.high))
        self._join(Span(depth, found.low, found.high, first, last, found.channels))

    def include(self, others: "Spans") -> None:
        """Take the pictures of others into account, which come after these."""
        for span in others.of_depths:
            self._join(span)

    def _join(self, one: Span) -> None:
        for place, known in enumerate(self.of_depths):
            if _key(known) == _key(one):
                self.of_depths[place] = _both(known, one)
                return
        self.of_depths.append(one)

    @property
    def notes(self) -> list[str]:
        """Which samples fill only a small part of what they could, and what to set."""
        return [note for span in self.of_depths if span.low < span.high for note in _notes(span)]


def _notes(span: Span) -> list[str]:
    """Return a sentence if all channels fill little of what they could, or some much less than others."""
    whole = f"{span.depth.bits}-bit images use values {span.low:.9g} to {span.high:.9g}"
    little = [
        channel
        for channel, (low, high) in enumerate(span.channels, 1)
        if high - low <= _NARROW * (span.high - span.low)
    ]
    if little and len(span.channels) > 1:
        which = (
            f"channel {little[0]} uses"
            if len(little) == 1
            else f"channels {listed([str(one) for one in little])} use"
        )
        share = f"a quarter of that or less{' each' if len(little) > 1 else ''}"
        mend = "data.range = { percentiles = [0.1, 99.9], per_channel = true }"
        return [
            f"{whole}, but {which} {share} and {'has' if len(little) == 1 else 'have'} few steps; set {mend}"
        ]
    if span.last - span.first <= _NARROW:
        return [f"{whole} only, so they are {_look(span)}; set data.range = {_better(span)}"]
    return []


def _key(span: Span) -> tuple[int, bool, int]:
    return span.depth.bits, span.depth.white_is_zero, len(span.channels)


def _both(one: Span, two: Span) -> Span:
    return replace(
        one,
        low=min(one.low, two.low),
        high=max(one.high, two.high),
        first=min(one.first, two.first),
        last=max(one.last, two.last),
        channels=tuple(
            (min(a[0], b[0]), max(a[1], b[1])) for a, b in zip(one.channels, two.channels, strict=True)
        ),
    )


def _look(span: Span) -> str:
    dark = span.first < _NARROW and span.last <= 2 * _NARROW
    if dark or (span.last > 1 - _NARROW and span.first >= 1 - 2 * _NARROW):
        return "nearly black" if dark != span.depth.white_is_zero else "nearly white"
    return "grey, of little contrast"


def _better(span: Span) -> str:
    end = float((1 << int(span.high).bit_length()) - 1)  # what a camera stores ends at a power of two
    black, white = span.depth.interval or (0, 1)
    return shown((0, end) if span.low >= 0 and end <= _NARROW * (white - black) else (span.low, span.high))
