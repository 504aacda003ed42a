"""Image files that Pillow reads."""

from collections.abc import Sequence
from functools import cached_property
from typing import IO

import numpy as np
from PIL import Image, ImageOps
from PIL.ImageFile import ImageFile

from ablation.data.decoding.depth import depth_of, keeps_samples, samples_of
from ablation.data.decoding.exact import exact_colours
from ablation.data.decoding.samples import Depth, Measured
from ablation.data.decoding.stored import Stored
from ablation.data.decoding.tiff import PREVIEW_OR_MASK, TiffFile

# Of the frames of a JPEG (MPO), as telephones write them, all but the first are previews and the like.
_PAGED = frozenset({"TIFF", "GIF", "PNG", "WEBP", "AVIF"})
_SUBFILE, _PLANAR = 254, 284  # tags of TIFF


class PillowFile:
    """An image file that is open; frames of an animation and pages of a TIFF are pages."""

    def __init__(self, file: IO[bytes], image: ImageFile) -> None:
        self._file, self._image = file, image
        self._number: int | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the page, as stored."""
        return self._image.size

    @property
    def pages(self) -> int:
        """How many pictures there are in it."""
        return len(self._frames)

    @property
    def bands(self) -> None:
        """None: it is a grey or colour picture."""
        return None

    def turn_to(self, number: int | None, side: int) -> None:
        """Turn to a page, as `Opened` says."""
        if number is not None:
            self._image.seek(self._frames[number])
        self._number = number
        self._image.draft(None, (side, side))  # allows a JPEG to be decoded at a fraction of its size

    def read(self, exact: bool) -> Stored:
        """Read the page, as `Opened` says."""
        image = self._image
        depth, measured = depth_of(image), None
        lossy = depth.bits > 8 and not keeps_samples(image)
        if lossy and image.format == "TIFF" and (exact or _in_planes(image)):
            self._tiff.turn_to(self._number, 0)
            return self._tiff.read(exact)
        image.load()  # of a TIFF, Pillow knows only now which way up it is
        upright = ImageOps.exif_transpose(image)
        profile = image.info.get("icc_profile")
        if (samples := samples_of(image, upright, depth)) is not None:
            return Stored(samples, profile)
        if lossy:
            if exact or "transparency" in image.info:  # one colour of 16 bits is transparent
                return Stored(exact_colours(self._file, image, depth), profile)
            measured = _of_upper_bits(upright, depth)
        return Stored(upright, profile, measured)

    @cached_property
    def _tiff(self) -> TiffFile:
        return TiffFile(self._file)

    @cached_property
    def _frames(self) -> Sequence[int]:
        image = self._image
        count = getattr(image, "n_frames", 1) if image.format in _PAGED else 1
        if count == 1 or image.format != "TIFF":
            return range(count)
        at, pictures = image.tell(), []
        for frame in range(count):
            image.seek(frame)
            if not image.tag_v2.get(_SUBFILE, 0) & PREVIEW_OR_MASK:  # type: ignore[attr-defined]
                pictures.append(frame)
        image.seek(at)
        return pictures or range(1)


def _in_planes(image: ImageFile) -> bool:
    """Whether the channels of a TIFF lie one after the other; of more than 8 bits, Pillow misreads them."""
    return bool(image.tag_v2.get(_PLANAR, 1) == 2)  # type: ignore[attr-defined]


def _of_upper_bits(image: Image.Image, depth: Depth) -> Measured:
    """Measure 16-bit colours, of which Pillow keeps the upper 8 bits, as nearly as these say."""
    lower = (1 << (depth.bits - 8)) - 1
    extrema = np.array(image.convert("RGB").getextrema()) << (depth.bits - 8)
    return Measured(depth, float(extrema.min()), float(extrema.max() + lower), 3 * image.width * image.height)
