"""Images from a folder of class folders, with or without train/ and test/; each is resized once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ablation.data.dataset import Dataset, Labelled, Labels, Split
from ablation.data.sources.arrays import keep_images, new_images
from ablation.data.sources.decode import decode_all
from ablation.data.sources.listing import Listing, listings, read_groups
from ablation.data.splits import no_group_on_both_sides, subset, train_test_split
from ablation.data.tree import tree
from ablation.errors import DataError
from ablation.grid.data import ImageFolder
from ablation.telling import Tell, silent
from ablation.words import counted

_SHOWN = 3  # broken files named with the reason, in a note


def image_folder(data: ImageFolder, folder: Path, tell: Tell = silent) -> Dataset:
    """Decode a folder of class folders into image files of `folder`.

    If there are `train/` and `test/`, these are the splits. Otherwise, `test_fraction` of each class is set
    aside, drawn by `seed`; with groups, whole groups. Files that cannot be read are skipped and noted; in a
    subset, another image of the class replaces them.

    Raises:
        DataError: the folder, a class or its images are missing, or the groups are not valid.
    """
    root = Path(data.path).expanduser()
    train, test, notes = _splits(data, root)
    splits = []
    for name, part, size in (("train", train, data.train), ("test", test, data.test)):
        images, rows, skipped = _decode(part.listing, root, name, size, data, folder, tell)
        notes += skipped
        taken = part.labelled.take(rows)
        splits.append(Split(images, taken.labels, taken.groups))
    unlabelled, skipped = unlabelled_images(data.unlabelled, data.size, folder, tell)
    names = train.listing.class_names
    return Dataset(splits[0], splits[1], unlabelled, names, (*notes, *skipped))


def folder_labels(data: ImageFolder) -> Labels:
    """Return the labels of both splits from the names of files alone; those that are broken count, too.

    Raises:
        DataError: as `image_folder`, but for what only decoding shows.
    """
    train, test, notes = _splits(data, Path(data.path).expanduser())

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
    groups: NDArray[np.int64] | None

    @property
    def labelled(self) -> Labelled:
        return Labelled(self.listing.labels, self.groups)


def _splits(data: ImageFolder, root: Path) -> tuple[_Part, _Part, list[str]]:
    """Return both splits, and notes on what is not used."""
    if not root.is_dir():
        raise DataError(f"{data.path}: no such folder; check data.path")
    train, test, notes = listings(root, data.class_depth)
    groups = None
    if data.groups is not None:
        files = train.files + (test.files if test else ())
        groups = read_groups(Path(data.groups).expanduser(), root, files)
    labels = train.labels if test is None else np.concatenate([train.labels, test.labels])
    files = train.files if test is None else train.files + test.files
    if test is None:
        sides = train_test_split(labels, data.test_fraction, groups, data.seed, train.class_names)
    else:
        sides = np.arange(len(train.files)), np.arange(len(train.files), len(files))
        if groups is not None:
            no_group_on_both_sides(groups[sides[0]], groups[sides[1]], str(root))

    first, second = (
        _Part(
            Listing(tuple(files[i] for i in side), labels[side], train.class_names),
            None if groups is None else groups[side],
        )
        for side in sides
    )
    return first, second, notes


def unlabelled_images(
    path: str | None, size: int, folder: Path, tell: Tell = silent
) -> tuple[NDArray[np.uint8] | None, list[str]]:
    """Decode every image in a folder, at any depth, (M, 3, size, size), and say which were skipped.

    Raises:
        DataError: the folder is missing, or none of its images can be read.
    """
    if path is None:
        return None, []
    root = Path(path).expanduser()
    if not root.is_dir():
        raise DataError(f"{path}: no such folder; check data.unlabelled")
    found = tree(root)
    files = found.files
    images = new_images(folder, "unlabelled", len(files), size)
    broken = decode_all(files, images, np.arange(len(files)), "unlabelled images decoded", tell)
    if len(broken) == len(files):
        raise DataError(f"{path}: none of its images can be read; check data.unlabelled")
    if broken:
        good = np.setdiff1d(np.arange(len(files)), list(broken))
        images = keep_images(images, good, folder, "unlabelled")
    notes = [f"unlabelled: {note}" for note in found.notes]
    return images, [*notes, *_skipped("unlabelled", {files[i]: why for i, why in broken.items()}, root)]


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
    return images, chosen, _skipped(name, broken, root)


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


def _skipped(name: str, broken: dict[Path, str], root: Path) -> list[str]:
    if not broken:
        return []
    shown = "; ".join(
        f"{path.relative_to(root).as_posix()} ({why})" for path, why in [*broken.items()][:_SHOWN]
    )
    more = f"; and {len(broken) - _SHOWN} more" if len(broken) > _SHOWN else ""
    note = f"skipped {counted(len(broken), f'unreadable {name} image')}: {shown}{more}"
    # File names are bytes on disk and need not be valid text, but a note must be.
    return [note.encode("utf-8", "backslashreplace").decode("utf-8")]
