"""Decodes blocks of pictures in processes, each straight into the image file that all of them share."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import current_process
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from ablation.data.decoding.blocks import Block
from ablation.data.decoding.decode import decode_page
from ablation.data.decoding.findings import Facts
from ablation.data.decoding.opened import opened
from ablation.data.decoding.pages import Page
from ablation.data.decoding.quiet import quiet
from ablation.data.decoding.reading import Reading
from ablation.data.decoding.stored import Opened
from ablation.data.decoding.threads import each_here
from ablation.errors import DataError
from ablation.processes import Killed, in_processes

# Threads share Python's lock, which small pictures hold most of the time, but need no second to start.
_MANY = 10_000  # pictures
_SMALL = 256**2  # pixels of the median picture
_LOOKED_AT = 32  # pictures whose size is read
_MOST = 16  # processes


class DecodingStoppedError(DataError):
    """Memory ran out; what was decoded before is kept, and the next call goes on there."""


@dataclass(frozen=True, eq=False)
class _Task:
    start: int
    pages: tuple[Page, ...]
    rows: NDArray[np.int64]
    file: Path  # of images
    reading: Reading


def worker_count(pages: Sequence[Page]) -> int:
    """Return how many processes decode these pictures fastest: 0 where threads do."""
    # A daemon may not have children; a worker of Dask is one.
    if len(pages) < _MANY or current_process().daemon or _typical_pixels(pages) > _SMALL:
        return 0
    from loky import cpu_count  # respects the limits of containers

    cores = min(_MOST, int(cpu_count()))
    return cores if cores > 1 else 0


def _typical_pixels(pages: Sequence[Page]) -> float:
    found = [0]
    for page in pages[:: -(-len(pages) // _LOOKED_AT)]:
        try:
            with quiet(), opened(page.path) as file:
                width, height = file.size
        except Exception:  # one of many; decoding says which files it skips
            continue
        found.append(width * height)
    return median(found)


def in_workers(
    blocks: Sequence[range],
    pages: Sequence[Page],
    images: np.memmap,
    rows: NDArray[np.int64],
    reading: Reading,
    workers: int,
) -> Iterator[Block]:
    """Decode blocks of pictures, and yield them as they are done.

    Raises:
        DecodingStoppedError: a process was killed, as the system does where memory runs out.
    """
    waiting, file = iter(blocks), Path(str(images.filename))

    def ask() -> _Task | None:
        block = next(waiting, None)
        if block is None:
            return None
        of_block = slice(block.start, block.stop)
        return _Task(block.start, tuple(pages[of_block]), rows[of_block], file, reading)

    done: Generator[tuple[_Task, Block | Killed], None, None]
    with closing(in_processes(_decode, ask, workers, ahead=workers)) as done:
        for _, block in done:
            if isinstance(block, Killed):
                raise DecodingStoppedError(
                    f"a process that decoded images was killed ({block.reason}), perhaps because memory ran "
                    "out; close other programs and run the same command: it goes on where it was"
                )
            yield block


def into(
    images: NDArray[np.uint8], pages: Sequence[Page], rows: NDArray[np.int64], reading: Reading
) -> Callable[[Opened, int], Facts]:
    """Return what decodes `pages[i]` of an open file into `images[rows[i]]`."""

    def one(file: Opened, index: int) -> Facts:
        picture = decode_page(file, pages[index].number, reading)
        images[rows[index]] = picture.pixels
        return picture.facts

    return one


def _decode(task: _Task) -> Block:
    images = np.load(task.file, mmap_mode="r+")
    results = list(each_here(task.pages, into(images, task.pages, task.rows, task.reading)))
    return Block.of(task.start, results, images, task.rows)
