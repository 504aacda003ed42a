"""Images from a folder of class folders, with or without train/ and test/; each is resized once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ablation.data.copies import Ids, content_numbers, settle
from ablation.data.dataset import Dataset, Labelled, Labels, Split
from ablation.data.hashes import content_hashes
from ablation.data.sources.arrays import keep_images, new_images
from ablation.data.sources.decode import decode_all
from ablation.data.sources.decoded import Decoded, every_class_has_images, settled
from ablation.data.sources.listing import Listing, listings
from ablation.data.sources.skipped import skipped
from ablation.data.sources.tables import read_groups, read_labels
from ablation.data.sources.unlabelled import check_unlabelled, unlabelled_images
from ablation.data.splits import no_group_on_both_sides, subset, train_test_split
from ablation.data.tree import tree
from ablation.errors import DataError
from ablation.files import user_path
from ablation.grid.data import ImageFolder
from ablation.telling import Tell, silent


def image_folder(data: ImageFolder, folder: Path, tell: Tell = silent) -> Dataset:
    """Decode a folder of class folders into image files of `folder`.

    If there are `train/` and `test/`, these are the splits. Otherwise, `test_fraction` of each class is set
    aside, drawn by `seed`; with groups, whole groups. Files that cannot be read are skipped and noted; in a
    subset, another image of the class replaces them. `duplicates` says what becomes of copies.

    Raises:
        DataError: the folder, a class or its images are missing, the groups are not valid, or there
            are copies that are refused.
    """
    root = user_path(data.path)
    first, second, notes = _splits(data, root)

    def decoded(part: _Part, name: str, size: int | None) -> Decoded:
        images, rows, broken = _decode(part.listing, root, name, size, data, folder, tell)
        notes.extend(broken)
        taken, files = part.labelled.take(rows), [part.listing.files[i] for i in rows]
        split = Split(images, taken.labels, taken.groups)
        return Decoded(split, _named(files, root), part.content[rows])

    names = first.listing.class_names
    parts = decoded(first, "train", data.train), decoded(second, "test", data.test)
    train, test, found = settled(data, parts, names, folder)
    unlabelled, left_out = unlabelled_images(data, test.images, folder, tell)
    return Dataset(train, test, unlabelled, names, (*notes, *found, *left_out))


def folder_labels(data: ImageFolder) -> Labels:
    """Return the labels of both splits from the names of files alone; those that are broken count, too.

    Raises:
        DataError: as `image_folder`, but for what only decoding shows.
    """
    train, test, notes = _splits(data, user_path(data.path))

    def chosen(part: _Part, size: int | None, setting: str) -> Labelled:
        rows = subset(part.listing.labels, size, data.seed, setting, part.listing.class_names)
        return part.labelled.take(rows)

    return Labels(
        chosen(train, data.train, "data.train"),
        chosen(test, data.test, "data.test"),
        train.listing.class_names,
        tuple(notes),
    )


@dataclass(frozen=True)
class _Part:
    """A split before it is decoded, or a subset of it taken."""

    listing: Listing
    groups: Ids | None  # (N,)
    content: Ids  # (N,), the same number for files of the same bytes, in both splits

    @property
    def labelled(self) -> Labelled:
        return Labelled(self.listing.labels, self.groups)


def _splits(data: ImageFolder, root: Path) -> tuple[_Part, _Part, list[str]]:
    """Return both splits, and notes on what is not used."""
    if not root.is_dir():
        raise DataError(f"{data.path}: no such folder; check data.path")
    found = tree(root)
    groups = None
    if data.labels is None:
        train, test, notes = listings(found, data.class_depth)
    else:
        table = read_labels(user_path(data.labels), found)
        train, test, groups, notes = table.train, table.test, table.groups, [*table.notes, *found.notes]
    files = train.files if test is None else train.files + test.files
    labels = train.labels if test is None else np.concatenate([train.labels, test.labels])
    testing = None if test is None else np.arange(len(files)) >= len(train.files)
    if data.groups is not None:
        if groups is not None:
            raise DataError(f"{data.labels}: has a column group, and there is data.groups, too; remove one")
        groups = read_groups(user_path(data.groups), root, files)
    if groups is not None and testing is not None:
        no_group_on_both_sides(groups[~testing], groups[testing], str(root))
    digests = dict(zip(found.files, content_hashes(found.files, root), strict=True))
    content = content_numbers([digests[path] for path in files])
    done = settle(data.duplicates, content, labels, testing, groups, _named(files, root), data.path)
    rows, groups = np.flatnonzero(done.kept), done.groups
    every_class_has_images(labels[rows], train.class_names)
    if testing is None:
        of_rows = None if groups is None else groups[rows]
        sides = train_test_split(labels[rows], data.test_fraction, of_rows, data.seed, train.class_names)
    else:
        sides = np.flatnonzero(~testing[rows]), np.flatnonzero(testing[rows])

    first, second = (
        _Part(
            Listing(tuple(files[i] for i in side), labels[side], train.class_names),
            None if groups is None else groups[side],
            content[side],
        )
        for side in (rows[side] for side in sides)
    )
    check_unlabelled(data, [digests[path] for path in second.listing.files])
    return first, second, [*notes, *done.notes]


def _named(files: Sequence[Path], root: Path) -> Callable[[int], str]:
    return lambda row: repr(files[row].relative_to(root).as_posix())


def _decode(
    part: Listing, root: Path, name: str, size: int | None, data: ImageFolder, folder: Path, tell: Tell
) -> tuple[NDArray[np.uint8], NDArray[np.int64], list[str]]:
    """Decode a split, or a subset of it; return the images, their positions in the listing, and notes."""
    usable = np.ones(len(part.files), dtype=bool)
    broken: dict[Path, str] = {}

    def choose() -> NDArray[np.int64]:
        return subset(part.labels, size, data.seed, f"data.{name}", part.class_names, usable)

    chosen = choose()
    images = new_images(folder, name, len(chosen), data.size)
    places = np.arange(len(chosen))  # still to be decoded
    while len(places):
        files = [part.files[i] for i in chosen[places]]
        failed = decode_all(files, images, places, f"{name} images decoded", tell)
        broken |= {files[i]: why for i, why in failed.items()}
        places = places[list(failed)]
        usable[chosen[places]] = False
        if size is None or not len(places):
            break
        chosen[places] = np.setdiff1d(choose(), chosen)  # from the same classes as those that failed
    if len(places):
        kept = np.setdiff1d(np.arange(len(chosen)), places)
        chosen, images = chosen[kept], keep_images(images, kept, folder, name)
    _every_class_is_left(part, chosen, broken, root)
    return images, chosen, skipped(name, broken, root)


def _every_class_is_left(
    part: Listing, chosen: NDArray[np.int64], broken: dict[Path, str], root: Path
) -> None:
    for label, name in enumerate(part.class_names):
        if not (part.labels[chosen] == label).any():
            path, why = next((path, why) for path, why in broken.items() if path in _of(part, label))
            raise DataError(
                f"class {name!r}: none of its images can be read, for example {path.relative_to(root)}: {why}"
            )


def _of(part: Listing, label: int) -> Sequence[Path]:
    return [part.files[i] for i in np.flatnonzero(part.labels == label)]
