"""`data.pages`: which pages of files are pictures of the data set."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ablation.data.copies import Ids
from ablation.data.decoding.pages import File, Page
from ablation.data.decoding.threads import each
from ablation.grid.data import OwnImages
from ablation.words import counted


@dataclass(frozen=True, eq=False)
class Used:
    """The pictures of a data set, and the file that each is of."""

    pages: tuple[Page, ...]
    files: Ids  # (N,), positions among the files
    notes: tuple[str, ...] = ()

    @property
    def several(self) -> bool:
        """Whether a file has more than one picture."""
        return bool(len(self.files)) and int(self.files[-1]) + 1 < len(self.files)


def used_pages(data: OwnImages, files: Sequence[File], frames: Sequence[range] | None = None) -> Used:
    """Return the first page of each file, or all of them as its channels, or each by itself.

    For the latter, every file is opened to count its pages.

    A file whose pages cannot be counted is left to decoding, which says why.

    Args:
        data: says which.
        files: of the data set.
        frames: of each file that is a video, those to use, whatever `data` says; none of another.
    """
    if frames is not None and any(map(len, frames)):
        return _with_videos(data, files, frames)
    first = tuple(Page(path, stacked=data.pages == "channels") for path in files)
    if data.pages != "all":
        return Used(first, np.arange(len(files)))
    found = [*each(first, lambda file, _: file.pages)]
    counts = [1 if isinstance(pages, str) else pages for pages in found]
    pages = tuple(
        Page(path, None if alone == 1 else number)
        for path, alone, count in zip(files, found, counts, strict=True)
        for number in range(count)
    )
    several, all_pages = sum(count > 1 for count in counts), sum(count for count in counts if count > 1)
    told = f"{counted(several, 'file')} {'has' if several == 1 else 'have'} several pages, {all_pages} in all"
    notes = (f"{told}; each is an image, and those of one file stay together",) if several else ()
    return Used(pages, np.repeat(np.arange(len(files)), counts), notes)


def _with_videos(data: OwnImages, files: Sequence[File], frames: Sequence[range]) -> Used:
    others = [place for place, of_video in enumerate(frames) if not of_video]
    used = used_pages(data, [files[place] for place in others])
    pages = [
        [Page(path, number) for number in of_video] for path, of_video in zip(files, frames, strict=True)
    ]
    for page, file in zip(used.pages, used.files.tolist(), strict=True):
        pages[others[file]].append(page)
    counts = [len(of_file) for of_file in pages]
    return Used(
        tuple(page for of_file in pages for page in of_file),
        np.repeat(np.arange(len(files)), counts),
        used.notes,
    )
