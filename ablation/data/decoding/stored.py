"""What a page of an image file is before it becomes an image: as it is stored, upright."""

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ablation.data.channels import RGB
from ablation.data.decoding.samples import Measured, Samples


@dataclass(frozen=True, eq=False)
class Stored:
    """A page as it is stored, upright: of 8 bits a sample, or its samples as they are."""

    picture: Image.Image | Samples
    profile: bytes | None = None  # the colour profile in the file
    measured: Measured | None = None  # where more than 8 bits are 8 already

    @property
    def bands(self) -> int | None:
        """How many channels there are, if they are not those of a grey or colour picture."""
        if isinstance(self.picture, Image.Image) or self.picture.values.ndim == 2:
            return None
        return None if (bands := self.picture.values.shape[2]) == RGB else bands


class Opened(Protocol):
    """An image file that is open."""

    @property
    def pages(self) -> int:
        """How many pictures there are in it."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the page that was turned to, at first of the first."""

    @property
    def bands(self) -> int | None:
        """How many bands the page has, or None if it is a grey or colour picture."""

    def turn_to(self, number: int | None, side: int) -> None:
        """Turn to a page.

        Args:
            number: from 0, or None for the first, whatever follows; pages are read fastest in their order.
            side: pixels that width and height must have at least, where the page has them.
        """

    def read(self, exact: bool) -> Stored:
        """Read the page that was turned to.

        Args:
            exact: whether samples of more than 8 bits must be kept as they are stored.
        """


def refuse_huge(width: int, height: int) -> None:
    """Raise what Pillow does for more pixels than it would decode: a damaged or malicious file could say so.

    Example:
        >>> refuse_huge(1000, 1000)
    """
    if Image.MAX_IMAGE_PIXELS is not None and width * height > 2 * Image.MAX_IMAGE_PIXELS:
        raise Image.DecompressionBombError(f"{width} x {height} pixels are too many")


def turned(samples: Samples, orientation: int) -> Samples:
    """Turn samples as an orientation of EXIF or TIFF says, 1 to 8; others are no orientation, and ignored.

    Example:
        >>> from ablation.data.decoding.samples import Depth
        >>> picture = Samples(np.array([[1, 2], [3, 4]]), Depth(16, (0, 65535)))
        >>> [turned(picture, orientation).values.ravel().tolist() for orientation in (1, 2, 3, 6)]
        [[1, 2, 3, 4], [2, 1, 4, 3], [4, 3, 2, 1], [3, 1, 4, 2]]
    """
    if orientation not in range(2, 9):
        return samples
    # Those from 5 on are transposed first.
    flips = {2: (1,), 3: (0, 1), 4: (0,), 5: (), 6: (1,), 7: (0, 1), 8: (0,)}[orientation]

    def turn(values: NDArray[Any]) -> NDArray[Any]:
        return np.flip(values.swapaxes(0, 1) if orientation >= 5 else values, flips)

    opacity = None if samples.opacity is None else turn(samples.opacity)
    return replace(samples, values=turn(samples.values), opacity=opacity)
