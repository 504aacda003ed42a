"""Decodes many pictures on a few threads."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ablation.data.decoding.decode import decode_page
from ablation.data.decoding.findings import Facts, Findings
from ablation.data.decoding.opened import opened
from ablation.data.decoding.pages import Page, runs
from ablation.data.decoding.quiet import quiet
from ablation.data.decoding.reading import Reading
from ablation.data.decoding.stored import Opened
from ablation.telling import Tell, silent, told
from ablation.words import shortened

_BLOCK = 4096  # files handed to the threads at a time
_LONG = 200  # letters of a reason

Result = TypeVar("Result")


def decode_all(
    pages: Sequence[Page],
    images: NDArray[np.uint8],
    rows: NDArray[np.int64],
    reading: Reading,
    findings: Findings,
    what: str = "images decoded",
    tell: Tell = silent,
) -> dict[int, str]:
    """Decode `pages[i]` into `images[rows[i]]`, on a few threads.

    Args:
        pages: as many as `rows`.
        images: (N, 3, S, S), written to.
        rows: distinct rows of `images`.
        reading: how pictures become images.
        findings: told of every picture that is decoded.
        what: what is counted.
        tell: told how far it is.

    Returns:
        The reason for each i whose picture could not be read; its row is left as it was.
    """

    def one(file: Opened, index: int) -> Facts:
        picture = decode_page(file, pages[index].number, reading)
        images[rows[index]] = picture.pixels
        return picture.facts

    broken: dict[int, str] = {}
    for index, result in enumerate(told(each(pages, one), what, len(pages), tell)):
        if isinstance(result, str):
            broken[index] = result
        else:
            findings.add(result)
    return broken


def each(pages: Sequence[Page], one: Callable[[Opened, int], Result]) -> Iterator[Result | str]:
    """Yield what a function makes of each page, on a few threads; or the reason why it could not.

    Args:
        pages: in any order; those of a file are best together.
        one: called with the open file and the position of the page in `pages`.
    """

    def of_file(run: range) -> list[Result | str]:
        results: list[Result | str] = []
        try:
            with opened(pages[run.start].path) as file:
                for index in run:
                    try:
                        results.append(one(file, index))
                    except Exception as error:
                        results.append(_reason(error))
        except Exception as error:
            return [_reason(error)] * len(run)
        return results

    files = runs(pages)
    with quiet(), ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        for start in range(0, len(files), _BLOCK):
            for results in pool.map(of_file, files[start : start + _BLOCK]):
                yield from results


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
