"""What decoding finds out about files that a reader of the results must know, summed up in sentences."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ablation.data.decoding.reading import Intervals, shown
from ablation.data.decoding.samples import Measured
from ablation.data.decoding.spans import Spans
from ablation.words import counted, listed


@dataclass(frozen=True)
class Facts:
    """What is found out about one picture."""

    measured: Measured | None = None  # of samples of more than 8 bits
    pages: int = 1  # of the file, if only the first is used
    damaged_profile: bool = False


@dataclass
class Findings:
    """What is found out about the pictures of one split."""

    pictures: int = 0
    deep: int = 0  # of more than 8 bits a sample
    samples: int = 0  # of those
    below: int = 0  # samples that were clipped
    above: int = 0
    several: int = 0  # files whose first page is used, and which have others
    profiles: int = 0  # colour profiles that are damaged
    spans: Spans = field(default_factory=Spans)

    def add(self, facts: Facts) -> None:
        """Count one picture."""
        self.pictures += 1
        self.several += facts.pages > 1
        self.profiles += facts.damaged_profile
        if facts.measured is not None:
            self._add_samples(facts.measured)

    def include(self, others: "Findings") -> None:
        """Count the pictures of others, which come after these."""
        self.pictures += others.pictures
        self.deep += others.deep
        self.samples += others.samples
        self.below += others.below
        self.above += others.above
        self.several += others.several
        self.profiles += others.profiles
        self.spans.include(others.spans)

    def _add_samples(self, found: Measured) -> None:
        self.deep += 1
        self.samples += found.count
        self.below += found.below
        self.above += found.above
        self.spans.add(found)

    @property
    def narrow(self) -> list[str]:
        """Which samples fill only a small part of what they could, and what to set."""
        return self.spans.notes


def notes_of(every: Sequence[Findings], chosen: Intervals | None) -> list[str]:
    """Say what a reader of the results must know.

    Args:
        every: the findings of each split, first those of the images to learn from.
        chosen: `data.range` in numbers, or None.

    Example:
        >>> findings = Findings(pictures=10, deep=8, samples=1000, below=0, above=4)
        >>> for note in notes_of([findings], (0.0, 4095.0)):
        ...     print(note)
        data.range = [0, 4095] clips values: 0.4% are above
        data.range changes nothing in 2 of 10 images: they have 8 bits a sample
    """
    notes = every[0].narrow if chosen is None else _range_notes(every, chosen)
    if several := sum(one.several for one in every):
        have = "has" if several == 1 else "have"
        notes.append(
            f"{counted(several, 'file')} {have} several pages; the first is used; "
            'set data.pages = "all" to use each, or "channels" if they are the channels of one image'
        )
    if profiles := sum(one.profiles for one in every):
        which = f"{counted(profiles, 'image')} {'has' if profiles == 1 else 'have'} a colour profile"
        notes.append(
            f"{which} that is damaged or made for other channels; "
            "it is ignored, and the colours are taken for sRGB"
        )
    return notes


def _range_notes(every: Sequence[Findings], chosen: Intervals) -> list[str]:
    notes = []
    samples = sum(one.samples for one in every)
    below, above = sum(one.below for one in every), sum(one.above for one in every)
    sides = (below, "below"), (above, "above")
    shares = [f"{_share(count / samples)} are {side}" for count, side in sides if count]
    if shares:
        notes.append(f"data.range = {shown(chosen)} clips values: {listed(shares)}")
    pictures, deep = sum(one.pictures for one in every), sum(one.deep for one in every)
    if deep < pictures:
        which = "all" if deep == 0 else f"{pictures - deep} of {pictures}"
        notes.append(f"data.range changes nothing in {which} images: they have 8 bits a sample")
    return notes


def _share(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else "less than 0.1%"
