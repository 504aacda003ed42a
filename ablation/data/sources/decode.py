"""Decodes one image of any size and mode into 3 channels of 8 bits and one size."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from ablation.files import open_file
from ablation.telling import Tell, silent, told

_BLOCK = 4096  # files handed to the threads at a time


def decode(path: Path, size: int) -> NDArray[np.uint8]:
    """Read an image file as (3, size, size).

    The EXIF orientation is applied. Transparency becomes white; one channel becomes three equal ones; 16 bits
    are scaled from their full range, never from the range of one image; CMYK and palettes are converted as
    Pillow does it. Of an animation, the first frame is used.

    Raises:
        Exception: one of Pillow's many, if the file is not a complete image; ValueError for 32-bit pixels,
            which have no fixed range.
    """
    with open_file(path) as file, Image.open(file) as image:
        image.draft(None, (3 * size, 3 * size))  # allows a JPEG to be decoded at a fraction of its size
        return fit(_rgb(image), size)


def fit(image: Image.Image, size: int) -> NDArray[np.uint8]:
    """Resize the shorter side to `size` (bilinear, antialiased) and crop the centre: (3, size, size).

    Example:
        >>> fit(Image.new("RGB", (64, 48), "red"), 32)[:, 0, 0].tolist()
        [255, 0, 0]
    """
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    square = image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR, box, reducing_gap=3)
    return np.asarray(square).transpose(2, 0, 1)


def decode_all(
    files: Sequence[Path],
    images: NDArray[np.uint8],
    rows: NDArray[np.int64],
    what: str = "images decoded",
    tell: Tell = silent,
) -> dict[int, str]:
    """Decode `files[i]` into `images[rows[i]]`, on a few threads.

    Args:
        files: as many as `rows`.
        images: (N, 3, S, S), written to.
        rows: distinct rows of `images`.
        what: what is counted.
        tell: told how far it is.

    Returns:
        The reason for each i whose file could not be read; its row is left as it was.
    """

    def one(index: int) -> str | None:
        try:
            images[rows[index]] = decode(files[index], images.shape[-1])
        except MemoryError:
            raise
        except UnidentifiedImageError:
            return "not an image"
        except Exception as error:  # Pillow's decoders raise errors of many kinds on broken files
            return str(error) or type(error).__name__
        return None

    broken: dict[int, str] = {}
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        starts = range(0, len(files), _BLOCK)
        blocks = (range(start, min(start + _BLOCK, len(files))) for start in starts)
        reasons = (
            (index, reason)
            for block in blocks
            for index, reason in zip(block, pool.map(one, block), strict=True)
        )
        for index, reason in told(reasons, what, len(files), tell):
            if reason is not None:
                broken[index] = reason
    return broken


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format in ("PNG", "PPM")):
        image = Image.fromarray((np.asarray(image).astype(np.int64) >> 8).astype(np.uint8))
    elif image.mode in ("I", "F"):
        raise ValueError("32-bit pixels have no fixed range; save it with 8 or 16 bits per channel")
    image = ImageOps.exif_transpose(image)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")
