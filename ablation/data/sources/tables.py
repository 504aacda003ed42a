"""Tables that the user gives beside a folder of images: the label, the split or the group of each file."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path, PurePosixPath
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from ablation.data.sources.listing import SPLIT_WORDS, Listing, some
from ablation.data.tree import Tree
from ablation.errors import DataError
from ablation.files import open_file
from ablation.words import counted, listed

_SEPARATORS = (",", ";", "\t")  # Excel writes semicolons where the comma is the decimal point


@dataclass(frozen=True)
class LabelTable:
    """The images that a table labels."""

    train: Listing  # or all, if test is None
    test: Listing | None
    groups: NDArray[np.int64] | None  # (N,), those of train before those of test
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Row:
    line: int
    file: Path
    values: dict[str, str]


def read_labels(table: Path, found: Tree) -> LabelTable:
    """Read a CSV with the columns file (relative to the folder), label, and optionally split and group.

    Splits are called as folders of splits are: `train`, `test`, `val` and the like, in any case. Images that
    the table does not list are not used.

    Raises:
        DataError: the table or a column is missing, a listed file is not in the folder or has two labels,
            there is a single class, or one split without another.
    """
    rows = _rows(table, found.root, found.files, "labels", ("label",), ("split", "group"))
    by_split: dict[str, list[_Row]] = {"train": [], "test": [], "validation": []}
    with_splits = any("split" in row.values for row in rows)
    for row in rows:
        by_split[_split(row, table) if with_splits else "train"].append(row)
    train, test = by_split["train"], by_split["test"] or by_split["validation"]
    notes = []
    if with_splits and not (train and test):
        raise DataError(
            f"{table}: lists no {'test' if train else 'training'} images; add some, or remove the column "
            "split to set images aside by data.test_fraction"
        )
    if by_split["test"] and (aside := len(by_split["validation"])):
        notes.append(f"not used: {counted(aside, 'image')} of the split validation")
    if unlisted := len(found.files) - len(rows):
        notes.append(f"not used: {counted(unlisted, 'image')} without a label in {table.name}")
    if not train:
        raise DataError(f"{table}: lists no image; give the columns file and label, and a row for each image")
    names = _ordered({row.values["label"] for row in train})
    if len(names) < 2:
        raise DataError(f"{table}: only one class, {names[0]!r}; linear evaluation needs two or more")
    groups = [row.values["group"] for row in (*train, *test) if "group" in row.values]
    return LabelTable(
        _listing(train, names, table),
        _listing(test, names, table) if with_splits else None,
        group_numbers(groups) if groups else None,
        tuple(notes),
    )


def read_groups(table: Path, root: Path, files: Sequence[Path]) -> NDArray[np.int64]:
    """Read the group of each file from a CSV with the columns file (relative to `root`) and group: (N,).

    Raises:
        DataError: the table or a column is missing, an image is not listed, a listed file is not in the data
            set, or a file is in two groups.
    """
    rows = _rows(table, root, files, "groups", ("group",))
    groups = {row.file: row.values["group"] for row in rows}
    if unlisted := [path.relative_to(root).as_posix() for path in files if path not in groups]:
        raise DataError(f"{table}: no group for {some(unlisted)}; list every image")
    return group_numbers([groups[path] for path in files])


def group_numbers(groups: Sequence[str]) -> NDArray[np.int64]:
    """Number groups in the order of their names: (N,).

    Example:
        >>> group_numbers(["anna", "bert", "anna"]).tolist()
        [0, 1, 0]
    """
    return np.unique(np.asarray(groups), return_inverse=True)[1].astype(np.int64)


def _rows(
    table: Path,
    root: Path,
    files: Sequence[Path],
    setting: str,
    needed: Sequence[str],
    optional: Sequence[str] = (),
) -> list[_Row]:
    """Read a table whose rows are files of a folder, one row for each, sorted as the files are."""
    places = {normalize("NFC", path.relative_to(root).as_posix()): i for i, path in enumerate(files)}
    rows: dict[int, _Row] = {}
    unknown = []
    for line, name, values in _lines(table, setting, needed, optional):
        if (place := places.get(normalize("NFC", name))) is None:
            unknown.append(name)
            continue
        row = _Row(line, files[place], values)
        if rows.setdefault(place, row).values != values:
            differ = next(key for key, value in values.items() if rows[place].values[key] != value)
            raise DataError(
                f"{table}, line {line}: {name!r} is {values[differ]!r} here, but its {differ} in line "
                f"{rows[place].line} is {rows[place].values[differ]!r}; keep one of the two"
            )
    if unknown:
        raise DataError(f"{table}: no such image in {root}: {some(unknown)}; {_instead(unknown[0], places)}")
    return [rows[place] for place in sorted(rows)]


def _instead(name: str, places: dict[str, int]) -> str:
    like = next((path for path in places if PurePosixPath(path).with_suffix("").as_posix() == name), None)
    if like is not None:
        return f"give names with their suffix, such as {like!r}"
    return "give paths relative to data.path"


def _lines(
    table: Path, setting: str, needed: Sequence[str], optional: Sequence[str]
) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Read line number, file and values of each row."""
    columns = ["file", *needed]
    try:
        with TextIOWrapper(open_file(table), encoding="utf-8-sig", newline="") as lines:
            first = lines.readline()
            lines.seek(0)
            separator = max(_SEPARATORS, key=first.count)
            rows = csv.DictReader(lines, delimiter=separator, strict=True)
            header = rows.fieldnames or ()
            if not set(columns) <= set(header):
                raise DataError(
                    f"{table}: needs the columns {listed(columns)} in its first line, found {some([*header])}"
                )
            used = [*needed, *(name for name in optional if name in header)]
            for row in rows:
                name = PurePosixPath((row["file"] or "").strip().replace("\\", "/")).as_posix()
                values = {key: (row[key] or "").strip() for key in used}
                if missing := next((key for key, value in values.items() if not value), None):
                    raise DataError(f"{table}, line {rows.line_num}: no {missing} for {name!r}")
                yield rows.line_num, name, values
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{table}: cannot be read ({error}); check data.{setting}") from error


def _split(row: _Row, table: Path) -> str:
    written = row.values["split"]
    for split, words in SPLIT_WORDS.items():
        if written.lower() in words:
            return split
    raise DataError(f"{table}, line {row.line}: {written!r} is no split; write train, val or test")


def _ordered(names: set[str]) -> tuple[str, ...]:
    """Sort class names; numbers by value."""
    if all(name.isdecimal() for name in names):
        return tuple(sorted(names, key=int))
    return tuple(sorted(names))


def _listing(rows: Sequence[_Row], names: tuple[str, ...], table: Path) -> Listing:
    numbers = {name: number for number, name in enumerate(names)}
    for row in rows:
        if row.values["label"] not in numbers:
            raise DataError(
                f"{table}, line {row.line}: no training image is labelled {row.values['label']!r}; add "
                "some, or remove the row"
            )
    there = {row.values["label"] for row in rows}
    if missing := [name for name in names if name not in there]:
        raise DataError(
            f"{table}: lists no test images of class {some(missing)}; add some, or remove the class"
        )
    labels = np.array([numbers[row.values["label"]] for row in rows], dtype=np.int64)
    return Listing(tuple(row.file for row in rows), labels, names)
