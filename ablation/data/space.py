"""How much room decoded images need on the disk, known before any is decoded."""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ablation.data.cache import cache_folder
from ablation.data.prepare import is_prepared, prepared_folder, unfinished
from ablation.data.sources.table import LABELS
from ablation.data.transfer import of_transfer
from ablation.errors import DataError
from ablation.grid.data import Data
from ablation.telling import Tell, silent

NONE: Mapping[Data, str] = MappingProxyType({})


@dataclass(frozen=True)
class Space:
    """Bytes on the disk of the cache."""

    images: int  # of all data sets, decoded
    missing: int  # of those that are not there yet
    free: int
    folder: Path  # the cache

    def refuse_too_little(self) -> None:
        """Raise DataError if there is no room for what is missing.

        Example:
            >>> Space(images=16_000_000_000, missing=0, free=0, folder=Path("cache")).refuse_too_little()
        """
        if self.missing > self.free:
            raise DataError(
                f"{self.folder}: the decoded images need {size_words(self.missing)} more, and "
                f"{size_words(self.free)} are free; set ABLATION_CACHE to a folder on a larger disk, free "
                "some space, or make data.size or data.train smaller"
            )


def space_for(
    chosen: Iterable[Data], fingerprint: str, others: Mapping[Data, str] = NONE, tell: Tell = silent
) -> Space:
    """Count the bytes of data sets from the labels of their images, and those that are free.

    Args:
        chosen: data sets of the same images.
        fingerprint: of these.
        others: of `[transfer]`, with their own fingerprints.
        tell: told how far reading is.

    Raises:
        DataError: the files are missing or not as they must be, or a split is impossible.
    """
    counts = {data: _bytes(data, fingerprint, tell) for data in chosen}
    for data, other in others.items():
        with of_transfer(data):
            counts[data] = _bytes(data, other, tell)
    images, missing = (sum(count[part] for count in counts.values()) for part in (0, 1))
    folder = cache_folder()
    return Space(images, missing, free_in(folder), folder)


def free_in(folder: Path) -> int:
    """Count the free bytes of the disk that a folder lies on, or will lie on: it need not exist."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free


def size_words(count: int) -> str:
    """Say a number of bytes.

    Example:
        >>> size_words(15_974_400_000), size_words(184_320_000), size_words(7)
        ('16.0 GB', '184 MB', '1 MB')
    """
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(1, round(count / 1e6))} MB"


def _bytes(data: Data, fingerprint: str, tell: Tell) -> tuple[int, int]:
    """Count the bytes of a data set, and those that are missing."""
    if is_prepared(data, fingerprint):
        return _held(prepared_folder(data, fingerprint)), 0
    labels = LABELS[data.source](data, tell)
    count = len(labels.train.labels) + len(labels.test.labels) + labels.unlabelled
    whole = count * labels.channels * data.size**2
    return whole, max(0, whole - _held(unfinished(data, fingerprint)))


def _held(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*_images.npy"))
