"""A split of a folder: chosen by the names of files, then decoded."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ablation.data.copies import Ids
from ablation.data.dataset import Labelled, Split
from ablation.data.decoding.findings import Findings
from ablation.data.decoding.pages import Page
from ablation.data.decoding.pool import decode_all
from ablation.data.decoding.reading import Reading
from ablation.data.sources.arrays import keep_images, new_images
from ablation.data.sources.decoded import Decoded
from ablation.data.sources.skipped import skipped
from ablation.data.splits import subset
from ablation.errors import DataError
from ablation.telling import Tell


@dataclass(frozen=True)
class Part:
    """A split before it is decoded."""

    name: str  # train or test
    root: Path
    pages: tuple[Page, ...]  # N
    labels: Ids  # (N,)
    class_names: tuple[str, ...]
    groups: Ids | None  # (N,)
    content: Ids  # (N,), the same number for pages of files of the same bytes, in both splits
    size: int | None  # of a subset to take; None: all
    seed: int
    clips: Ids | None = None  # (N,), of frames

    def chosen(self, usable: NDArray[np.bool_] | None = None) -> Ids:
        """Return the positions of the images that are used, of those that can be, (N,).

        Raises:
            DataError: a class has too few images.
        """
        return subset(self.labels, self.size, self.seed, f"data.{self.name}", self.class_names, usable)

    def labelled(self, rows: Ids) -> Labelled:
        """Return the labels, groups and clips of some images."""
        return Labelled(self.labels, self.groups, self.clips).take(rows)


@dataclass(frozen=True, eq=False)
class DecodedPart:
    """A split that is decoded, with a row for each picture, whether it could be read or not."""

    part: Part
    images: NDArray[np.uint8]  # (N, C, S, S)
    chosen: Ids  # (N,), the picture of each row
    good: Ids  # rows of those that could be read
    notes: list[str]  # on those that could not

    def kept(self, folder: Path) -> Decoded:
        """Leave out the rows of what could not be read, in the image file of `folder`, too."""
        part, images, chosen = self.part, self.images, self.chosen[self.good]
        if len(chosen) < len(images):
            images = keep_images(images, self.good, folder, part.name)
        used, taken = [part.pages[i] for i in chosen], part.labelled(chosen)
        return Decoded(
            Split(images, taken.labels, taken.groups, taken.clips),
            lambda row: repr(used[row].name(part.root)),
            part.content[chosen],
        )


def decode_part(part: Part, reading: Reading, findings: Findings, folder: Path, tell: Tell) -> DecodedPart:
    """Decode a split, or a subset of it, into an image file of `folder`.

    Files that cannot be read are skipped; in a subset, another image of the class replaces them.

    Raises:
        DataError: none of the images of a class can be read.
    """
    usable = np.ones(len(part.pages), dtype=bool)
    broken: dict[Page, str] = {}
    chosen = part.chosen()
    images = new_images(folder, part.name, len(chosen), reading.size, reading.channels)
    places = np.arange(len(chosen))  # still to be decoded
    while len(places):
        wanted = [part.pages[i] for i in chosen[places]]
        failed = decode_all(wanted, images, places, reading, findings, f"{part.name} images decoded", tell)
        broken |= {wanted[i]: why for i, why in failed.items()}
        places = places[list(failed)]
        usable[chosen[places]] = False
        if part.size is None or not len(places):
            break
        # From the same classes as those that failed.
        chosen[places] = np.setdiff1d(part.chosen(usable), chosen)
    good = np.setdiff1d(np.arange(len(chosen)), places)
    _every_class_is_left(part, chosen[good], broken)
    return DecodedPart(part, images, chosen, good, skipped(f"{part.name} image", broken, part.root))


def _every_class_is_left(part: Part, chosen: Ids, broken: Mapping[Page, str]) -> None:
    for label, name in enumerate(part.class_names):
        if not (part.labels[chosen] == label).any():
            of_class = {part.pages[i] for i in np.flatnonzero(part.labels == label)}
            page, why = next((page, why) for page, why in broken.items() if page in of_class)
            raise DataError(
                f"class {name!r}: none of its images can be read, for example {page.name(part.root)}: {why}"
            )
