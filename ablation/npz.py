"""The one reader of `.npz` files: what a file says of itself is checked before any of it is unpacked.

`numpy.load` believes a header, so that a damaged or made-up file may take any amount of memory, and what is
wrong with it becomes an error of one of a dozen kinds. Here it is an `NpzError`. Every array is read to its
end, where zip compares its checksum, and nothing is ever unpickled.
"""

import io
import math
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ablation.files import open_file
from ablation.words import shortened

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the two that numpy writes
_DEFLATE = 1032  # no deflated byte stands for more
_AT_ONCE = 256 << 10  # bytes
_ENTRY = 46  # bytes that an entry of a zip's list takes at least
_KINDS = "biufUS"  # of numbers and text; no objects, which are pickles, and no structures
_CHARACTERS = 160  # of a reason that are shown


class NpzError(ValueError):
    """A file is not an `.npz`, is damaged, or holds an array that is not read; the message says why."""


@dataclass(frozen=True)
class Header:
    """What an array says of itself."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran: bool  # its first dimension varies fastest
    length: int  # of the header itself, in bytes

    @property
    def size(self) -> int:
        """How many bytes the array takes."""
        return math.prod(self.shape) * self.dtype.itemsize


class Npz:
    """An open `.npz` file; `open_npz` makes one."""

    def __init__(self, archive: zipfile.ZipFile, limit: int) -> None:
        self._archive, self._left = archive, limit
        listed = archive.infolist()
        for info in listed:
            if info.compress_type not in _METHODS:
                raise NpzError("it is compressed in a way that numpy never writes")
            archive.open(info).close()  # is what the list says of it also said where it lies?
            if info.comment or len(info.extra) >= _ENTRY:
                raise NpzError("the list of its arrays is damaged")  # one entry may have swallowed the next
        self._headers: dict[str, Header] = {}
        self._infos = {info.filename.removesuffix(".npy"): info for info in listed}
        if len(self._infos) < len(listed):
            raise NpzError("two of its arrays have the same name")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the arrays."""
        return tuple(self._infos)

    def header(self, name: str) -> Header:
        """Return what an array says of itself; nothing else is read.

        Raises:
            NpzError: there is no such array, or its header is damaged, contradicts the size of the array, or
                is of a type that is not read.
        """
        if name in self._headers:
            return self._headers[name]
        with _explained(name):
            info = self._infos.get(name)
            if info is None:
                raise NpzError("it is missing")
            with self._archive.open(info) as member:
                found = _header(member)
            _check(info, found)
        self._headers[name] = found
        return found

    def read(self, name: str) -> NDArray[Any]:
        """Read an array to its end, and check it against its checksum.

        Raises:
            NpzError: as `header`; or the array is damaged, or with those before it larger than the limit.
        """
        header, info = self.header(name), self._infos[name]
        with _explained(name):
            if info.file_size > self._left:
                raise NpzError(f"it would take {header.size / 1e6:,.0f} MB, more than is read")
            self._left -= info.file_size
            content = bytearray(header.size)
            rest = memoryview(content)
            with self._archive.open(info) as member:
                member.read(header.length)
                while rest and (part := member.read(min(len(rest), _AT_ONCE))):
                    rest[: len(part)] = part
                    rest = rest[len(part) :]
                if rest or member.read(1):  # zipfile compares the checksum at the end
                    raise NpzError("it is not as long as its header says")
            return np.ndarray(header.shape, header.dtype, content, order="F" if header.fortran else "C")


@contextmanager
def open_npz(path: Path, limit: int) -> Iterator[Npz]:
    """Open an `.npz` file.

    Args:
        path: of the file.
        limit: how many bytes all arrays that are read may take together.

    Raises:
        NpzError: it is not an `.npz` file, or it is damaged.
        OSError: there is no such file, it cannot be read, or it is not a file.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     np.savez(Path(folder) / "a.npz", labels=np.arange(3))
        ...     with open_npz(Path(folder) / "a.npz", limit=1000) as file:
        ...         file.header("labels").shape, file.read("labels").tolist()
        ((3,), [0, 1, 2])
    """
    with open_file(path) as file:
        with _explained():
            archive = zipfile.ZipFile(_Sparing(file))
        with archive:
            with _explained():
                found = Npz(archive, limit)
            yield found


def text(array: NDArray[Any]) -> tuple[str, ...]:
    """Return an array of text as text.

    Raises:
        NpzError: it is not an array of text with one dimension, or its characters are not characters.

    Example:
        >>> text(np.array([b"cat", b"dog"]))
        ('cat', 'dog')
    """
    if array.ndim != 1 or array.dtype.kind not in "US":
        raise NpzError(f"must be text with one dimension, not {array.dtype} {array.shape}")
    try:
        found = tuple(one.decode() if isinstance(one, bytes) else str(one) for one in array.tolist())
        "".join(found).encode()  # half a character cannot be written anywhere
    except (ValueError, SystemError) as error:  # numpy has the latter for what is beyond Unicode
        raise NpzError(f"is not text ({_reason(error)})") from error
    return found


class _Sparing:
    """A file that zipfile reads a little at a time: the list of its members cannot take up the memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > _AT_ONCE:
            raise NpzError("it lists thousands of arrays")
        return self._file.read(_AT_ONCE if size < 0 else size)

    def close(self) -> None:
        self._file.close()


def _header(member: Any) -> Header:
    version = np.lib.format.read_magic(member)
    if version != (1, 0):  # later ones are for structures
        raise NpzError(f"its header has the version {version[0]}.{version[1]}, which is not read")
    length = member.read(2)
    return _parsed(length + member.read(int.from_bytes(length, "little")))


@lru_cache(maxsize=256)
def _parsed(header: bytes) -> Header:
    # Kept, because a grid has thousands of files whose headers are the same, and Python's parser reads them.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is odd about a header is an error, or nothing
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(io.BytesIO(header))
    return Header(dtype, shape, fortran, np.lib.format.MAGIC_LEN + len(header))


def _check(info: zipfile.ZipInfo, found: Header) -> None:
    if found.dtype.kind not in _KINDS:
        raise NpzError("it holds Python objects or structures, which are not read; save numbers or text")
    if min(found.shape, default=0) < 0 or found.length + found.size != info.file_size:
        raise NpzError("its header does not say how long it is")
    packed = info.compress_size
    stored = info.compress_type == zipfile.ZIP_STORED
    if info.file_size > (packed if stored else _DEFLATE * packed):
        raise NpzError("it cannot be as long as it says")


@contextmanager
def _explained(name: str = "") -> Iterator[None]:
    # zipfile, zlib and numpy raise errors of a dozen kinds on bytes that they did not write (BadZipFile,
    # zlib.error, NotImplementedError, RuntimeError, MemoryError, OverflowError, SyntaxError, TokenError, …).
    try:
        yield
    except Exception as error:
        raise NpzError(f"{name}: {_reason(error)}" if name else _reason(error)) from error


def _reason(error: Exception) -> str:
    return shortened(" ".join(str(error).split()) or type(error).__name__, _CHARACTERS)
