"""Image arrays as files: written block by block, never held in memory as a whole."""

import errno
import math
import os
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ablation.data.cache import cache_folder
from ablation.data.channels import RGB, channels_of
from ablation.data.decoding.fit import fit_array
from ablation.errors import DataError
from ablation.grid.data import Resize
from ablation.telling import Tell, silent, told

_BLOCK = 1024  # images at a time
_ZEROS = 1 << 20  # bytes at a time


def new_images(folder: Path, name: str, count: int, size: int, channels: int = RGB) -> np.memmap:
    """Create `folder/name_images.npy` and return it as a writable memory map (count, channels, size, size).

    What is there in this shape, left by a process that was interrupted, is opened as it is.

    Example:
        >>> import tempfile
        >>> new_images(Path(tempfile.mkdtemp()), "train", 2, 32).shape
        (2, 3, 32, 32)
    """
    path = folder / f"{name}_images.npy"
    shape = (count, channels, size, size)
    images, reserve = _left(path, shape), hasattr(os, "posix_fallocate")  # which changes no byte
    if images is None:
        images, reserve = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape), True
    if reserve:
        _reserve(path, images.offset)
    return images


def _left(path: Path, shape: tuple[int, ...]) -> np.memmap | None:
    try:
        images = np.lib.format.open_memmap(path, mode="r+")
    except (OSError, ValueError):  # there is none, or it is cut off
        return None
    return images if images.shape == shape and images.dtype == np.uint8 else None


def _reserve(path: Path, header: int) -> None:
    # A new map is a file with a hole; on a full disk the kernel kills whoever writes into it (SIGBUS).
    size = path.stat().st_size
    try:
        with path.open("r+b") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:  # macOS, Windows
                file.seek(header)
                for start in range(header, size, _ZEROS):
                    file.write(bytes(min(_ZEROS, size - start)))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        free = shutil.disk_usage(path.parent).free
        raise DataError(
            f"{cache_folder()}: the decoded images need {size / 1e6:,.0f} MB more, and {free / 1e6:,.0f} MB "
            "are available; free some space, or set ABLATION_CACHE to a folder on a larger disk"
        ) from error


def keep_images(
    images: NDArray[np.uint8], rows: NDArray[np.int64], folder: Path, name: str
) -> NDArray[np.uint8]:
    """Keep only some rows, rising, in the file `folder/name_images.npy`; return its images, (N, C, S, S).

    This takes no more room on the disk. The images that were given must not be used any longer.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> images = new_images(folder, "train", 4, 8)
        >>> images[:] = np.arange(4)[:, None, None, None]
        >>> keep_images(images, np.array([1, 3]), folder, "train")[:, 0, 0, 0].tolist()
        [1, 3]
    """
    path, shape = folder / f"{name}_images.npy", (len(rows), *images.shape[1:])
    moved = np.lib.format.open_memmap(path, mode="r+")
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        moved[start : start + len(block)] = moved[block]  # rows rise: none is written before it is read
    moved.flush()
    with path.open("r+b") as file:
        # NumPy leaves room in a header for any number of rows, so that it keeps its length.
        np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
        file.truncate(file.tell() + math.prod(shape))
    return np.lib.format.open_memmap(path, mode="r+")


def store_images(
    pixels: NDArray[np.uint8],
    rows: NDArray[np.int64],
    folder: Path,
    name: str,
    size: int,
    tell: Tell = silent,
    resize: Resize = "crop",
    channels: int | None = None,
) -> NDArray[np.uint8]:
    """Write rows of (N, H, W, C) or (N, H, W) pixels to a new image file, resized if needed.

    Args:
        pixels: those of images.
        rows: which images are written.
        folder: where the file is written.
        name: of the split.
        size: the images' side.
        tell: told how many are resized.
        resize: how they become square.
        channels: `data.channels`; `ablation.data.channels` says how many images get.

    Raises:
        DataError: the pixels have other channels.

    Example:
        >>> import tempfile
        >>> grey = np.full((5, 48, 64), 7, np.uint8)
        >>> images = store_images(grey, np.array([1, 3]), Path(tempfile.mkdtemp()), "train", size=32)
        >>> images.shape, images[0, :, 0, 0].tolist()
        ((2, 3, 32, 32), [7, 7, 7])
    """
    if pixels.ndim == 3:
        pixels = pixels[..., None]
    stored = pixels.shape[-1]
    images = new_images(folder, name, len(rows), size, channels_of(stored, channels, f"{name} images"))
    if pixels.shape[1:3] == (size, size) and stored <= images.shape[1]:
        for start in range(0, len(rows), _BLOCK):
            images[start : start + _BLOCK] = pixels[rows[start : start + _BLOCK]].transpose(0, 3, 1, 2)
    else:
        for position, row in enumerate(told(rows, f"{name} images resized", len(rows), tell)):
            images[position] = fit_array(pixels[row], size, resize, images.shape[1])
    return images
