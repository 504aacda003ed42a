"""Does something with many pages of files, on a few threads."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from PIL import Image, UnidentifiedImageError

from ablation.data.decoding.opened import opened_for
from ablation.data.decoding.pages import Page, runs
from ablation.data.decoding.quiet import quiet
from ablation.data.decoding.stored import Opened
from ablation.words import shortened

_BLOCK = 4096  # files handed to the threads at a time
_LONG = 200  # letters of a reason

Result = TypeVar("Result")


def each(pages: Sequence[Page], one: Callable[[Opened, int], Result]) -> Iterator[Result | str]:
    """Yield what a function makes of each page, on a few threads; or the reason why it could not.

    Args:
        pages: in any order; those of a file are best together.
        one: called with the open file and the position of the page in `pages`.
    """

    files = runs(pages)
    with quiet(), ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        for start in range(0, len(files), _BLOCK):
            for results in pool.map(lambda run: _of_file(pages, run, one), files[start : start + _BLOCK]):
                yield from results


def _of_file(pages: Sequence[Page], run: range, one: Callable[[Opened, int], Result]) -> list[Result | str]:
    results: list[Result | str] = []
    try:
        with opened_for(pages[run.start]) as file:
            for index in run:
                try:
                    results.append(one(file, index))
                except Exception as error:
                    results.append(_reason(error))
    except Exception as error:
        return [_reason(error)] * len(run)
    return results


def _reason(error: Exception) -> str:
    """Say why a picture could not be read: decoders raise errors of many kinds on broken files."""
    match error:
        case MemoryError():
            raise error
        case UnidentifiedImageError():
            return "not an image"
        case Image.DecompressionBombError():
            return "too large: over 178 million pixels; save it smaller, or cut it into tiles"
    return shortened(str(error) or type(error).__name__, _LONG)
