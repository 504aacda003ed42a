"""Decodes many image files on a few threads."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import UnidentifiedImageError

from ablation.data.sources.decode import decode
from ablation.data.sources.findings import Facts, Findings
from ablation.data.sources.reading import Reading
from ablation.telling import Tell, silent, told

_BLOCK = 4096  # files handed to the threads at a time

Result = TypeVar("Result")


def decode_all(
    files: Sequence[Path],
    images: NDArray[np.uint8],
    rows: NDArray[np.int64],
    reading: Reading,
    findings: Findings,
    what: str = "images decoded",
    tell: Tell = silent,
) -> dict[int, str]:
    """Decode `files[i]` into `images[rows[i]]`, on a few threads.

    Args:
        files: as many as `rows`.
        images: (N, 3, S, S), written to.
        rows: distinct rows of `images`.
        reading: how files become images.
        findings: told of every image that is decoded.
        what: what is counted.
        tell: told how far it is.

    Returns:
        The reason for each i whose file could not be read; its row is left as it was.
    """

    def one(index: int) -> Facts:
        picture = decode(files[index], reading)
        images[rows[index]] = picture.pixels
        return picture.facts

    broken: dict[int, str] = {}
    results = told(on_threads(one, len(files)), what, len(files), tell)
    for index, result in enumerate(results):
        if isinstance(result, str):
            broken[index] = result
        else:
            findings.add(result)
    return broken


def on_threads(one: Callable[[int], Result], count: int) -> Iterator[Result | str]:
    """Yield what a function makes of 0, 1, … count − 1, in order; or the reason why it could not.

    Example:
        >>> list(on_threads(lambda index: 1 / index, 2))
        ['division by zero', 1.0]
    """

    def safely(index: int) -> Result | str:
        try:
            return one(index)
        except MemoryError:
            raise
        except UnidentifiedImageError:
            return "not an image"
        except Exception as error:  # decoders raise errors of many kinds on broken files
            return str(error) or type(error).__name__

    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        for start in range(0, count, _BLOCK):
            yield from pool.map(safely, range(start, min(start + _BLOCK, count)))
