"""Whether a video file has fewer bytes than it says: its frames would seem to be fewer."""

import os
from collections.abc import Iterator
from typing import IO

_EBML, _SEGMENT = bytes.fromhex("1a45dfa3"), bytes.fromhex("18538067")  # of Matroska and WebM
# Outermost boxes of MP4 and QuickTime.
_KINDS = frozenset(
    {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid", b"meta", b"udta"}
    | {b"moof", b"mfra", b"sidx", b"styp", b"ssix", b"emsg", b"prft"}
)
_BOXES = 100_000  # looked at; a file of fragments has one for each


def cut_short(file: IO[bytes]) -> bool:
    """Whether the outermost parts of an MP4, QuickTime, Matroska, WebM or AVI file end after the file.

    The file is at its start afterwards.

    Example:
        >>> from io import BytesIO
        >>> [cut_short(BytesIO(b"RIFF\\x08\\0\\0\\0AVI " + rest)) for rest in (b"LIST", b"LI")]
        [False, True]
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    start = file.read(12)
    if start[:4] == b"RIFF":
        end = 8 + int.from_bytes(start[4:8], "little")
    elif start[:4] == _EBML:
        end = max(_elements(file, size), default=0)
    elif start[4:8] in _KINDS:
        end = max(_boxes(file, size), default=0)
    else:
        end = 0
    file.seek(0)
    return end > size


def _elements(file: IO[bytes], size: int) -> Iterator[int]:
    """Yield where the header of a Matroska file ends, then its segment, if that says its length."""
    file.seek(0)
    for name in (_EBML, _SEGMENT):
        if file.read(4) != name:
            return
        first = file.read(1)
        more = 8 - first[0].bit_length() if first else 8
        if more > 7:
            return
        length = int.from_bytes(bytes([first[0] & (0x7F >> more)]) + file.read(more), "big")
        if length == (1 << (7 * (more + 1))) - 1:  # not known when it was written
            return
        end = file.tell() + length
        yield end
        if end >= size:
            return
        file.seek(end)


def _boxes(file: IO[bytes], size: int) -> Iterator[int]:
    """Yield where each outermost box of an MP4 or QuickTime file ends."""
    at = 0
    for _ in range(_BOXES):
        file.seek(at)
        head = file.read(16)
        length, header = int.from_bytes(head[:4], "big"), 8
        if length == 1:
            length, header = int.from_bytes(head[8:], "big"), 16
        # A length of 0 is up to the end; what is no box may follow the last.
        if length < header or head[4:8] not in _KINDS:
            return
        at += length
        yield at
        if at >= size:
            return
