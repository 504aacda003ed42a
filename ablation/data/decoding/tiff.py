"""TIFF files that Pillow cannot read, or not to the last bit, read by tifffile (the extra `tiff`)."""

import logging
import os
from collections.abc import Sequence
from functools import cached_property
from math import prod
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ablation.data.decoding.bands import bands_of
from ablation.data.decoding.depth import interval_of
from ablation.data.decoding.samples import Depth, Samples
from ablation.data.decoding.stored import Stored, refuse_huge, turned
from ablation.data.extras import install, installed

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # that a file begins with; the latter two are BigTIFF
PREVIEW_OR_MASK = 1 | 4  # bits of the subfile type
_ORIENTATION, _PROFILE = 274, 34675  # tags
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2  # of the photometric interpretation
_PREMULTIPLIED, _ALPHA = 1, 2  # of the extra samples


class TiffFile:
    """A TIFF file that is open.

    Raises:
        ValueError: tifffile is not installed, or cannot read the file.
    """

    def __init__(self, file: IO[bytes]) -> None:
        if not installed("tiff"):
            raise ValueError(f"Pillow cannot read this kind of TIFF: {install('tiff')}")
        import tifffile

        # It logs what it then raises, and where nobody listens, logging prints.
        logging.getLogger("tifffile").addHandler(logging.NullHandler())
        self._bytes = file.seek(0, os.SEEK_END)
        file.seek(0)
        self._file: Any = tifffile.TiffFile(file)
        self._page: Any = self._file.pages[0]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the page, as stored."""
        return int(self._page.imagewidth), int(self._page.imagelength)

    @property
    def pages(self) -> int:
        """How many pictures there are in it; previews and masks are none."""
        return len(self._pages)

    @property
    def bands(self) -> int | None:
        """How many bands the page has, or None if it is a grey or colour picture."""
        page = self._page
        return bands_of(int(page.photometric), int(page.samplesperpixel), tuple(page.extrasamples))

    def turn_to(self, number: int | None, side: int) -> None:
        """Turn to a page, as `Opened` says."""
        del side  # pages are decoded whole
        self._page = self._file.pages[0] if number is None else self._pages[number]

    def read(self, exact: bool) -> Stored:
        """Read the page, as `Opened` says."""
        del exact  # they are decoded to the last bit
        page = self._page
        refuse_huge(page.imagewidth, page.imagelength * page.samplesperpixel)
        _refuse_cut(page, self._bytes)
        values = page.asarray(maxworkers=1)
        if page.axes == "SYX":
            values = values.transpose(1, 2, 0)
        elif page.axes not in ("YX", "YXS"):
            raise ValueError(f"its axes are {page.axes}, which are not those of a picture")
        samples = _samples(values, page, self.bands)
        orientation, profile = page.tags.get(_ORIENTATION), page.tags.get(_PROFILE)
        return Stored(
            turned(samples, 1 if orientation is None else int(orientation.value)),
            None if profile is None else profile.value,
        )

    @cached_property
    def _pages(self) -> Sequence[Any]:
        pages = [page for page in self._file.pages if not int(page.subfiletype) & PREVIEW_OR_MASK]
        return pages or [self._file.pages[0]]


def _refuse_cut(page: Any, size: int) -> None:
    """Raise ValueError where pixels are missing, of which tifffile would make black ones."""
    ends = (start + count for start, count in zip(page.dataoffsets, page.databytecounts, strict=True))
    if len(page.dataoffsets) != prod(page.chunked) or max(ends, default=0) > size:
        raise ValueError("the file is cut short")


def _samples(values: NDArray[Any], page: Any, many: int | None) -> Samples:
    photometric, extra, bits = int(page.photometric), tuple(page.extrasamples), int(page.bitspersample)
    if photometric not in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB) or values.dtype.kind not in "iuf":
        raise ValueError("neither grey nor RGB; save it as one of these")
    bands = values[..., None] if values.ndim == 2 else values
    colours = 3 if photometric == _RGB or bands.shape[-1] == 3 else 1
    if bands.shape[-1] < colours:
        raise ValueError(f"{bands.shape[-1]} channels are neither grey nor RGB")
    depth = Depth(
        bits,
        interval_of(bits, values.dtype.kind == "i", values.dtype.kind in "iu"),
        photometric == _WHITE_IS_ZERO,
    )
    if many is not None:
        return Samples(bands, depth)
    picture, opacity = bands[..., :colours], None
    if extra and extra[0] in (_PREMULTIPLIED, _ALPHA) and depth.interval is not None:
        opacity = bands[..., colours] / depth.interval[1]
        if extra[0] == _PREMULTIPLIED:
            straight = picture / np.maximum(opacity, 1 / depth.interval[1])[..., None]
            picture = np.rint(straight).clip(*depth.interval).astype(np.int64)
    return Samples(picture[..., 0] if colours == 1 else picture, depth, opacity)
