"""Decodes many pictures into an image file, and goes on where it was interrupted."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ablation.data.decoding.blocks import Block, Journal
from ablation.data.decoding.decode import decode_page
from ablation.data.decoding.findings import Facts, Findings
from ablation.data.decoding.pages import Page
from ablation.data.decoding.reading import Reading
from ablation.data.decoding.stored import Opened
from ablation.data.decoding.threads import each
from ablation.errors import DataError
from ablation.telling import Tell, silent

_BLOCK = 64  # pictures


class DecodingStoppedError(DataError):
    """Memory ran out; what was decoded before is kept, and the next call goes on there."""


def decode_all(
    pages: Sequence[Page],
    images: np.memmap,
    rows: NDArray[np.int64],
    reading: Reading,
    findings: Findings,
    what: str = "images decoded",
    tell: Tell = silent,
) -> dict[int, str]:
    """Decode `pages[i]` into `images[rows[i]]`, on a few threads.

    What an earlier call had decoded when it was interrupted is not decoded again, as long as it is the same
    pictures, and the pixels are those that were noted then.

    Args:
        pages: as many as `rows`.
        images: (N, C, S, S), a writable map of a file, beside which is noted what is done.
        rows: distinct rows of `images`.
        reading: how pictures become images.
        findings: told of every picture that is decoded.
        what: what is counted.
        tell: told how far it is.

    Returns:
        The reason for each i whose picture could not be read; its row is left as it was.

    Raises:
        DecodingStoppedError: memory ran out.
    """
    journal = Journal(images, pages, rows, reading)
    done = journal.finished()
    blocks = [range(start, min(start + _BLOCK, len(pages))) for start in range(0, len(pages), _BLOCK)]
    waiting = [block for block in blocks if block.start not in done]
    count = sum(block.stop - block.start for block in done.values())
    tell(what, count, len(pages))
    try:
        for block in _decoded(waiting, pages, images, rows, reading):
            journal.add(block)
            done[block.start] = block
            count += block.stop - block.start
            tell(what, count, len(pages))
    except MemoryError:
        raise DecodingStoppedError(
            "memory ran out while images were decoded; close other programs and run the same command: it "
            "goes on where it was"
        ) from None
    broken: dict[int, str] = {}
    for start in sorted(done):
        broken |= done[start].broken
        findings.include(done[start].findings)
    return broken


def _decoded(
    blocks: Sequence[range],
    pages: Sequence[Page],
    images: np.memmap,
    rows: NDArray[np.int64],
    reading: Reading,
) -> Iterator[Block]:
    order = [index for block in blocks for index in block]

    def one(file: Opened, place: int) -> Facts:
        picture = decode_page(file, pages[order[place]].number, reading)
        images[rows[order[place]]] = picture.pixels
        return picture.facts

    results = each([pages[index] for index in order], one)
    for block in blocks:
        yield Block.of(block.start, list(islice(results, len(block))), images, rows[block.start : block.stop])
