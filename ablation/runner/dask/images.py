"""Sends a prepared data set to workers that cannot see it: once to each machine, in small pieces."""

import hashlib
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from filelock import FileLock

from ablation.data.cache import cache_folder
from ablation.data.hashes import content_hashes, sha256
from ablation.errors import DataError

_PIECE = 8_000_000  # bytes; neither this process nor the scheduler holds more of the images at once
_PATIENCE = 120  # seconds without a piece
_POLL = 0.05  # seconds


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

    def obtained(self, ask: Callable[[str], None]) -> Path:
        """Return where these images are on this machine; if they are missing, ask for them and wait.

        They are received into the cache folder, where the other workers of the machine find them.

        Args:
            ask: called with the folder into which the files should be written.

        Raises:
            DataError: the images did not arrive, or cannot be stored.

        Example:
            >>> import tempfile
            >>> folder = Path(tempfile.mkdtemp())
            >>> _ = (folder / "meta.json").write_text("{}")
            >>> SentImages.of(folder).obtained(ask=print) == folder
            True
        """
        received = cache_folder().absolute() / "received" / self.digest
        for folder in (self.folder, received):
            if self.lie_in(folder):
                return folder
        try:
            received.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(received.with_suffix(".lock")):
                if not self.lie_in(received):  # otherwise another worker of this machine was first
                    self._receive(received, ask)
        except OSError as error:
            raise DataError(f"cannot store the images in {received.parent}: {error}") from error
        return received

    def _receive(self, folder: Path, ask: Callable[[str], None]) -> None:
        for remains in folder.parent.glob(f"{folder.name}.*.tmp"):  # left by a worker that was killed
            shutil.rmtree(remains, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)  # damaged
        temporary = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}.tmp")
        temporary.mkdir()
        try:
            ask(str(temporary))
            self._wait(temporary)
            if [sha256(temporary / name) for name, *_ in self.files] != [digest for *_, digest in self.files]:
                raise DataError("the images arrived damaged; run the same command to send them again")
            temporary.replace(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def _wait(self, folder: Path) -> None:
        total, arrived = sum(size for _, size, _ in self.files), -1
        patience = 0.0
        while arrived < total:
            now = sum(file.stat().st_size for file in folder.iterdir())
            if now > arrived:
                arrived, patience = now, time.monotonic() + _PATIENCE
            elif time.monotonic() > patience:
                raise DataError(f"the images did not arrive: nothing was received for {_PATIENCE} s")
            time.sleep(_POLL)


def append(folder: str, name: str, piece: bytes) -> None:
    """Append a piece to a file; called on a worker, while another thread waits for it."""
    with (Path(folder) / name).open("ab") as file:
        file.write(piece)


@contextmanager
def delivering(client: Any, images: Iterable[SentImages]) -> Iterator[str]:
    """Send the images to every worker that asks, one after the other, while the `with` block runs.

    Args:
        client: the client of the cluster.
        images: the data sets; a worker asks for one of them by its digest.

    Yields:
        The topic of the cluster's events under which workers ask.
    """
    topic, asked = f"ablation-{uuid.uuid4().hex}", SimpleQueue[dict[str, str] | None]()
    over, by_digest = threading.Event(), {one.digest: one for one in images}

    def deliver() -> None:
        while (request := asked.get()) is not None:
            # A worker that is gone no longer asks, and one that cannot write reports it when it times out.
            with suppress(Exception):
                _send(client, by_digest[request["images"]], request["worker"], request["folder"], over)

    thread = threading.Thread(target=deliver, daemon=True)
    thread.start()
    client.subscribe_topic(topic, lambda event: asked.put(event[1]))
    try:
        yield topic
    finally:
        over.set()
        asked.put(None)
        thread.join(timeout=5)
        client.unsubscribe_topic(topic)


def _send(client: Any, images: SentImages, worker: str, folder: str, over: threading.Event) -> None:
    for name, *_ in images.files:
        with (images.folder / name).open("rb") as file:
            while (piece := file.read(_PIECE)) and not over.is_set():
                client.run(append, folder, name, piece, workers=[worker])
