"""How deep the samples of a file are, read from what Pillow knows of it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import BITSPERSAMPLE, PHOTOMETRIC_INTERPRETATION, SAMPLEFORMAT, TiffImageFile

from ablation.data.decoding.reading import Interval
from ablation.data.decoding.samples import Depth, Samples

_UNSIGNED, _SIGNED = 1, 2  # of TIFF's sample format
_START_AND_SIZ, _SSIZ = b"\xff\x4f\xff\x51", 38  # of JPEG 2000: markers, and where the bits stand after them


def depth_of(image: ImageFile) -> Depth:
    """Return how a file stores its samples; the image must not be loaded, for Pillow forgets it then.

    Example:
        >>> from io import BytesIO
        >>> file = BytesIO(b"P5 2 1 4095 " + bytes(4))  # a PGM of 12 bits
        >>> depth_of(Image.open(file)).interval
        (0, 4095)
    """
    if isinstance(image, TiffImageFile):
        return _of_tiff(image.tag_v2)
    if image.format == "JPEG2000":
        return _of_jpeg2000(image)
    if image.mode in ("I", "RGB") and image.format == "PPM" and (largest := _largest(image)) > 255:
        return Depth(16, (0, largest))
    if image.mode.startswith("I;16") or _raw_mode(image).endswith("16B"):
        return Depth(16, (0, 2**16 - 1))
    if image.mode in ("I", "F"):
        return Depth(32, None)
    return Depth(8, (0, 255))


def samples_of(image: ImageFile, upright: Image.Image, depth: Depth) -> Samples | None:
    """Return the samples of a picture, where Pillow keeps them as they are stored; else None.

    Args:
        image: of the file, loaded.
        upright: the same, turned as it is seen.
        depth: of the file.
    """
    tags = image.tag_v2 if isinstance(image, TiffImageFile) else {}
    form = tags.get(SAMPLEFORMAT, (_UNSIGNED,))[0]
    if upright.mode == "L" and form == _SIGNED:  # which Pillow takes for unsigned
        return Samples(np.asarray(upright).view(np.int8), depth)
    if not keeps_samples(upright):
        return None
    values: NDArray[Any] = np.asarray(upright)
    if upright.mode == "I" and tags and form == _UNSIGNED:  # which Pillow takes for signed
        values = values.view(np.uint32)
    if image.format == "PPM" and depth.interval is not None:  # which Pillow scales to 16 bits
        values = np.round(values * (depth.interval[1] / (2**16 - 1))).astype(np.int64)
    if image.format == "JPEG2000" and depth.interval is not None:  # likewise, to 16 unsigned bits
        values = (values.astype(np.int64) >> (16 - depth.bits)) + int(depth.interval[0])
    transparent = image.info.get("transparency")
    return Samples(values, depth, None if transparent is None else (values != transparent).astype(np.float64))


def keeps_samples(image: Image.Image) -> bool:
    """Whether Pillow keeps more than 8 bits of this kind of image: those of a single channel."""
    return image.mode.startswith("I;16") or image.mode in ("I", "F")


def _of_tiff(tags: Any) -> Depth:
    bits, form = tags.get(BITSPERSAMPLE, (8,))[0], tags.get(SAMPLEFORMAT, (_UNSIGNED,))[0]
    white_is_zero = tags.get(PHOTOMETRIC_INTERPRETATION) == 0
    return Depth(bits, interval_of(bits, form == _SIGNED, form in (_UNSIGNED, _SIGNED)), white_is_zero)


def interval_of(bits: int, signed: bool, whole: bool = True) -> Interval | None:
    """Return what samples can store, if that says which of them are black and white: up to 16 bits it does.

    Example:
        >>> interval_of(12, signed=False), interval_of(16, signed=True), interval_of(32, signed=False)
        ((0, 4095), (-32768, 32767), None)
    """
    if bits > 16 or not whole:
        return None
    low = -(1 << (bits - 1)) if signed else 0
    return low, low + (1 << bits) - 1


def _first_tile(image: ImageFile) -> Any:
    """Return the arguments with which Pillow is going to decode: the raw mode, or that and more."""
    return image.tile[0][3] if image.tile else ""


def _raw_mode(image: ImageFile) -> str:
    args = _first_tile(image)
    return args if isinstance(args, str) else ""


def _largest(image: ImageFile) -> int:
    """Return the largest value of a PPM."""
    args = _first_tile(image)
    if isinstance(args, tuple):
        return int(args[1]) if len(args) > 1 and isinstance(args[1], int) else 255
    return 2**16 - 1 if args.endswith("16B") else 255


def _of_jpeg2000(image: ImageFile) -> Depth:
    """Read the bits of a sample from the marker SIZ, with which the data begin."""
    assert image.fp is not None  # it is open
    at = image.fp.tell()
    image.fp.seek(0)
    _, _, size = image.fp.read().partition(_START_AND_SIZ)
    image.fp.seek(at)
    said = size[_SSIZ] if len(size) > _SSIZ else 7
    bits = (said & 0x7F) + 1
    return Depth(bits, interval_of(bits, bool(said & 0x80)))
