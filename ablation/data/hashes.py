"""SHA-256 of files, remembered until a file is touched."""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

from ablation.data.cache import cache_folder
from ablation.errors import DataError
from ablation.files import open_file
from ablation.telling import Tell, silent, told

# A file can change twice within one tick of the file system's clock (2 s on FAT) and keep its time, so a
# file younger than this is not remembered.
AT_REST = 3_000_000_000  # nanoseconds

Signature = tuple[str, int, int, int]  # absolute path, bytes, and when content and file last changed (ns)


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
    hashes, fresh = [], {}
    now = time.time_ns()
    for file in told(files, "image files read", len(files), tell):
        try:
            signature = _signature(file)
            digest = known.get(signature) or sha256(file)
        except OSError as error:
            raise DataError(f"{file}: cannot be read: {error.strerror}") from None
        hashes.append(digest)
        if all(abs(now - changed) > AT_REST for changed in signature[2:]):
            fresh[signature] = digest
    if fresh != known:
        _remember(memory, fresh)
    return hashes


def sha256(file: Path) -> str:
    """Read a file and return the SHA-256 of its bytes, in hexadecimal.

    Raises:
        OSError: the file cannot be read.
    """
    with open_file(file) as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _signature(file: Path) -> Signature:
    status = file.stat()
    # The modification time can be set back, for example by `cp -p`; the change time cannot.
    return str(file.absolute()), status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _memory(root: Path) -> Path:
    name = hashlib.sha256(os.fsencode(root.absolute())).hexdigest()[:16]
    return cache_folder() / "hashes" / f"{name}.json"


def _recall(memory: Path) -> dict[Signature, str]:
    # Whatever is missing or damaged is computed again, which costs nothing but time.
    try:
        return {
            (str(path), size, mtime, ctime): digest
            for path, size, mtime, ctime, digest in json.loads(memory.read_text(encoding="utf-8"))
        }
    except (OSError, ValueError, TypeError):
        return {}


def _remember(memory: Path, fresh: dict[Signature, str]) -> None:
    temporary = memory.with_name(f".{memory.stem}.{os.getpid()}.tmp")
    with contextlib.suppress(OSError):  # a cache that cannot be written costs time, but changes no number
        memory.parent.mkdir(parents=True, exist_ok=True)
        content = json.dumps([[*signature, digest] for signature, digest in fresh.items()])
        temporary.write_text(content, encoding="utf-8")
        temporary.replace(memory)
