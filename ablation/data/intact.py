"""Whether a prepared folder is as it was written: a bad disk, or somebody else, may have changed it."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from ablation.data.hashes import sha256
from ablation.errors import DataError
from ablation.files import read_file, stamp

META = "meta.json"  # the folder's record
DAMAGED = (OSError, ValueError, LookupError, TypeError, AttributeError)  # what reading such a folder raises

_Stamps = tuple[tuple[int, ...], ...]


class DamagedImagesError(DataError):
    """Decoded images are damaged, or were changed while they were used."""


def is_whole(folder: Path) -> bool:
    """Whether all files of a prepared folder are there, with their sizes."""
    try:
        return all((folder / name).stat().st_size == size for name, (size, _) in _read(folder).items())
    except DAMAGED:
        return False


def is_intact(folder: Path) -> bool:
    """Whether all files of a prepared folder have their SHA-256; reads all of them."""
    try:
        return is_whole(folder) and all(
            sha256(folder / name) == digest for name, (_, digest) in _read(folder).items()
        )
    except DAMAGED:
        return False


def is_usable(folder: Path) -> bool:
    """Whether a prepared folder is intact; a process reads its files again only when they have changed."""
    stamps = _stamps(folder)
    try:
        return stamps is not None and _intact_as_of(folder, stamps)
    except ValueError:
        return False


@contextmanager
def unchanged(folder: Path) -> Iterator[None]:
    """Watch a prepared folder while it is used.

    Raises:
        DamagedImagesError: its files are damaged, or are changed meanwhile. They may be deleted: what was
            opened can still be read.
    """
    before = _stamps(folder)
    if not is_usable(folder):
        raise DamagedImagesError(f"{folder}: the decoded images are damaged")
    yield
    if _stamps(folder) not in (before, None):
        raise DamagedImagesError(f"{folder}: the decoded images were changed while they were used")


def digest_of(meta: dict[str, Any]) -> str:
    """Return the SHA-256 of a folder's record, without that entry."""
    return hashlib.sha256(json.dumps(meta, sort_keys=True).encode()).hexdigest()


def _read(folder: Path) -> dict[str, tuple[int, str]]:
    """Read the bytes and SHA-256 of each file from the folder's record, which is written last."""
    meta = json.loads(read_file(folder / META))
    if meta.pop("sha256") != digest_of(meta):
        raise ValueError
    return meta["files"]  # type: ignore[no-any-return]


def _stamps(folder: Path) -> _Stamps | None:
    try:
        return tuple(stamp(folder / name) for name in (META, *sorted(_read(folder))))
    except DAMAGED:
        return None


@lru_cache(maxsize=64)
def _intact_as_of(folder: Path, _: _Stamps) -> bool:
    if not is_intact(folder):
        raise ValueError(folder)  # which is not cached: the folder is made again
    return True
