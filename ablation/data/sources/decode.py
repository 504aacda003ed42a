"""Decodes one image of any size and mode into 3 channels of 8 bits and one size."""

import os
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from PIL.TiffImagePlugin import BITSPERSAMPLE, PHOTOMETRIC_INTERPRETATION, SAMPLEFORMAT, TiffImageFile

from ablation.data.sources.room import PIXELS, Room
from ablation.files import open_file
from ablation.telling import Tell, silent, told

_BLOCK = 4096  # files handed to the threads at a time
_ROOM = Room(PIXELS)


def decode(path: Path, size: int) -> NDArray[np.uint8]:
    """Read an image file as (3, size, size).

    The EXIF orientation is applied. Transparency becomes white; one channel becomes three equal ones; more
    than 8 bits are scaled from the full range that the file says it stores, never from the range of one
    image. An embedded colour profile is converted to sRGB; CMYK without one and palettes as Pillow does it.
    Of an animation, the first frame is used. What changes pixels also changes `DECODER` in
    ablation/data/fingerprint.py.

    Raises:
        Exception: one of Pillow's many, if the file is not a complete image; ValueError for 32-bit pixels,
            which have no fixed range.
    """
    with open_file(path) as file, Image.open(file) as image:
        image.draft(None, (3 * size, 3 * size))  # allows a JPEG to be decoded at a fraction of its size
        with _ROOM.for_(image.width * image.height):
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
        except Image.DecompressionBombError:
            return "too large: over 178 million pixels; save it smaller, or cut it into tiles"
        except Exception as error:  # Pillow's decoders raise errors of many kinds on broken files
            return str(error) or type(error).__name__
        return None

    broken: dict[int, str] = {}
    with quiet(), ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
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


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Pillow's warnings from the user: they name no file, and a file that cannot be read is told of."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def _rgb(image: Image.Image) -> Image.Image:
    image.load()  # of a TIFF, Pillow knows only now which way up it is
    samples = _Samples.of(image)
    upright = ImageOps.exif_transpose(image)
    if samples.deep:
        upright = Image.fromarray(samples.in_eight_bits(np.asarray(upright)))
    elif upright.mode in ("I", "F"):
        raise ValueError("32-bit pixels have no fixed range; save it with 8 or 16 bits per channel")
    if upright.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in upright.info:
        upright = upright.convert("RGBA")
        white = Image.new("RGBA", upright.size, "white")
        return Image.alpha_composite(white, upright).convert("RGB")
    return _in_srgb(upright, image.info.get("icc_profile"))


@dataclass(frozen=True)
class _Samples:
    """How a file stores the brightness of a pixel, where that is more than 8 bits of one channel."""

    deep: bool  # Pillow gives them as they are
    bits: int = 16  # of a sample, as the file says
    signed: bool = False
    white_is_zero: bool = False

    @classmethod
    def of(cls, image: Image.Image) -> "_Samples":
        deep = image.mode.startswith("I;16") or (image.mode == "I" and image.format in ("PNG", "PPM"))
        if not isinstance(image, TiffImageFile):
            return cls(deep)
        tags = image.tag_v2
        bits, signed = tags.get(BITSPERSAMPLE, (8,))[0], tags.get(SAMPLEFORMAT, (1,))[0] == 2
        short = image.mode == "I" and signed and bits <= 16  # signed shorts come in 32 bits
        return cls(deep or short, bits, signed, tags.get(PHOTOMETRIC_INTERPRETATION) == 0)

    def in_eight_bits(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        """Scale from the full range that the file can store, never from the range of one image."""
        raised = values.astype(np.int64) + (1 << (self.bits - 1) if self.signed else 0)
        if self.white_is_zero:
            raised = (1 << self.bits) - 1 - raised
        return (raised >> (self.bits - 8)).clip(0, 255).astype(np.uint8)


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert to sRGB by the colour profile in the file; a profile that cannot be used is no error."""
    if profile is None or image.mode not in ("RGB", "L", "CMYK"):
        return image.convert("RGB")
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(own):
            return image.convert("RGB")
        converted = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):  # damaged, or of another colour space than the pixels
        return image.convert("RGB")
    return image.convert("RGB") if converted is None else converted
