"""An image file that is open: how many pages it has, and each of them as it is stored."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image, ImageOps
from PIL.ImageFile import ImageFile

from ablation.data.sources.depth import depth_of, samples_of
from ablation.data.sources.samples import Depth, Measured, Samples
from ablation.files import open_file

# Of the frames of a JPEG (MPO), as telephones write them, all but the first are previews and the like.
_PAGED = frozenset({"TIFF", "GIF", "PNG", "WEBP", "AVIF"})
_SUBFILE, _PREVIEW_OR_MASK = 254, 1 | 4  # a tag of TIFF, and its bits


@dataclass(frozen=True, eq=False)
class Stored:
    """A page as it is stored, upright: of 8 bits a sample, or its samples as they are."""

    picture: Image.Image | Samples
    profile: bytes | None = None  # the colour profile in the file
    measured: Measured | None = None  # where more than 8 bits are 8 already


class Opened(Protocol):
    """An image file that is open."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the first page, as stored."""

    @property
    def pages(self) -> int:
        """How many pictures there are in it."""

    def read(self, number: int | None, side: int, exact: bool) -> Stored:
        """Read a page.

        Args:
            number: from 0, or None for the first, whatever follows; pages are read fastest in their order.
            side: pixels that width and height must have at least, where the page has them.
            exact: whether samples of more than 8 bits must be kept as they are stored.
        """


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open an image file.

    Raises:
        OSError: as of `open_file`; UnidentifiedImageError if it is none of the kinds that are known.
    """
    with open_file(path) as file, Image.open(file) as image:
        yield _Pillow(image)


class _Pillow:
    """An image file that Pillow reads."""

    def __init__(self, image: ImageFile) -> None:
        self._image = image

    @property
    def size(self) -> tuple[int, int]:
        return self._image.size

    @property
    def pages(self) -> int:
        return len(self._frames)

    def read(self, number: int | None, side: int, exact: bool) -> Stored:
        image = self._image
        if number is not None:
            image.seek(self._frames[number])
        image.draft(None, (side, side))  # allows a JPEG to be decoded at a fraction of its size
        depth, measured = depth_of(image), None
        image.load()  # of a TIFF, Pillow knows only now which way up it is
        upright = ImageOps.exif_transpose(image)
        profile = image.info.get("icc_profile")
        if (samples := samples_of(image, upright, depth)) is not None:
            return Stored(samples, profile)
        if depth.bits > 8:
            if exact:
                raise ValueError(f"{depth.bits}-bit colours cannot be read with data.range")
            measured = _of_upper_bits(upright, depth)
        return Stored(upright, profile, measured)

    @cached_property
    def _frames(self) -> Sequence[int]:
        image = self._image
        count = getattr(image, "n_frames", 1) if image.format in _PAGED else 1
        if count == 1 or image.format != "TIFF":
            return range(count)
        at, pictures = image.tell(), []
        for frame in range(count):
            image.seek(frame)
            if not image.tag_v2.get(_SUBFILE, 0) & _PREVIEW_OR_MASK:  # type: ignore[attr-defined]
                pictures.append(frame)
        image.seek(at)
        return pictures or range(1)


def _of_upper_bits(image: Image.Image, depth: Depth) -> Measured:
    """Measure 16-bit colours, of which Pillow keeps the upper 8 bits, as nearly as these say."""
    lower = (1 << (depth.bits - 8)) - 1
    extrema = np.array(image.convert("RGB").getextrema()) << (depth.bits - 8)
    return Measured(depth, float(extrema.min()), float(extrema.max() + lower), 3 * image.width * image.height)
