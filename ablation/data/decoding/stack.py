"""A file whose pages are the channels of one picture, as microscopes write them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ablation.data.channels import RGB
from ablation.data.decoding.samples import Depth, Samples
from ablation.data.decoding.stored import Opened, Stored
from ablation.grid.limits import CHANNELS
from ablation.words import counted

_GREY = ("1", "L")  # modes of Pillow


class Stack:
    """An open file seen as one picture of as many channels as it has pages; all must be grey and alike."""

    def __init__(self, file: Opened) -> None:
        self._file = file

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the first page, as stored."""
        return self._file.size

    @property
    def pages(self) -> int:
        """One: they are channels."""
        return 1

    @property
    def bands(self) -> int | None:
        """How many channels there are, or None for one or three, which are grey and colours."""
        return None if (pages := self._file.pages) in (1, RGB) else pages

    def turn_to(self, number: int | None, side: int) -> None:
        """Do nothing: all pages are read."""

    def read(self, exact: bool) -> Stored:
        """Read all pages as channels.

        Raises:
            ValueError: a page is not grey or of another size or depth than the first, or there are too many.
        """
        del exact  # samples are kept
        count = self._file.pages
        if count > CHANNELS:
            raise ValueError(f"has {counted(count, 'page')}, and images have at most {CHANNELS} channels")
        channels: list[NDArray[Any]] = []
        depths: list[Depth] = []
        for page in range(count):
            self._file.turn_to(page, 0)
            values, depth = _grey(self._file.read(exact=True).picture, page)
            if channels and (values.shape != channels[0].shape or depth != depths[0]):
                raise ValueError(f"page {page + 1} is of another size or depth than the first")
            channels.append(values)
            depths.append(depth)
        return Stored(Samples(channels[0] if count == 1 else np.stack(channels, axis=-1), depths[0]))


def _grey(picture: Image.Image | Samples, page: int) -> tuple[NDArray[Any], Depth]:
    """Return the values of a grey page, (H, W), and how they are stored."""
    if isinstance(picture, Samples) and picture.values.ndim == 2 and picture.opacity is None:
        return picture.values, picture.depth
    if isinstance(picture, Image.Image) and picture.mode in _GREY:
        return np.asarray(picture.convert("L")), Depth(8, (0, 255))
    raise ValueError(f'page {page + 1} is not grey and cannot be a channel (data.pages = "channels")')
