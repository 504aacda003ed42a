"""Decodes a data set once, into a cache folder that every process maps into memory."""

import hashlib
import json
import shutil
import uuid
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from ablation.data.cache import cache_folder
from ablation.data.dataset import Dataset, Split
from ablation.data.sources.table import SOURCES
from ablation.errors import DataError
from ablation.grid.models import LOCATIONS, Data
from ablation.telling import Tell, silent

FORMAT = 1  # of a prepared folder; raise it when decoding or the folder's layout changes

_STRAY = 0.05  # share of one-channel images up to which they are not reported: photographs include some


def prepare(data: Data, fingerprint: str, tell: Tell = silent) -> Path:
    """Decode a data set into the cache, unless it is there already; return its folder, for `load`.

    Several processes can call this at once: one decodes, and the others wait for it. A folder that was left
    unfinished, or has lost a file, is made again.

    Args:
        data: the grid's data section.
        fingerprint: the fingerprint of the images' bytes, from `ablation.data.fingerprint`.
        tell: told how many images are decoded.

    Raises:
        DataError: the images are missing, broken, or cannot be used as they are.

    Example:
        >>> import os, tempfile
        >>> from unittest.mock import patch
        >>> from ablation.grid.models import Generated
        >>> with patch.dict(os.environ, {"ABLATION_CACHE": tempfile.mkdtemp()}):
        ...     folder = prepare(Generated(source="shapes", train=20, test=10), fingerprint="shapes-1")
        >>> dataset = load(folder)
        >>> dataset.train.images.shape, dataset.class_names[:3]
        ((20, 3, 32, 32), ('disc', 'ring', 'square'))
    """
    folder = _folder(data, fingerprint)
    if _whole(folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if not _whole(folder):
                _make(data, folder, tell)
    except OSError as error:
        raise DataError(f"cannot write the decoded images to {folder.parent}: {error}") from error
    return folder


def is_prepared(data: Data, fingerprint: str) -> bool:
    """Whether `prepare` would return at once."""
    return _whole(_folder(data, fingerprint))


def load(folder: Path) -> Dataset:
    """Open a prepared data set; its arrays are read-only memory maps, shared by all processes that open them.

    See `prepare` for an example.
    """
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))

    def opened(name: str) -> NDArray[np.generic] | None:
        return np.load(folder / f"{name}.npy", mmap_mode="r") if f"{name}.npy" in meta["files"] else None

    def split(name: str) -> Split:
        return Split(*(opened(f"{name}_{part}") for part in ("images", "labels", "groups")))  # type: ignore[arg-type]

    return Dataset(
        split("train"),
        split("test"),
        opened("unlabelled_images"),  # type: ignore[arg-type]
        tuple(meta["class_names"]),
        tuple(meta["notes"]),
    )


def _folder(data: Data, fingerprint: str) -> Path:
    settings = data.model_dump(mode="json", exclude=set(LOCATIONS))
    identity = json.dumps([FORMAT, fingerprint, settings], sort_keys=True)
    return cache_folder() / "data" / hashlib.sha256(identity.encode()).hexdigest()[:16]


def _whole(folder: Path) -> bool:
    """Whether all files that were written exist with the right size; meta.json is written last."""
    try:
        files = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["files"]
        return all((folder / name).stat().st_size == size for name, size in files.items())
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _make(data: Data, folder: Path, tell: Tell) -> None:
    # Left by a process that was killed, since this one holds the lock.
    for remains in folder.parent.glob(f"{folder.name}.*.tmp"):
        shutil.rmtree(remains)
    temporary = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}.tmp")
    temporary.mkdir()
    try:
        dataset = _decoded(data, temporary, tell)
        _write(dataset, temporary)
        if folder.exists():
            shutil.rmtree(folder)
        temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


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
        if split.groups is not None:
            np.save(folder / f"{name}_groups.npy", split.groups)
    for images in (dataset.train.images, dataset.test.images, dataset.unlabelled):
        if isinstance(images, np.memmap):
            images.flush()
    meta = {
        "class_names": dataset.class_names,
        "notes": [*dataset.notes, *_one_channel(dataset.pretrain_images)],
        "files": {file.name: file.stat().st_size for file in sorted(folder.glob("*.npy"))},
    }
    (folder / "meta.json").write_text(json.dumps(meta, indent=1), encoding="utf-8")


def _one_channel(images: NDArray[np.uint8]) -> list[str]:
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
