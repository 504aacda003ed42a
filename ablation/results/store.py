"""One cell, two files: `cells/<id>.npz` first, then `cells/<id>.json`, each whole or absent."""

import io
import json
import zipfile
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ablation.errors import ResultsError
from ablation.results.atomic import write_atomically
from ablation.results.record import Record

CELLS = "cells"
_LINE = 110  # characters


@dataclass(frozen=True)
class CellArrays:
    """What one cell leaves behind beside its record: T test images, Q of them as queries, P view pairs.

    Raises:
        ValueError: an array of another type or number of dimensions, or of an unequal length.
    """

    predictions: NDArray[np.uint16]  # (T,) linear evaluation, test split
    labels: NDArray[np.uint16]  # (T,)
    queries: NDArray[np.int32]  # (Q,) indices of fixed test images
    neighbours: NDArray[np.int32]  # (Q, 5) indices of test images, nearest first, by cosine of h
    views: NDArray[np.uint8]  # (P, 2, 3, S, S) first and second view of a few training images
    distances: NDArray[np.float16]  # (2, K) of colour histograms of views: of one image, of two; in order
    # (V,) as the first two, of validation; empty where validation scores are None, and in older files
    validation_predictions: NDArray[np.uint16] = field(default_factory=lambda: np.empty(0, np.uint16))
    validation_labels: NDArray[np.uint16] = field(default_factory=lambda: np.empty(0, np.uint16))

    def __post_init__(self) -> None:
        for name, (dtype, dimensions) in _FORMS.items():
            array = getattr(self, name)
            if array.dtype != dtype or array.ndim != dimensions:
                raise ValueError(
                    f"{name} must be {dtype} with {dimensions} dimensions, not {array.dtype} {array.shape}"
                )
        pairs = (
            (self.predictions, self.labels),
            (self.queries, self.neighbours),
            (self.validation_predictions, self.validation_labels),
        )
        if any(len(one) != len(other) for one, other in pairs):
            raise ValueError(
                "predictions and labels, and queries and neighbours, must be as long as each other"
            )


_FORMS = {
    "predictions": ("uint16", 1),
    "labels": ("uint16", 1),
    "queries": ("int32", 1),
    "neighbours": ("int32", 2),
    "views": ("uint8", 5),
    "distances": ("float16", 2),
    "validation_predictions": ("uint16", 1),
    "validation_labels": ("uint16", 1),
}


def write_cell(
    folder: Path, record: Record, arrays: CellArrays | None, weights: bytes | None = None
) -> Record:
    """Write a cell's arrays, then its record; the record's `arrays` is filled in with their size in bytes.

    The order means that a record vouches for its arrays: whoever sees the one may trust the other.

    Args:
        folder: the results folder.
        record: what came out; replaces an earlier record of the same id.
        arrays: None for a cell that failed.
        weights: of the encoder, as a safetensors file; None where it is not kept.

    Returns:
        The record as written.

    Raises:
        ValueError: the record holds a number that is not finite.
        OSError: the files cannot be written; no half-written file is left behind.
    """
    cells = folder / CELLS
    cells.mkdir(parents=True, exist_ok=True)
    packed = None if arrays is None else _pack(arrays)
    record = record.model_copy(update={"arrays": None if packed is None else len(packed)})
    text = _layout(record.model_dump(mode="json")) + "\n"
    if packed is not None:
        write_atomically(cells / f"{record.id}.npz", packed)
    if weights is not None:
        write_atomically(weights_file(folder, record.id), weights)
    write_atomically(cells / f"{record.id}.json", text.encode())
    if packed is None:
        (cells / f"{record.id}.npz").unlink(missing_ok=True)  # of an earlier attempt
    return record


def read_record(folder: Path, id: str) -> Record | None:
    """Read a cell's record; None unless it is there, whole, of this format, and its arrays are there too.

    Whatever else the file holds (half a record, another program's file, the record of another cell) is
    a cell that is still to be run, never an error.

    Raises:
        PermissionError: the file may not be read.
    """
    path = folder / CELLS / f"{id}.json"
    try:
        record = Record.model_validate_json(path.read_bytes())
        if record.id != id:
            return None
        if record.arrays is not None and path.with_suffix(".npz").stat().st_size != record.arrays:
            return None
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError):
        return None
    return record


def read_arrays(folder: Path, id: str) -> CellArrays:
    """Read a cell's arrays.

    Raises:
        ResultsError: they are missing or unreadable.
    """
    path = folder / CELLS / f"{id}.npz"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            wanted = [
                one.name
                for one in fields(CellArrays)
                if one.default_factory is MISSING or one.name in archive.files
            ]
            return CellArrays(**{name: archive[name] for name in wanted})
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ResultsError(
            f"{path}: no readable arrays of a cell ({error}); delete {id}.json and run the grid again"
        ) from error


def weights_file(folder: Path, id: str) -> Path:
    """Return where a cell's encoder is kept, if it is."""
    return folder / CELLS / f"{id}.safetensors"


def is_finished(record: Record) -> bool:
    """Whether a run leaves this cell alone: an error is retried, a divergence would only happen again."""
    return record.outcome != "failed"


def _pack(arrays: CellArrays) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{one.name: getattr(arrays, one.name) for one in fields(arrays)})
    return buffer.getvalue()


def _layout(value: Any, indent: str = "") -> str:
    # Like json.dumps(indent=2), but what fits a line stays on one: the epochs then read as a table.
    flat = json.dumps(value, allow_nan=False, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + len(flat) <= _LINE:
        return flat
    inner = indent + "  "
    if isinstance(value, dict):
        items = [f"{json.dumps(key, ensure_ascii=False)}: {_layout(value[key], inner)}" for key in value]
    else:
        items = [_layout(item, inner) for item in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return opening + "\n" + ",\n".join(inner + item for item in items) + "\n" + indent + closing
