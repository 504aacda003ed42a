"""Decodes one image file of any size, mode and depth into 3 channels of 8 bits and one size."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps
from PIL.ImageFile import ImageFile

from ablation.data.sources.depth import depth_of, samples_of
from ablation.data.sources.findings import Facts
from ablation.data.sources.fit import fit
from ablation.data.sources.reading import Interval, Reading
from ablation.data.sources.samples import Depth, Measured, Samples
from ablation.files import open_file


@dataclass(frozen=True, eq=False)
class Picture:
    """What is decoded of a file."""

    pixels: NDArray[np.uint8]  # (3, S, S)
    facts: Facts


def decode(path: Path, reading: Reading) -> Picture:
    """Read an image file.

    The EXIF orientation is applied. Transparency becomes white; one channel becomes three equal ones; more
    than 8 bits are scaled from `reading.range`, else from the full range that the file says it stores, never
    from the range of one image. An embedded colour profile is converted to sRGB; CMYK without one and
    palettes as Pillow does it. Of an animation, the first frame is used. What changes pixels also changes
    `DECODER` in ablation/data/fingerprint.py.

    Raises:
        Exception: one of Pillow's many, if the file is not a complete image; ValueError for 32-bit pixels
            without `reading.range`.
    """
    with open_file(path) as file, Image.open(file) as image:
        size = reading.size
        image.draft(None, (3 * size, 3 * size))  # allows a JPEG to be decoded at a fraction of its size
        rgb, measured = _rgb(image, reading.range)
        return Picture(fit(rgb, size, reading.resize), Facts(measured))


def stored_samples(path: Path) -> Samples | None:
    """Read the samples of an image file as they are stored, if they have more than 8 bits.

    Raises:
        Exception: as of `decode`, but for a range that is not known.
    """
    with open_file(path) as file, Image.open(file) as image:
        depth = depth_of(image)
        image.load()
        return samples_of(image, image, depth) if depth.bits > 8 else None


def _rgb(image: ImageFile, chosen: Interval | None) -> tuple[Image.Image, Measured | None]:
    depth, measured = depth_of(image), None
    image.load()  # of a TIFF, Pillow knows only now which way up it is
    upright = ImageOps.exif_transpose(image)
    samples = samples_of(image, upright, depth)
    if samples is not None:
        pixels, found = samples.in_eight_bits(chosen if depth.bits > 8 else None)
        upright, measured = Image.fromarray(pixels), found if depth.bits > 8 else None
    elif depth.bits > 8:
        if chosen is not None:
            raise ValueError(f"{depth.bits}-bit colours cannot be read with data.range")
        measured = _of_upper_bits(upright, depth)
    if upright.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in upright.info:
        upright = upright.convert("RGBA")
        white = Image.new("RGBA", upright.size, "white")
        return Image.alpha_composite(white, upright).convert("RGB"), measured
    return _in_srgb(upright, image.info.get("icc_profile")), measured


def _of_upper_bits(image: Image.Image, depth: Depth) -> Measured:
    """Measure 16-bit colours, of which Pillow keeps the upper 8 bits, as nearly as these say."""
    lower = (1 << (depth.bits - 8)) - 1
    extrema = np.array(image.convert("RGB").getextrema()) << (depth.bits - 8)
    return Measured(depth, float(extrema.min()), float(extrema.max() + lower), 3 * image.width * image.height)


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
