"""A prepared data set on machines that cannot see it: received once by each, in small pieces."""

import hashlib
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ablation.data.cache import cache_folder
from ablation.data.hashes import content_hashes, sha256
from ablation.errors import DataError

_PIECE = 8_000_000  # bytes; neither this process nor the cluster's holds more of the images at once
_STALE = 3600  # seconds after which an unfinished folder is nobody's


@dataclass(frozen=True)
class SentImages:
    """A prepared data set, recognised on other machines by the bytes of its files."""

    folder: Path  # as `ablation.data.prepare.prepare` returned it
    files: tuple[tuple[str, int, str], ...]  # name, bytes, SHA-256

    @classmethod
    def of(cls, folder: Path) -> "SentImages":
        """Hash the files of a prepared data set.

        Raises:
            DataError: a file cannot be read.

        Example:
            >>> import tempfile
            >>> folder = Path(tempfile.mkdtemp())
            >>> _ = (folder / "meta.json").write_text("{}")
            >>> SentImages.of(folder).found() == folder
            True
        """
        paths = sorted(folder.iterdir())
        hashes = content_hashes(paths, remembered_for=folder)
        sizes = (path.stat().st_size for path in paths)
        return cls(folder, tuple(zip((path.name for path in paths), sizes, hashes, strict=True)))

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that identify the files."""
        return hashlib.sha256(repr(self.files).encode()).hexdigest()[:16]

    def lie_in(self, folder: Path) -> bool:
        """Whether a folder holds exactly these files, byte for byte."""
        paths = [folder / name for name, *_ in self.files]
        try:
            if any(path.stat().st_size != size for path, (_, size, _) in zip(paths, self.files, strict=True)):
                return False
        except OSError:
            return False
        return content_hashes(paths, remembered_for=folder) == [digest for *_, digest in self.files]

    def found(self) -> Path | None:
        """Return where these images are on this machine, as seen from anywhere or as received before."""
        return next((folder for folder in (self.folder, self._received) if self.lie_in(folder)), None)

    def expect(self) -> str | None:
        """Make a folder for the pieces on this machine; None if the images are here already.

        Raises:
            DataError: the folder cannot be made.
        """
        if self.found():
            return None
        temporary = self._received.with_name(f"{self.digest}.{uuid.uuid4().hex}.tmp")
        with _storing(temporary.parent):
            _remove_stale(temporary.parent)
            temporary.mkdir(parents=True)
        return str(temporary)

    def accept(self, folder: str) -> None:
        """Check what was received in a folder, and let the workers of this machine find it.

        Raises:
            DataError: the images arrived damaged, or cannot be stored.
        """
        temporary = Path(folder)
        try:
            with _storing(temporary.parent):
                if [sha256(temporary / name) for name, *_ in self.files] != [it for *_, it in self.files]:
                    raise DataError("the images arrived damaged; run the same command to send them again")
                if not self.lie_in(self._received):  # otherwise another run was first
                    shutil.rmtree(self._received, ignore_errors=True)  # damaged
                    temporary.replace(self._received)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    @property
    def _received(self) -> Path:
        return cache_folder().absolute() / "received" / self.digest


def append(folder: str, name: str, piece: bytes) -> None:
    """Append a piece to a file; called on a worker.

    Raises:
        DataError: it cannot be stored.
    """
    with _storing(Path(folder).parent), (Path(folder) / name).open("ab") as file:
        file.write(piece)


def send(images: SentImages, call: Callable[..., Any], go_on: Callable[[], bool]) -> None:
    """Send images to a machine, unless they are there.

    Args:
        images: the data set.
        call: calls a function with arguments on that machine, and returns what it returned.
        go_on: asked before each piece.

    Raises:
        DataError: they cannot be stored there.
    """
    folder = call(images.expect)
    if folder is None:
        return
    for name, *_ in images.files:
        with (images.folder / name).open("rb") as file:
            while piece := file.read(_PIECE):
                if not go_on():
                    return
                call(append, folder, name, piece)
    call(images.accept, folder)


def _remove_stale(folder: Path) -> None:
    for remains in folder.glob("*.tmp"):  # left by a run that was killed
        with suppress(OSError):  # another run may be removing it
            changed = max(path.stat().st_mtime for path in (remains, *remains.iterdir()))
            if time.time() - changed > _STALE:
                shutil.rmtree(remains, ignore_errors=True)


@contextmanager
def _storing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(f"cannot store the images in {folder}: {error}") from error
