"""Colours of more than 8 bits, of which Pillow keeps 8, read by imagecodecs (the extra `tiff`)."""

from collections.abc import Callable
from typing import IO, Any

from PIL.ImageFile import ImageFile

from ablation.data.decoding.samples import Depth, Samples
from ablation.data.decoding.stored import turned
from ablation.data.extras import install, installed

_ORIENTATION = 0x0112  # of EXIF


def exact_colours(file: IO[bytes], image: ImageFile, depth: Depth) -> Samples:
    """Read the colours of a loaded PNG or JPEG 2000 image as they are stored.

    Raises:
        ValueError: the image is of another kind, or imagecodecs is not installed.
    """
    if image.format not in ("PNG", "JPEG2000"):
        raise ValueError(
            f"{depth.bits}-bit colours of {image.format} cannot be read with data.range; save as PNG"
        )
    if not installed("tiff"):
        raise ValueError(f"its {depth.bits}-bit colours are needed to the last bit: {install('tiff')}")
    import imagecodecs

    decode: Callable[[bytes], Any] = {"PNG": imagecodecs.png_decode, "JPEG2000": imagecodecs.jpeg2k_decode}[
        image.format
    ]
    file.seek(0)
    values = decode(file.read())
    colours = 3 if values.shape[-1] >= 3 else 1
    opacity = None
    if values.shape[-1] in (2, 4):
        opacity = values[..., -1] / (2**depth.bits - 1)
    picture = values[..., 0] if colours == 1 else values[..., :3]
    return turned(Samples(picture, depth, opacity), image.getexif().get(_ORIENTATION, 1))
