"""Opening files that others may have put there: a file, or an error at once, never a wait."""

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

LIMIT = 64 << 20  # bytes that a file of text may have; the largest record is a thousandth of that

_BLOCK = 1 << 20  # bytes that are read as they are asked for
_NON_BLOCKING = getattr(os, "O_NONBLOCK", 0)  # Windows has neither the flag nor what it is for
_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class _Reader(BufferedReader):
    """A file of which nobody gets memory for more bytes than it has, whatever a damaged length in it says."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _BLOCK:
            size = min(size, os.fstat(self.fileno()).st_size)
        return super().read(size)


def user_path(written: str) -> Path:
    """Return a path as a user wrote it, with `~` replaced by the home folder, where there is one.

    Example:
        >>> user_path("~nobody-of-this-name/photos").as_posix()
        '~nobody-of-this-name/photos'
    """
    return Path(os.path.expanduser(written))  # noqa: PTH111 - pathlib's raises where there is none


def open_file(path: Path) -> BufferedReader:
    """Open a file for reading, and nothing else: reading a pipe or a device could wait for ever.

    Raises:
        OSError: there is no such file, it may not be read, or it is a folder, a named pipe, a socket or a
            device.

    Example:
        >>> open_file(Path("/dev/null"))
        Traceback (most recent call last):
            ...
        OSError: [Errno 22] is a device, not a file: '/dev/null'
    """
    _check(path, path.stat())  # before it is opened: to open a device may do something
    file = _Reader(open(path, "rb", buffering=0, opener=_without_waiting))  # noqa: SIM115
    try:
        _check(path, os.fstat(file.fileno()))  # what was opened, should it have been replaced
    except BaseException:
        file.close()
        raise
    return file


def read_file(path: Path, limit: int = LIMIT) -> bytes:
    """Read a file as `open_file` opens it.

    Args:
        path: of the file.
        limit: how many bytes it may have.

    Raises:
        OSError: as `open_file`; or the file is larger than `limit`.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "grid.toml"
        ...     _ = file.write_bytes(b"seeds = [0]")
        ...     read_file(file)
        b'seeds = [0]'
    """
    with open_file(path) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"is larger than {limit / 1e6:.0f} MB", str(path))
    return content


def stamp(path: Path) -> tuple[int, ...]:
    """Return numbers of a file that change whenever its content does, without reading it.

    Raises:
        OSError: there is no such file.

    Example:
        >>> stamp(Path("/dev/null")) == stamp(Path("/dev/null"))
        True
    """
    status = path.stat()
    # The modification time can be set back, for example by `cp -p`; the change time cannot.
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | _NON_BLOCKING)


def _check(path: Path, status: os.stat_result) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    kind = next((words for is_kind, words in _KINDS if is_kind(status.st_mode)), "something else")
    raise OSError(errno.EINVAL, f"is {kind}, not a file", str(path))
