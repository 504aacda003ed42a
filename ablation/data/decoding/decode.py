"""Decodes one picture of any size, mode and depth into channels of 8 bits and one size."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ablation.data.channels import RGB
from ablation.data.decoding.findings import Facts
from ablation.data.decoding.fit import fit, fit_array
from ablation.data.decoding.opened import opened_for
from ablation.data.decoding.pages import Page
from ablation.data.decoding.reading import Intervals, Reading
from ablation.data.decoding.room import PIXELS, Room
from ablation.data.decoding.samples import Measured, Samples
from ablation.data.decoding.stored import Opened, Stored

_ROOM = Room(PIXELS)


@dataclass(frozen=True, eq=False)
class Picture:
    """What is decoded of a page."""

    pixels: NDArray[np.uint8]  # (C, S, S)
    facts: Facts


def decode(page: Page, reading: Reading) -> Picture:
    """Read a picture from its file.

    Raises:
        Exception: as of `decode_page`, or the file cannot be opened.
    """
    with opened_for(page) as file:
        return decode_page(file, page.number, reading)


def decode_page(file: Opened, number: int | None, reading: Reading) -> Picture:
    """Read a page of an open file, or its first page if the number is None.

    The EXIF orientation is applied. Transparency becomes white; one channel becomes three equal ones; bands
    that are neither grey nor colours stay as they are. More than 8 bits are scaled from `reading.range`, else
    from the full range that the file says it stores, never from the range of one image. An embedded colour
    profile is converted to sRGB; CMYK without one and palettes as Pillow does it. What changes pixels also
    changes `DECODER` in ablation/data/fingerprint.py.

    Raises:
        Exception: one of many, if the file is not a complete image; ValueError for 32-bit pixels without
            `reading.range`.
    """
    with turned_to(file, number, 3 * reading.size):
        stored = file.read(exact=reading.range is not None)
        if stored.bands is not None:
            return _of_bands(stored, reading, _pages(file) if number is None else 1)
        if reading.channels not in (1, RGB):
            raise ValueError(_other_channels("is grey or RGB", reading.channels))
        picture, measured = _eight_bits(stored, reading.range)
        rgb, as_said = _in_srgb(_opaque(picture), stored.profile)
        pixels = fit(rgb, reading.size, reading.resize, reading.channels)
    pages = _pages(file) if number is None else 1
    return Picture(pixels, Facts(measured, pages, damaged_profile=not as_said))


@contextmanager
def turned_to(file: Opened, number: int | None, side: int) -> Iterator[None]:
    """Turn to a page, and wait until there is room in memory for all of its pixels."""
    file.turn_to(number, side)
    width, height = file.size
    with _ROOM.for_(width * height * max(1, (file.bands or RGB) // RGB)):
        yield


def _of_bands(stored: Stored, reading: Reading, pages: int) -> Picture:
    """Decode a picture whose channels are not those of a colour space."""
    assert isinstance(stored.picture, Samples)
    if stored.bands != reading.channels:
        raise ValueError(_other_channels(f"has {stored.bands} channels", reading.channels))
    deep = stored.picture.depth.bits > 8
    bands, measured = stored.picture.in_eight_bits(reading.range if deep else None)
    pixels = fit_array(bands, reading.size, reading.resize, reading.channels)
    return Picture(pixels, Facts(measured if deep else None, pages))


def _other_channels(has: str, wanted: int) -> str:
    return f"{has}, and {wanted} channels are wanted; data.channels says how many"


def _eight_bits(stored: Stored, chosen: Intervals | None) -> tuple[Image.Image, Measured | None]:
    if not isinstance(stored.picture, Samples):
        return stored.picture, stored.measured
    deep = stored.picture.depth.bits > 8
    pixels, measured = stored.picture.in_eight_bits(chosen if deep else None)
    return Image.fromarray(pixels), measured if deep else None


def _pages(file: Opened) -> int:
    try:
        return file.pages
    except Exception:  # of many kinds: pages that are not used may be damaged
        return 1


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode not in ("RGBA", "LA", "PA", "RGBa", "La") and "transparency" not in image.info:
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, bool]:
    """Convert to sRGB by the colour profile in the file; say whether that was possible, or not needed."""
    if image.mode not in ("RGB", "L", "CMYK"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    if profile is None:
        return image.convert("RGB"), True
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(own):
            return image.convert("RGB"), True
        converted = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):  # damaged, or of another colour space than the pixels
        return image.convert("RGB"), False
    return (image.convert("RGB"), False) if converted is None else (converted, True)
