"""Thumbnails of the test images that a report shows as neighbours, in `pictures.npz`."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ablation.npz import Header, NpzError, open_npz, text
from ablation.results.stored.atomic import write_atomically
from ablation.results.stored.damage import DamagedError
from ablation.results.stored.paths import PICTURES

QUERIES = 6  # of the queries of a cell, the first; their neighbours' pictures are kept too
SIDE = 32  # pixels; larger images are averaged down to it
_LIMIT = 256 << 20  # bytes, of some 80,000 pictures


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
        DamagedError: the file is damaged.
    """
    path = folder / PICTURES
    try:
        with open_npz(path, _LIMIT) as file:
            if {*file.names} != {"indices", "images", "class_names"}:
                raise NpzError("it holds other arrays than pictures")
            indices, images = file.header("indices"), file.header("images")
            _check(indices, images)
            names = text(file.read("class_names"))
            found = Pictures(file.read("indices"), file.read("images"), names)
        if len(found.indices) and (found.indices[0] < 0 or (np.diff(found.indices) <= 0).any()):
            raise NpzError("indices must ascend from 0 or more")
        return found
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DamagedError(path, error) from error


def _check(indices: Header, images: Header) -> None:
    if indices.dtype != "int32" or len(indices.shape) != 1:
        raise NpzError(f"indices must be int32 (N,), not {indices.dtype} {indices.shape}")
    square = len(images.shape) == 4 and 0 < images.shape[2] == images.shape[3] <= SIDE
    if images.dtype != "uint8" or not square or images.shape[:2] != (*indices.shape, 3):
        raise NpzError(
            f"images must be uint8 ({indices.shape[0]}, 3, s, s), not {images.dtype} {images.shape}"
        )
