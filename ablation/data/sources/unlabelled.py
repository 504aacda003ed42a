"""Images without labels to pretrain on: a folder of any depth, without what models are tested on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ablation.data.copies import content_numbers, outside_test, pixel_content
from ablation.data.decoding.every_page import used_pages
from ablation.data.decoding.findings import Findings, notes_of
from ablation.data.decoding.pool import decode_all
from ablation.data.decoding.reading import Reading
from ablation.data.hashes import content_hashes
from ablation.data.sources.arrays import keep_images, new_images
from ablation.data.sources.skipped import skipped
from ablation.data.tree import Tree, tree
from ablation.errors import DataError
from ablation.files import user_path
from ablation.grid.data import OwnImages
from ablation.telling import Tell, silent


@dataclass(frozen=True, eq=False)
class Wild:
    """Unlabelled images that are decoded, with a row for each picture, whether it could be read or not."""

    images: NDArray[np.uint8]  # (M, C, S, S)
    names: Callable[[int], str]
    good: NDArray[np.int64]  # rows of those that could be read
    notes: list[str]

    def outside(
        self, data: OwnImages, test: NDArray[np.uint8], folder: Path
    ) -> tuple[NDArray[np.uint8], list[str]]:
        """Leave out what could not be read, and what the test split has, too, if it is to be left out.

        Args:
            data: the data section, with `unlabelled`.
            test: the images of the test split, (N, C, S, S), which `data.duplicates` may keep out.
            folder: where the decoded images are.

        Raises:
            DataError: there are test images among them and they are refused, or there are no others.
        """
        content, good, where = pixel_content(self.images, test), self.good, str(data.unlabelled)
        tested = content[len(self.images) :]
        outside = outside_test(
            data.duplicates, content[good], tested, lambda k: self.names(int(self.good[k])), where
        )
        if not outside.kept.any():
            raise DataError(f"{where}: all of its images are in the test split; check data.unlabelled")
        images = self.images
        if len(good := good[outside.kept]) < len(images):
            images = keep_images(images, good, folder, "unlabelled")
        return images, [*self.notes, *outside.notes]


def decode_unlabelled(data: OwnImages, reading: Reading, folder: Path, tell: Tell = silent) -> Wild | None:
    """Decode every image in `data.unlabelled`; None where there is no such folder in the grid file.

    Args:
        data: the data section.
        reading: how files become images.
        folder: where the decoded images are written.
        tell: told how many are decoded.

    Raises:
        DataError: the folder is missing, or none of its images can be read.
    """
    if data.unlabelled is None:
        return None
    found = _found(data.unlabelled)
    used = used_pages(data, found.files)
    pages = used.pages
    images = new_images(folder, "unlabelled", len(pages), data.size, reading.channels)
    rows, findings = np.arange(len(pages)), Findings()
    broken = decode_all(pages, images, rows, reading, findings, "unlabelled images decoded", tell)
    if len(broken) == len(pages):
        example = f" ({pages[0].name(found.root)}: {broken[0]})" if broken else ""
        raise DataError(f"{data.unlabelled}: none of its images can be read{example}; check data.unlabelled")
    notes = (*found.notes, *used.notes, *notes_of([findings], reading.range))
    return Wild(
        images,
        lambda row: repr(pages[row].name(found.root)),
        np.setdiff1d(rows, list(broken)),
        [
            *(f"unlabelled: {note}" for note in notes),
            *skipped("unlabelled image", {pages[i]: why for i, why in broken.items()}, found.root),
        ],
    )


def unlabelled_count(data: OwnImages) -> int:
    """Return how many pictures there are in `data.unlabelled`; those that are broken count, too."""
    if data.unlabelled is None:
        return 0
    return len(used_pages(data, _found(data.unlabelled).files).pages)


def check_unlabelled(data: OwnImages, test: list[str], tell: Tell = silent) -> None:
    """Raise DataError where `Wild.outside` would, as far as the bytes of files show it.

    Args:
        data: the data section.
        test: the SHA-256 of each file of the test split.
        tell: told how many files are read.
    """
    if data.unlabelled is None:
        return
    found = _found(data.unlabelled)
    content = content_numbers([*content_hashes(found.files, found.root, tell), *test])
    names = [repr(path.relative_to(found.root).as_posix()) for path in found.files]
    outside_test(
        data.duplicates, content[: len(names)], content[len(names) :], names.__getitem__, data.unlabelled
    )


def _found(path: str) -> Tree:
    root = user_path(path)
    if not root.is_dir():
        raise DataError(f"{path}: no such folder; check data.unlabelled")
    return tree(root)
