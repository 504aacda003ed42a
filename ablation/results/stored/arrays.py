"""The arrays that a cell leaves behind, in `cells/<id>.npz`."""

import io
import zipfile
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ablation.errors import ResultsError
from ablation.results.stored.paths import arrays_file


@dataclass(frozen=True)
class CellArrays:
    """What one cell leaves behind beside its record: T test images, Q of them as queries, P view pairs.

    Raises:
        ValueError: an array has the wrong type, number of dimensions or length.
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
    # (P,) of the images viewed; empty where they have no classes, and in older files
    view_labels: NDArray[np.uint16] = field(default_factory=lambda: np.empty(0, np.uint16))

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
                "predictions and labels must have the same length, and so must queries and neighbours"
            )
        if len(self.view_labels) not in (0, len(self.views)):
            raise ValueError("view_labels must be empty or as long as views")

    def pack(self) -> bytes:
        """Return them as the content of an `.npz` file."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **{one.name: getattr(self, one.name) for one in fields(self)})
        return buffer.getvalue()


_FORMS = {
    "predictions": ("uint16", 1),
    "labels": ("uint16", 1),
    "queries": ("int32", 1),
    "neighbours": ("int32", 2),
    "views": ("uint8", 5),
    "distances": ("float16", 2),
    "validation_predictions": ("uint16", 1),
    "validation_labels": ("uint16", 1),
    "view_labels": ("uint16", 1),
}


def read_arrays(folder: Path, id: str) -> CellArrays:
    """Read a cell's arrays.

    Raises:
        ResultsError: they are missing or unreadable.
    """
    path = arrays_file(folder, id)
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
            f"{path}: cannot read the arrays of this job ({error}); delete {id}.json and run the grid again"
        ) from error
