"""Files of several pictures: pages of a TIFF, frames of an animation or a video."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, Protocol

from ablation.data.extras import VIDEO_SUFFIXES


class Embedded(Protocol):
    """An image file that lies in another file, such as in a row of a table; hashable, and named by `str`."""

    @property
    def suffix(self) -> str:
        """The end of its name, with the dot, or nothing."""

    def open(self) -> IO[bytes]:
        """Open it for reading."""


File = Path | Embedded


def file_name(file: File, root: Path) -> str:
    """Name an image file in a sentence.

    Example:
        >>> file_name(Path("photos/a/1.tif"), Path("photos"))
        'a/1.tif'
    """
    return file.relative_to(root).as_posix() if isinstance(file, Path) else str(file)


@dataclass(frozen=True, slots=True)  # there may be a million
class Page:
    """A picture of a file."""

    path: File
    number: int | None = None  # from 0; None: the file is one picture, which is its first page
    stacked: bool = False  # or whose channels are its pages

    def name(self, root: Path) -> str:
        """Name the picture in a sentence.

        Example:
            >>> Page(Path("photos/a/1.tif"), 2).name(Path("photos"))
            'a/1.tif, page 3'
        """
        file = file_name(self.path, root)
        what = "frame" if self.path.suffix.lower() in VIDEO_SUFFIXES else "page"
        return file if self.number is None else f"{file}, {what} {self.number + 1}"


def runs(pages: Sequence[Page]) -> list[range]:
    """Return the positions of pages that follow each other and are of one file, which is opened once.

    Example:
        >>> one, two = Path("1.tif"), Path("2.tif")
        >>> runs([Page(one, 0), Page(one, 1), Page(two)])
        [range(0, 2), range(2, 3)]
    """
    starts = [i for i, page in enumerate(pages) if i == 0 or page.path != pages[i - 1].path]
    return [range(*both) for both in pairwise([*starts, len(pages)])]
