"""Thumbnails of the test images that a report shows as neighbours, in `pictures.npz`."""

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ablation.errors import ResultsError
from ablation.results.stored.atomic import write_atomically
from ablation.results.stored.paths import PICTURES

QUERIES = 6  # of the queries of a cell, the first; their neighbours' pictures are kept too
SIDE = 32  # pixels; larger images are averaged down to it


@dataclass(frozen=True)
class Pictures:
    """Thumbnails of some test images, and what the classes are called."""

    indices: NDArray[np.int32]  # (N,) of test images, ascending
    images: NDArray[np.uint8]  # (N, 3, s, s), s <= 32
    class_names: tuple[str, ...]

    def find(self, wanted: NDArray[np.int32]) -> NDArray[np.intp] | None:
        """Return the places of test images among these, in the shape asked; None if one is missing.

        Example:
            >>> three = Pictures(np.array([2, 5, 9], np.int32), np.zeros((3, 3, 4, 4), np.uint8), ("a",))
            >>> three.find(np.array([9, 2], np.int32)).tolist()
            [2, 0]
            >>> three.find(np.array([9, 3], np.int32)) is None
            True
        """
        places = np.searchsorted(self.indices, wanted)
        found = np.append(self.indices, np.int32(-1))[places] == wanted
        return places if found.all() else None


def class_names(pictures: Pictures | None, labels: Iterable[int]) -> list[str]:
    """Return the names of classes, by number where they are not known.

    Example:
        >>> class_names(None, [2, 0])
        ['class 2', 'class 0']
    """
    known = pictures.class_names if pictures else ()
    return [known[label] if label < len(known) else f"class {label}" for label in labels]


def write_pictures(folder: Path, pictures: Pictures) -> None:
    """Write the pictures of a results folder, in place of those that were there."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        indices=pictures.indices,
        images=pictures.images,
        class_names=np.array(pictures.class_names, np.str_),
    )
    write_atomically(folder / PICTURES, buffer.getvalue())


def read_pictures(folder: Path) -> Pictures | None:
    """Read the pictures of a results folder; None where none were kept.

    Raises:
        ResultsError: the file is unreadable.
    """
    path = folder / PICTURES
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            names = tuple(str(name) for name in archive["class_names"])
            return Pictures(archive["indices"], archive["images"], names)
    except FileNotFoundError:
        return None
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ResultsError(
            f"{path}: cannot read the pictures ({error}); delete the file and run the grid again"
        ) from error
