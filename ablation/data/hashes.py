"""SHA-256 of files, remembered until a file is touched."""

import contextlib
import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ablation.data.cache import cache_folder
from ablation.errors import DataError
from ablation.files import open_file
from ablation.telling import Tell, silent, told

# A file can change twice within one tick of the file system's clock (2 s on FAT) and keep its time, so a
# file younger than this is not remembered.
AT_REST = 3_000_000_000  # nanoseconds

# A file: both halves of the hash of what identifies it, and its SHA-256.
_ENTRY = np.dtype([("key", "<u8"), ("check", "<u8"), ("digest", "u1", 32)])
_SUM = 32  # bytes of the SHA-256 of all entries, before them


def content_hashes(files: Sequence[Path], remembered_for: Path, tell: Tell = silent) -> list[str]:
    """Return the SHA-256 of each file's bytes, without reading files whose signature is known.

    Args:
        files: the files to hash.
        remembered_for: what the files belong to; its hashes are remembered in one cache file.
        tell: told how many are read.

    Raises:
        DataError: a file cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "a.png"
        ...     _ = file.write_bytes(b"pixels")
        ...     content_hashes([file], remembered_for=Path(folder)) == [sha256(file)]
        True
    """
    memory = _memory(remembered_for)
    known = _recall(memory)
    hashes: list[str] = []
    fresh = np.zeros(len(files), dtype=_ENTRY)
    count, now = 0, time.time_ns()
    try:
        for file in told(files, "image files read", len(files), tell):
            try:
                status = file.stat()
                key = _key(file, status)
                digest = known.get(key) or sha256(file)
            except OSError as error:
                raise DataError(f"{file}: cannot be read: {error.strerror}") from None
            hashes.append(digest)
            if all(abs(now - changed) > AT_REST for changed in (status.st_mtime_ns, status.st_ctime_ns)):
                fresh[count] = (*key, np.frombuffer(bytes.fromhex(digest), np.uint8))
                count += 1
    finally:
        fresh = fresh[:count]
        if len(hashes) < len(files):  # Ctrl-C: files that were not reached are still known
            fresh = np.concatenate([fresh, known.entries])
        fresh = fresh[np.unique(fresh["key"], return_index=True)[1]]
        if not np.array_equal(fresh, known.entries):
            _remember(memory, fresh)
    return hashes


def sha256(file: Path) -> str:
    """Read a file and return the SHA-256 of its bytes, in hexadecimal.

    Raises:
        OSError: the file cannot be read.
    """
    with open_file(file) as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


@dataclass(frozen=True, eq=False)
class _Known:
    """What is remembered, sorted by key: 48 bytes a file, where a dictionary would take half a kilobyte."""

    entries: NDArray[np.void]  # (N,)

    def get(self, key: tuple[int, int]) -> str | None:
        keys = self.entries["key"]
        place = int(np.searchsorted(keys, np.uint64(key[0])))
        if place == len(keys) or (int(keys[place]), int(self.entries["check"][place])) != key:
            return None
        return bytes(self.entries["digest"][place]).hex()


def _key(file: Path, status: os.stat_result) -> tuple[int, int]:
    """Return a hash of a file's path, bytes, and when content and file last changed."""
    # The modification time can be set back, for example by `cp -p`; the change time cannot.
    signature = f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} ".encode()
    digest = hashlib.blake2b(signature + os.fsencode(file.absolute()), digest_size=16).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")


def _memory(root: Path) -> Path:
    name = hashlib.sha256(os.fsencode(root.absolute())).hexdigest()[:16]
    return cache_folder() / "hashes" / f"{name}.bin"


def _recall(memory: Path) -> _Known:
    # Whatever is missing or damaged is computed again, which costs nothing but time.
    try:
        content = memory.read_bytes()
        if hashlib.sha256(content[_SUM:]).digest() != content[:_SUM]:
            raise ValueError
        return _Known(np.frombuffer(content, _ENTRY, offset=_SUM))
    except (OSError, ValueError):
        return _Known(np.zeros(0, _ENTRY))


def _remember(memory: Path, fresh: NDArray[np.void]) -> None:
    temporary = memory.with_name(f".{memory.stem}.{os.getpid()}.tmp")
    with contextlib.suppress(OSError):  # a cache that cannot be written costs time, but changes no number
        memory.parent.mkdir(parents=True, exist_ok=True)
        content = fresh.tobytes()
        temporary.write_bytes(hashlib.sha256(content).digest() + content)
        temporary.replace(memory)
