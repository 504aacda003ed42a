"""What a folder of images contains: class folders, their files, and the groups that a CSV assigns them."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from ablation.data.fingerprint import image_files
from ablation.errors import DataError
from ablation.files import open_file
from ablation.words import counted

_SHOWN = 5  # file names in a message


@dataclass(frozen=True)
class Listing:
    """The image files of class folders, sorted, with the class number of each."""

    files: tuple[Path, ...]
    labels: NDArray[np.int64]  # (N,)
    class_names: tuple[str, ...]


def subfolders(folder: Path) -> list[Path]:
    """Return the subfolders of a folder, sorted by name, without hidden ones."""
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def listings(root: Path) -> tuple[Listing, Listing | None, list[str]]:
    """Return the listings of train/ and test/, or of all images and None; and notes on what is not used.

    Raises:
        DataError: as `class_folders`; or there is train/ without test/, or the reverse.
    """
    names = [path.name for path in subfolders(root)]
    if {"train", "test"} <= set(names):
        train = class_folders(root / "train")
        aside = [name for name in names if name not in ("train", "test")]
        notes = [f"folders other than train/ and test/ are not used: {some(aside)}"] if aside else []
        return train, class_folders(root / "test", train.class_names), notes
    for present, absent in (("train", "test"), ("test", "train")):
        if present in names and subfolders(root / present):
            raise DataError(
                f"{root}: has {present}/ with class folders, but no {absent}/; "
                f"add {absent}/, or set data.path to {root / present} to split it by test_fraction"
            )
    loose = [path.name for path in image_files(root) if path.parent == root]
    notes = [f"images outside the class folders are not used: {some(loose)}"] if loose else []
    return class_folders(root), None, notes


def class_folders(folder: Path, class_names: Sequence[str] | None = None) -> Listing:
    """List a folder whose subfolders are the classes; with `class_names`, exactly these.

    Raises:
        DataError: there are fewer than two classes, one is empty, or they are not the ones named.
    """
    found = {path.name: path for path in subfolders(folder)}
    if class_names is None:
        class_names = tuple(found)
        if not found:
            loose = len(image_files(folder))
            instead = f", only {counted(loose, 'image')}" if loose else ""
            raise DataError(
                f"{folder}: contains no class folders{instead}; "
                f"put the images of each class in a folder of its own, such as {folder / 'cats'}"
            )
        if len(found) == 1:
            raise DataError(
                f"{folder}: only one class, {class_names[0]!r}; linear evaluation needs two or more"
            )
    elif unknown := [name for name in found if name not in class_names]:
        raise DataError(
            f"{folder}: not among the training classes ({some(class_names)}): {some(unknown)}; "
            "name the folders alike"
        )
    files: list[Path] = []
    labels: list[int] = []
    for label, name in enumerate(class_names):
        of_class = image_files(found[name]) if name in found else []
        if not of_class:
            raise DataError(f"{folder / name}: no images of this class; add some, or remove the class")
        files += of_class
        labels += [label] * len(of_class)
    return Listing(tuple(files), np.array(labels, dtype=np.int64), tuple(class_names))


def read_groups(table: Path, root: Path, files: Sequence[Path]) -> NDArray[np.int64]:
    """Read the group of each file from a CSV with the columns file (relative to `root`) and group: (N,).

    Raises:
        DataError: the table or a column is missing, an image is not listed, a listed file is not in the data
            set, or a file is in two groups.
    """
    wanted = {path.relative_to(root).as_posix(): position for position, path in enumerate(files)}
    groups: dict[str, str] = {}
    try:
        with TextIOWrapper(open_file(table), encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            if not {"file", "group"} <= set(rows.fieldnames or ()):
                raise DataError(
                    f"{table}: needs the columns file and group in its first line, found {rows.fieldnames}"
                )
            for row in rows:
                name = PurePosixPath((row["file"] or "").replace("\\", "/")).as_posix()
                group = (row["group"] or "").strip()
                if not group:
                    raise DataError(f"{table}, line {rows.line_num}: no group for {name!r}")
                if groups.setdefault(name, group) != group:
                    raise DataError(
                        f"{table}, line {rows.line_num}: {name!r} is also in group {groups[name]!r}"
                    )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{table}: cannot be read ({error}); check data.groups") from error
    if unknown := [name for name in groups if name not in wanted]:
        raise DataError(
            f"{table}: no such image in {root}: {some(unknown)}; give paths relative to data.path"
        )
    if unlisted := [name for name in wanted if name not in groups]:
        raise DataError(f"{table}: no group for {some(unlisted)}; list every image")
    return group_numbers([groups[name] for name in wanted])


def group_numbers(groups: Sequence[str]) -> NDArray[np.int64]:
    """Number groups in the order of their names: (N,).

    Example:
        >>> group_numbers(["anna", "bert", "anna"]).tolist()
        [0, 1, 0]
    """
    return np.unique(np.asarray(groups), return_inverse=True)[1].astype(np.int64)


def some(names: Sequence[str]) -> str:
    """List the first few names, and say how many more there are.

    Example:
        >>> some(["a", "b", "c", "d", "e", "f", "g"])
        "'a', 'b', 'c', 'd', 'e' and 2 more"
    """
    shown = ", ".join(repr(name) for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
