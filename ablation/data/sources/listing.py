"""What a folder of images contains: class folders and their files, in one split or in two."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from unicodedata import category, normalize

import numpy as np
from numpy.typing import NDArray

from ablation.data.tree import Tree, folders_in, holds_results
from ablation.errors import DataError
from ablation.words import counted, first_few, printable

_SHOWN = 5  # file names in a message
# What splits are called, in lower case.
SPLIT_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "train": frozenset({"train", "training"}),
        "test": frozenset({"test", "testing"}),
        "validation": frozenset({"val", "valid", "validation"}),
    }
)
_NO_TEXT = {"Cc", "Cs", "Zl", "Zp"}  # what controls a terminal, ends a line, or is a byte of no character
_IMAGES, _MASKS = {"image", "images", "img", "imgs"}, {"mask", "masks", "label", "labels", "annotations"}


@dataclass(frozen=True)
class Listing:
    """The image files of class folders, sorted, with the class number of each."""

    files: tuple[Path, ...]
    labels: NDArray[np.int64]  # (N,)
    class_names: tuple[str, ...]


def listings(found: Tree, depth: int | None = None) -> tuple[Listing, Listing | None, list[str]]:
    """Return the listings of both splits, or of all images and None; and notes on what is not used.

    Folders called `train` or `training`, and `test`, `testing`, `val`, `valid` or `validation`, in any case,
    are splits. Where both kinds of the latter exist, models are tested on `test`.

    Args:
        found: a folder of class folders, or of splits with class folders in each.
        depth: which level of folders below is the class; by default the first, which then holds no others;
            0 for none, and then every image counts, with the label 0.

    Raises:
        DataError: there are fewer than two classes, one has no images, folders are not classes, or there is
            one split without another.
    """
    root = found.root
    parts = _splits(root, depth)
    if parts is None:
        listing = _classes(found, root, depth)
        return listing, None, [*_unused(found, listing.files), *found.notes]
    train, test, aside = parts
    first = _classes(found, train, depth)
    second = _classes(found, test, depth, first.class_names)
    notes = []
    if (train.name, test.name) != ("train", "test"):
        notes.append(f"trained on {train.name}/, tested on {test.name}/")
    if aside:
        beside = sum(path.relative_to(root).parts[0] in aside for path in found.files)
        images = f" ({counted(beside, 'image')})" if beside else ""
        notes.append(f"folders other than {train.name}/ and {test.name}/ are not used: {some(aside)}{images}")
    return first, second, [*notes, *_unused(found, first.files + second.files, aside), *found.notes]


def _unused(found: Tree, used: Sequence[Path], aside: Collection[str] = ()) -> list[str]:
    """Say which images are in no class folder, beside those in folders whose names are in `aside`."""
    names = [path.relative_to(found.root) for path in {*found.files}.difference(used)]
    loose = sorted(name.as_posix() for name in names if name.parts[0] not in aside)
    if not loose:
        return []
    are = "is" if len(loose) == 1 else "are"
    return [f"{counted(len(loose), 'image')} outside the class folders {are} not used: {some(loose)}"]


def _splits(root: Path, depth: int | None) -> tuple[Path, Path, list[str]] | None:
    """Return the folders to train and to test on, and the names of others; None where there are no splits."""
    folders = folders_in(root)
    of_word: dict[str, list[Path]] = {"train": [], "test": [], "validation": []}
    for path in folders:
        for split, words in SPLIT_WORDS.items():
            if path.name.lower() in words:
                of_word[split].append(path)
    for split, paths in of_word.items():
        if len(paths) > 1:
            raise DataError(
                f"{root}: {some([path.name for path in paths])} could each be the {split} split; "
                "rename all but one"
            )
    train, test = of_word["train"], of_word["test"] or of_word["validation"]
    if train and test:
        return train[0], test[0], [path.name for path in folders if path not in (train[0], test[0])]
    for present, absent in ((train, "test"), (test, "train")):
        # Without class folders inside it is a class of that name: pictures of trains.
        if present and depth != 0 and folders_in(present[0]):
            name = present[0].name
            raise DataError(
                f"{root}: has {name}/ with class folders, but no {absent}/; "
                f"add {absent}/, or set data.path to {root / name} to split it by test_fraction"
            )
    return None


def _classes(
    found: Tree, folder: Path, depth: int | None, class_names: Sequence[str] | None = None
) -> Listing:
    """List the images below a folder by class; with `class_names`, exactly these are the classes."""
    if depth == 0:
        return _all(found, folder)
    level = depth or 1
    files: dict[str, list[Path]] = {}
    deeper: list[str] = []
    for path in found.files:
        if not path.is_relative_to(folder):
            continue
        above = path.relative_to(folder).parts[:-1]
        if len(above) >= level:
            files.setdefault(_called(above[level - 1]), []).append(path)
            deeper += ["/".join(above[:2])] * (len(above) > 1)
    if deeper and depth is None:
        raise DataError(_nested(folder, [*dict.fromkeys(deeper)]))
    there = sorted(files) if level > 1 else _named(folder, files)
    if class_names is None:
        class_names = there
        _refuse_no_classes(found, folder, class_names)
    elif not there:
        loose = sum(path.is_relative_to(folder) for path in found.files)
        raise DataError(
            f"{folder}: contains no class folders, only {counted(loose, 'image')}, and models cannot be "
            "tested without labels; set data.path to the training folder to split that by test_fraction"
        )
    elif unknown := [name for name in there if name not in class_names]:
        raise DataError(
            f"{folder}: not among the training classes ({some(class_names)}): {some(unknown)}; "
            "name the folders alike"
        )
    for name in class_names:
        if name not in files:
            told = f"{folder / name}: no images of this class; add some, or remove the class"
            raise DataError("; ".join([told, *found.notes]))
    listed = [path for name in class_names for path in files[name]]
    labels = np.repeat(np.arange(len(class_names)), [len(files[name]) for name in class_names])
    return Listing(tuple(listed), labels.astype(np.int64), tuple(class_names))


def _all(found: Tree, folder: Path) -> Listing:
    """List the images below a folder as images of no class."""
    files = tuple(path for path in found.files if path.is_relative_to(folder))
    if len(files) < 2:
        told = f"{folder}: contains {counted(len(files), 'image')}; a grid needs many"
        raise DataError("; ".join([told, *found.notes]))
    inside = [path.name for path in folders_in(folder)]
    if _are_images_and_masks(inside):
        raise DataError(
            f"{folder}: {some(inside)} are images and their masks; set data.path to the folder of the images"
        )
    return Listing(files, np.zeros(len(files), np.int64), ())


def _named(folder: Path, with_images: Collection[str]) -> list[str]:
    """Name the class folders of a folder: the user's own, but for those that hold nothing but results."""
    folders = [(_called(path.name), path) for path in folders_in(folder)]
    return sorted({name for name, path in folders if name in with_images or not holds_results(path)})


def _called(name: str) -> str:
    """Name a class after its folder, on one line: however its letters are encoded, it is the same class."""
    return "".join(printable(one) if category(one) in _NO_TEXT else one for one in normalize("NFC", name))


def _refuse_no_classes(found: Tree, folder: Path, class_names: Sequence[str]) -> None:
    if not class_names:
        loose = sum(path.is_relative_to(folder) for path in found.files)
        instead = f", only {counted(loose, 'image')}" if loose else ""
        raise DataError(
            f"{folder}: contains no class folders{instead}; "
            f"put the images of each class in a folder of its own, such as {folder / 'cats'}, "
            'name a table of labels with data.labels, or do without them: [evaluate] labels = "none"'
        )
    if len(class_names) == 1:
        raise DataError(f"{folder}: only one class, {class_names[0]!r}; linear evaluation needs two or more")
    if _are_images_and_masks(class_names):
        raise DataError(
            f"{folder}: {some(class_names)} are images and their masks, not classes; "
            "set data.path to a folder whose subfolders are classes"
        )


def _are_images_and_masks(names: Collection[str]) -> bool:
    called = {name.lower() for name in names}
    return bool(called & _IMAGES and called & _MASKS)


def _nested(folder: Path, deeper: list[str]) -> str:
    inside: dict[str, set[str]] = {}
    for path in deeper:
        above, name = path.split("/")
        inside.setdefault(above, set()).add(name)
    first = min(inside.values(), key=sorted)
    if all(name.lower() in set().union(*SPLIT_WORDS.values()) for names in inside.values() for name in names):
        return f"{folder}: {some(deeper)} are splits inside the classes; move them up, such as train/cat"
    if any(_are_images_and_masks(names) for names in inside.values()):
        return (
            f"{folder}: its classes hold images and their masks ({some(deeper)}); move the masks elsewhere, "
            "so that only images are left"
        )
    alike = len(inside) > 1 and len(first) > 1 and all(names == first for names in inside.values())
    told = (
        f"all have the same folders inside ({some(sorted(first))})"
        if alike
        else f"contain others ({some(deeper)})"
    )
    return (
        f"{folder}: its folders {told}, so it is not clear which are the classes; set data.class_depth = 1 "
        "if the first level is the class and everything below belongs to it, or 2 if the second level is"
    )


def some(names: Sequence[str]) -> str:
    """List the first few names, and say how many more there are.

    Example:
        >>> some(["a", "b", "c", "d", "e", "f", "g"])
        "'a', 'b', 'c', 'd', 'e' and 2 more"
    """
    return first_few(lambda k: repr(names[k]), len(names), _SHOWN)
