"""Images from a folder of class folders, with or without train/ and test/; each is resized once."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ablation.data.dataset import Dataset, Split
from ablation.data.fingerprint import image_files
from ablation.data.sources.arrays import keep_images, new_images
from ablation.data.sources.decode import decode_all
from ablation.data.sources.listing import Listing, listings, read_groups
from ablation.data.splits import no_group_on_both_sides, subset, train_test_split
from ablation.errors import DataError
from ablation.grid.models import ImageFolder
from ablation.words import counted

_SHOWN = 3  # broken files named with the reason, in a note


def image_folder(data: ImageFolder, folder: Path) -> Dataset:
    """Decode a folder of class folders into image files of `folder`.

    If there are `train/` and `test/`, these are the splits. Otherwise, `test_fraction` of each class is set
    aside, drawn by `seed`; with groups, whole groups. Files that cannot be read are skipped and noted; in a
    subset, another image of the class replaces them.

    Raises:
        DataError: the folder, a class or its images are missing, or the groups are not valid.
    """
    root = Path(data.path).expanduser()
    if not root.is_dir():
        raise DataError(f"{data.path}: no such folder; check data.path")
    train, test, notes = listings(root)
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

    splits = []
    for name, side, size in (("train", sides[0], data.train), ("test", sides[1], data.test)):
        part = Listing(tuple(files[i] for i in side), labels[side], train.class_names)
        images, rows, skipped = _decode(part, root, name, size, data, folder)
        notes += skipped
        splits.append(Split(images, part.labels[rows], None if groups is None else groups[side][rows]))
    unlabelled, skipped = unlabelled_images(data.unlabelled, data.size, folder)
    return Dataset(splits[0], splits[1], unlabelled, train.class_names, (*notes, *skipped))


def unlabelled_images(
    path: str | None, size: int, folder: Path
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
    files = image_files(root)
    images = new_images(folder, "unlabelled", len(files), size)
    broken = decode_all(files, images, np.arange(len(files)))
    if len(broken) == len(files):
        raise DataError(f"{path}: none of its images can be read; check data.unlabelled")
    if broken:
        good = np.setdiff1d(np.arange(len(files)), list(broken))
        images = keep_images(images, good, folder, "unlabelled")
    return images, _skipped("unlabelled", {files[i]: why for i, why in broken.items()}, root)


def _decode(
    part: Listing, root: Path, name: str, size: int | None, data: ImageFolder, folder: Path
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
        failed = decode_all(files, images, places)
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
