"""Data sets of Hugging Face's library: saved on disk, in Parquet files, or by their name on the hub."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np

from ablation.data.dataset import Dataset, Labels
from ablation.data.decoding.tiff import MAGIC
from ablation.data.sources.classes import numbered
from ablation.data.sources.encoded import Encoded, decoded, labels_of
from ablation.data.sources.hf_splits import columns, splits
from ablation.errors import DataError
from ablation.files import open_file, user_path
from ablation.grid.data import HuggingFace
from ablation.telling import Tell, silent, told
from ablation.words import counted

_BLOCK = 256  # rows at a time
_SUFFIXES = {b"\x89PNG": ".png", b"\0\0\0\x0c": ".jp2", b"\xffO\xffQ": ".jp2"} | dict.fromkeys(MAGIC, ".tif")
_DICOM = slice(128, 132)  # where its bytes say what it is


def hugging_face(data: HuggingFace, folder: Path, tell: Tell = silent) -> Dataset:
    """Decode the images of a data set into image files of `folder`.

    Raises:
        DataError: as `hf_rows` and `decoded`.
    """
    return decoded(data, hf_rows(data, tell), folder, tell)


def hugging_face_labels(data: HuggingFace, tell: Tell = silent) -> Labels:
    """Return the labels of both splits; no image is decoded.

    Raises:
        DataError: as `hugging_face`, but for what only decoding shows.
    """
    return labels_of(data, hf_rows(data, tell), tell)


@dataclass(frozen=True)
class _Row:
    """An encoded image in a row of a table."""

    table: Any  # datasets.Dataset that gives Arrow tables
    column: str
    split: str
    index: int
    suffix: str

    def __str__(self) -> str:
        return f"{self.split}[{self.index}]"

    def open(self) -> IO[bytes]:
        return BytesIO(_encoded(self.table[self.index].column(self.column)[0].as_py()))


def hf_rows(data: HuggingFace, tell: Tell = silent) -> Encoded:
    """List the images of both splits, with their labels; the bytes of every image are read once.

    Raises:
        DataError: the data set, a split or a column is missing or not what it must be, an image has no label,
            or a class has no images.
    """
    opened = splits(data)
    image, label = columns(data, opened.train)
    files: list[_Row] = []
    digests: list[str] = []
    labels = []
    for name, table in zip(opened.names, (opened.train, opened.test), strict=True):
        if table is None:
            continue
        if missing := [column for column in (image, label) if column not in table.features]:
            raise DataError(f"{data.path}: the split {name} has no column {missing[0]!r}")
        if table.features[label] != opened.train.features[label]:
            raise DataError(f"{data.path}: the labels of {name} are of another kind than those to train on")
        labels.append(_labels(data, name, table, label))
        arrow = table.with_format("arrow")
        for index, (suffix, digest) in enumerate(
            told(_images(arrow, image), f"{name} images read", len(table), tell)
        ):
            files.append(_Row(arrow, image, name, index, suffix))
            digests.append(digest or f"no image in {name}[{index}]")
    names = getattr(opened.train.features[label], "names", None)
    train, test = labels[0], labels[1] if len(labels) > 1 else None
    classes = numbered(train, test, names, data.path)
    testing = None if test is None else np.arange(len(files)) >= len(train)
    notes = (*opened.notes, *classes.notes)
    return Encoded(user_path(data.path), files, digests, classes.labels, classes.names, testing, None, notes)


def _images(arrow: Any, column: str) -> Iterator[tuple[str, str]]:
    """Yield the suffix and the digest of each image; no digest where there is no image."""
    for batch in arrow.select_columns([column]).iter(batch_size=_BLOCK):
        for value in batch.column(column).to_pylist():
            try:
                content = _encoded(value)
            except (OSError, ValueError):  # decoding says why
                yield "", ""
            else:
                yield _suffix(content), hashlib.sha256(content).hexdigest()


def _suffix(content: bytes) -> str:
    """Return the end that the name of an image would have; rows need not have names. Only some matter."""
    return ".dcm" if content[_DICOM] == b"DICM" else _SUFFIXES.get(content[:4], "")


def _encoded(value: Any) -> bytes:
    """Return the bytes of an image: Hugging Face's {bytes, path}, or bytes alone."""
    held = value.get("bytes") if isinstance(value, dict) else value
    if held is not None:
        return bytes(held)
    if isinstance(value, dict) and value.get("path"):
        with open_file(Path(value["path"])) as file:
            return file.read()
    raise ValueError("there is no image in this row")


def _labels(data: HuggingFace, split: str, table: Any, column: str) -> Any:
    """Return the labels of a table, (N,) integers or text."""
    values = table.select_columns([column]).with_format("arrow")[:].column(column).to_pylist()
    is_number = hasattr(table.features[column], "names")
    if without := sum(value is None or (is_number and value < 0) for value in values):
        raise DataError(
            f"{data.path}: {counted(without, 'image')} of the split {split} "
            f"{'has' if without == 1 else 'have'} no label; choose others with data.train_split and "
            "data.test_split"
        )
    if not values:
        raise DataError(f"{data.path}: the split {split} is empty")
    return np.asarray(values)
