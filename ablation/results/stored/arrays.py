"""The arrays that a cell leaves behind, in `cells/<id>.npz`."""

import io
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ablation.npz import Header, NpzError, open_npz
from ablation.results.stored.cells import read_sound
from ablation.results.stored.damage import DamagedError
from ablation.results.stored.paths import arrays_file
from ablation.results.stored.record import Record, Sizes


@dataclass(frozen=True)
class CellArrays:
    """What one cell leaves behind beside its record: T test images, Q of them as queries, P view pairs.

    Raises:
        ValueError: an array has the wrong type, number of dimensions or length.
    """

    predictions: NDArray[np.uint16]  # (T,) linear evaluation, test split; without labels (0,), as all labels
    labels: NDArray[np.uint16]  # (T,)
    queries: NDArray[np.int32]  # (Q,) indices of fixed test images
    neighbours: NDArray[np.int32]  # (Q, 5) indices of test images, nearest first, by cosine of h
    views: NDArray[np.uint8]  # (P, 2, 3, S, S) first and second view of a few training images
    distances: NDArray[np.float16]  # (2, K) of colour histograms of views: of one image, of two; in order
    # (V,) as the first two, of validation; empty where validation scores are None, and in older files
    validation_predictions: NDArray[np.uint16] = field(default_factory=lambda: np.empty(0, np.uint16))
    validation_labels: NDArray[np.uint16] = field(default_factory=lambda: np.empty(0, np.uint16))
    # (P,) of the images viewed; empty where they have no classes, and in older files
    view_labels: NDArray[np.uint16] = field(default_factory=lambda: np.empty(0, np.uint16))

    @classmethod
    def of_validation(cls, predictions: NDArray[np.uint16], labels: NDArray[np.uint16]) -> "CellArrays":
        """Make those of a cell of which only validation was measured: all others are empty."""
        return cls(**_empty() | {"validation_predictions": predictions, "validation_labels": labels})

    @classmethod
    def of_no_labels(
        cls,
        queries: NDArray[np.int32],
        neighbours: NDArray[np.int32],
        views: NDArray[np.uint8],
        distances: NDArray[np.float16],
    ) -> "CellArrays":
        """Make those of a cell that was measured without labels: what holds classes is empty."""
        found: dict[str, NDArray[Any]] = {"queries": queries, "neighbours": neighbours, "views": views}
        return cls(**_empty() | found | {"distances": distances})

    def __post_init__(self) -> None:
        for name in _FORMS:
            _check_form(name, getattr(self, name))
        if self.views.shape[3] != self.views.shape[4]:
            raise ValueError(f"views must be square, not {self.views.shape}")
        pairs = (
            (self.predictions, self.labels),
            (self.queries, self.neighbours),
            (self.validation_predictions, self.validation_labels),
        )
        if any(len(one) != len(other) for one, other in pairs):
            raise ValueError(
                "predictions and labels must have the same length, and so must queries and neighbours"
            )
        if len(self.view_labels) not in (0, len(self.views)):
            raise ValueError("view_labels must be empty or as long as views")

    def pack(self) -> bytes:
        """Return them as the content of an `.npz` file."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **{one.name: getattr(self, one.name) for one in fields(self)})
        return buffer.getvalue()


_LIMIT = 256 << 20  # bytes: the views of 1024 pixels, the largest, are 50 MB
_FORMS: dict[str, tuple[str, tuple[int | None, ...]]] = {
    "predictions": ("uint16", (None,)),
    "labels": ("uint16", (None,)),
    "queries": ("int32", (None,)),
    "neighbours": ("int32", (None, None)),
    "views": ("uint8", (None, 2, 3, None, None)),
    "distances": ("float16", (2, None)),
    "validation_predictions": ("uint16", (None,)),
    "validation_labels": ("uint16", (None,)),
    "view_labels": ("uint16", (None,)),
}


def _empty() -> dict[str, NDArray[Any]]:
    return {name: np.empty([n or 0 for n in shape], dtype) for name, (dtype, shape) in _FORMS.items()}


def read_arrays(folder: Path, record: Record) -> CellArrays:
    """Read a cell's arrays.

    Raises:
        DamagedError: they are missing, damaged, or not of the images and classes that the record says.
    """
    path = arrays_file(folder, record.id)
    try:
        with open_npz(path, _LIMIT) as file:
            if unknown := [name for name in file.names if name not in _FORMS]:
                raise NpzError(f"it holds another array, {unknown[0]!r}")
            missing = [one.name for one in fields(CellArrays) if one.default_factory is MISSING]
            for name in dict.fromkeys([*missing, *file.names]):
                header = file.header(name)
                _check_form(name, header)
                _check_length(name, header.shape, record)
            found = CellArrays(**{name: file.read(name) for name in file.names})
        if record.sizes is not None:
            _check_values(found, record.sizes)
    except (OSError, ValueError) as error:
        raise DamagedError(path, error) from error
    return found


def read_with_arrays(folder: Path, id: str) -> Record | None:
    """Read a cell's record as `read_sound`, and make sure that its arrays can be read too.

    Raises:
        DamagedError: the record or the arrays are damaged.
        PermissionError: the record may not be read.
    """
    record = read_sound(folder, id)
    if record is not None and record.arrays is not None:
        read_arrays(folder, record)
    return record


def _check_form(name: str, array: Header | NDArray[Any]) -> None:
    dtype, shape = _FORMS[name]
    if array.dtype != dtype:
        raise ValueError(f"{name} must be {dtype}, not {array.dtype}")
    if len(array.shape) != len(shape) or any(
        m not in (n, None) for n, m in zip(array.shape, shape, strict=True)
    ):
        said = ", ".join("any" if length is None else str(length) for length in shape)
        raise ValueError(f"{name} must have the shape ({said}), not {array.shape}")


def _check_length(name: str, shape: tuple[int, ...], record: Record) -> None:
    sizes = record.sizes
    if sizes is None:
        return
    tested = sizes.test if record.measured == "whole" else 0
    allowed = {
        "predictions": (tested,),
        "labels": (tested,),
        "validation_predictions": (0, sizes.validation or 0),
        "validation_labels": (0, sizes.validation or 0),
    }.get(name)
    if allowed is not None and shape[0] not in allowed:
        raise ValueError(f"{name} must be of {allowed[-1]} images, not of {shape[0]}")


def _check_values(arrays: CellArrays, sizes: Sizes) -> None:
    for name in ("predictions", "labels", "validation_predictions", "validation_labels", "view_labels"):
        if sizes.classes is None and len(getattr(arrays, name)):
            raise ValueError(f"{name} must be empty without labels")
        if sizes.classes is not None and np.max(getattr(arrays, name), initial=0) >= sizes.classes:
            raise ValueError(f"{name} must be below {sizes.classes}, the number of classes")
    for name in ("queries", "neighbours"):
        places = getattr(arrays, name)
        if places.size and not (places.min() >= 0 and places.max() < sizes.test):
            raise ValueError(f"{name} must be of the {sizes.test} images tested")
    if not (arrays.distances >= 0).all() or np.isinf(arrays.distances).any():
        raise ValueError("distances must be finite, and none below 0")
