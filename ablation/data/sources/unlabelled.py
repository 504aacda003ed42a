"""Images without labels to pretrain on: a folder of any depth, without what models are tested on."""

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


def unlabelled_images(
    data: OwnImages, test: NDArray[np.uint8], reading: Reading, folder: Path, tell: Tell = silent
) -> tuple[NDArray[np.uint8] | None, list[str]]:
    """Decode every image in `data.unlabelled`, (M, C, S, S); say what was skipped or left out.

    Args:
        data: the data section; without `unlabelled` there is nothing to do.
        test: the images of the test split, (N, C, S, S), which `data.duplicates` may keep out.
        reading: how files become images.
        folder: where the decoded images are written.
        tell: told how many are decoded.

    Raises:
        DataError: the folder is missing, none of its images can be read, or there are test images among them
            and they are refused.
    """
    if data.unlabelled is None:
        return None, []
    found = _found(data.unlabelled)
    used = used_pages(data, found.files)
    pages = used.pages
    images = new_images(folder, "unlabelled", len(pages), data.size, reading.channels)
    rows, findings = np.arange(len(pages)), Findings()
    broken = decode_all(pages, images, rows, reading, findings, "unlabelled images decoded", tell)
    if len(broken) == len(pages):
        example = f" ({pages[0].name(found.root)}: {broken[0]})" if broken else ""
        raise DataError(f"{data.unlabelled}: none of its images can be read{example}; check data.unlabelled")
    good = np.setdiff1d(rows, list(broken))
    content = pixel_content(images, test)
    names = [repr(pages[i].name(found.root)) for i in good]
    outside = outside_test(
        data.duplicates, content[good], content[len(pages) :], names.__getitem__, data.unlabelled
    )
    if not outside.kept.any():
        raise DataError(f"{data.unlabelled}: all of its images are in the test split; check data.unlabelled")
    if len(good := good[outside.kept]) < len(pages):
        images = keep_images(images, good, folder, "unlabelled")
    notes = (*found.notes, *used.notes, *notes_of([findings], reading.range))
    return images, [
        *(f"unlabelled: {note}" for note in notes),
        *skipped("unlabelled", {pages[i]: why for i, why in broken.items()}, found.root),
        *outside.notes,
    ]


def check_unlabelled(data: OwnImages, test: list[str]) -> None:
    """Raise DataError where `unlabelled_images` would, as far as the bytes of files show it.

    Args:
        data: the data section.
        test: the SHA-256 of each file of the test split.
    """
    if data.unlabelled is None:
        return
    found = _found(data.unlabelled)
    content = content_numbers([*content_hashes(found.files, found.root), *test])
    names = [repr(path.relative_to(found.root).as_posix()) for path in found.files]
    outside_test(
        data.duplicates, content[: len(names)], content[len(names) :], names.__getitem__, data.unlabelled
    )


def _found(path: str) -> Tree:
    root = user_path(path)
    if not root.is_dir():
        raise DataError(f"{path}: no such folder; check data.unlabelled")
    return tree(root)
