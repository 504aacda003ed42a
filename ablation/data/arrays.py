"""Image arrays as files: written row by row as they are decoded, never wholly in memory."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def new_images(folder: Path, name: str, count: int, size: int) -> NDArray[np.uint8]:
    """Make `folder/name_images.npy` and return it as a writable memory map (count, 3, size, size).

    Example:
        >>> import tempfile
        >>> new_images(Path(tempfile.mkdtemp()), "train", 2, 32).shape
        (2, 3, 32, 32)
    """
    path = folder / f"{name}_images.npy"
    return np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(count, 3, size, size))
