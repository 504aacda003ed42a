"""Decodes a data set once, into a cache folder that every process maps into memory."""

import hashlib
import json
import os
import shutil
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from ablation.data.cache import cache_folder
from ablation.data.channels import RGB
from ablation.data.dataset import Dataset, Split
from ablation.data.decoding.blocks import SUFFIX
from ablation.data.decoding.pool import DecodingStoppedError
from ablation.data.fingerprint import data_fingerprint
from ablation.data.hashes import sha256
from ablation.data.intact import DAMAGED, META, DamagedImagesError, digest_of, is_intact, is_whole
from ablation.data.sources.table import SOURCES
from ablation.errors import DataError
from ablation.files import read_file
from ablation.grid.data import NOT_PIXELS, Data
from ablation.telling import Tell, silent
from ablation.words import brief

FORMAT = 3  # of a prepared folder; raise it when decoding or the folder's layout changes

_STRAY = 0.05  # share of one-channel images up to which they are not reported: photographs include some


def prepare(
    data: Data, fingerprint: str, tell: Tell = silent, say: Callable[[str], None] = warnings.warn
) -> Path:
    """Decode a data set into the cache, unless it is there already; return its folder, for `load`.

    Several processes can call this at once: one decodes, and the others wait for it. Every file is read and
    compared with its SHA-256 (about two gigabytes a second); a folder that is damaged is made again.

    Args:
        data: the grid's data section.
        fingerprint: the fingerprint of the images' bytes, from `ablation.data.fingerprint`.
        tell: told how many images are decoded.
        say: called with a sentence where decoded images are damaged.

    Raises:
        DataError: the images are missing, broken, or cannot be used as they are.

    Example:
        >>> import os, tempfile
        >>> from unittest.mock import patch
        >>> from ablation.grid.data import Generated
        >>> with patch.dict(os.environ, {"ABLATION_CACHE": tempfile.mkdtemp()}):
        ...     folder = prepare(Generated(source="shapes", train=20, test=10), fingerprint="shapes-1")
        >>> dataset = load(folder)
        >>> dataset.train.images.shape, dataset.class_names[:3]
        ((20, 3, 32, 32), ('disc', 'ring', 'square'))
    """
    folder = prepared_folder(data, fingerprint)
    if is_intact(folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if not is_intact(folder):
                if folder.exists():
                    say(f"{folder}: the decoded images are damaged; decoding them again")
                _make(data, folder, tell)
    except OSError as error:
        raise DataError(f"cannot write the decoded images to {folder.parent}: {error}") from error
    return folder


def is_prepared(data: Data, fingerprint: str) -> bool:
    """Whether there are decoded images; only `prepare` finds out whether their bytes are as they were."""
    return is_whole(prepared_folder(data, fingerprint))


def prepare_again(data: Data, fingerprint: str) -> Path:
    """Prepare images that were deleted from the cache while a run was using them.

    Raises:
        DataError: as of `prepare`, or the images are no longer those that the run began with.
    """
    now = data_fingerprint(data)
    if now != fingerprint:
        raise DataError(
            "the decoded images were deleted during the run, and the images have changed since it began; "
            "start the run again"
        )
    return prepare(data, fingerprint)


def load(folder: Path) -> Dataset:
    """Open a prepared data set; its arrays are read-only memory maps, shared by all processes that open them.

    See `prepare` for an example.

    Raises:
        DamagedImagesError: they were deleted or damaged since they were prepared.
    """
    try:
        return _opened(folder)
    except DAMAGED as error:
        if not isinstance(error, OSError):  # damaged before its checksum was taken, it would count as sound
            with suppress(OSError):
                (folder / META).unlink()
        raise DamagedImagesError(
            f"{folder}: the decoded images were deleted or damaged a moment ago ({brief(str(error))}); "
            "run the same command to decode them again"
        ) from error


def _opened(folder: Path) -> Dataset:
    meta = json.loads(read_file(folder / META))

    def opened(name: str) -> NDArray[np.generic] | None:
        return np.load(folder / f"{name}.npy", mmap_mode="r") if f"{name}.npy" in meta["files"] else None

    def split(name: str) -> Split:
        return Split(*(opened(f"{name}_{part}") for part in ("images", "labels", "groups", "clips")))  # type: ignore[arg-type]

    return Dataset(
        split("train"),
        split("test"),
        opened("unlabelled_images"),  # type: ignore[arg-type]
        tuple(meta["class_names"]),
        tuple(meta["notes"]),
    )


def prepared_folder(data: Data, fingerprint: str) -> Path:
    """Return the folder that a decoded data set has, or will have."""
    settings = data.model_dump(mode="json", exclude=set(NOT_PIXELS))
    identity = json.dumps([FORMAT, fingerprint, settings], sort_keys=True)
    return cache_folder() / "data" / hashlib.sha256(identity.encode()).hexdigest()[:16]


def unfinished(data: Data, fingerprint: str) -> Path:
    """Return the folder in which decoding goes on; it exists where decoding was interrupted."""
    return _partial(prepared_folder(data, fingerprint))


def _partial(folder: Path) -> Path:
    # One name for all processes, since only one holds the lock: what another left there is gone on with.
    return folder.with_name(f"{folder.name}.partial")


def _make(data: Data, folder: Path, tell: Tell) -> None:
    partial = _partial(folder)
    partial.mkdir(exist_ok=True)
    try:
        dataset = _decoded(data, partial, tell)
        _write(dataset, partial)
        for journal in partial.glob(f"*{SUFFIX}"):
            journal.unlink()
        if folder.exists():
            shutil.rmtree(folder)
        partial.replace(folder)
        _sync(folder.parent)
    except DecodingStoppedError:
        raise
    except Exception:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    except BaseException:  # Ctrl-C
        if not any(partial.glob(f"*{SUFFIX}")):
            shutil.rmtree(partial, ignore_errors=True)
        raise


def _decoded(data: Data, folder: Path, tell: Tell) -> Dataset:
    try:
        return SOURCES[data.source](data, folder, tell)
    except OSError as error:
        if error.filename is None or Path(str(error.filename)).is_relative_to(folder):
            raise  # writing failed, not reading
        raise DataError(f"{error.filename}: cannot be read ({error.strerror})") from error


def _write(dataset: Dataset, folder: Path) -> None:
    for name, split in (("train", dataset.train), ("test", dataset.test)):
        np.save(folder / f"{name}_labels.npy", split.labels)
        for part, values in (("groups", split.groups), ("clips", split.clips)):
            if values is not None:
                np.save(folder / f"{name}_{part}.npy", values)
    for images in (dataset.train.images, dataset.test.images, dataset.unlabelled):
        if isinstance(images, np.memmap):
            images.flush()
    written = sorted(folder.glob("*.npy"))
    meta = {
        "class_names": dataset.class_names,
        "notes": [*dataset.notes, *_one_channel(dataset.pretrain_images)],
        "files": {file.name: (file.stat().st_size, sha256(file)) for file in written},
    }
    (folder / META).write_text(json.dumps(meta | {"sha256": digest_of(meta)}, indent=1), encoding="utf-8")
    # Before the folder gets its name: after a power cut, what has the name must have the content.
    for path in (*written, folder / META, folder):
        _sync(path)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":  # Windows cannot open folders
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _one_channel(images: NDArray[np.uint8]) -> list[str]:
    if (channels := images.shape[1]) == 1:
        return ["images have one channel and so no colour; what is said about colour refers to brightness"]
    if channels != RGB:
        return [f"colour means how the {channels} channels of an image differ, not red, green and blue"]
    grey = 0
    for start in range(0, len(images), 256):
        block = images[start : start + 256]
        equal = (block[:, 0] == block[:, 1]) & (block[:, 1] == block[:, 2])  # (B, S, S)
        grey += int(equal.all(axis=(1, 2)).sum())
    if grey <= _STRAY * len(images):
        return []
    count = "all" if grey == len(images) else f"{grey} of the {len(images)}"
    have = "has" if grey == 1 else "have"
    return [
        f"{count} images to pretrain on {have} a single channel (R = G = B), so colour operations can "
        "change only the brightness"
    ]
