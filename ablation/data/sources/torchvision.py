"""Data sets from torchvision's own classes, with their own download and official splits."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from ablation.data.cache import cache_folder
from ablation.data.channels import RGB, channels_of
from ablation.data.dataset import Dataset, Labelled, Labels, Split
from ablation.data.decoding.fit import fit
from ablation.data.sources.arrays import new_images, store_images
from ablation.data.sources.classes import numbered
from ablation.data.sources.torchvision_sets import KNOWN, Known
from ablation.data.splits import subset, train_test_split
from ablation.errors import DataError
from ablation.files import user_path
from ablation.grid.data import Torchvision
from ablation.telling import Tell, silent, told

_BLOCK = 4096  # images handed to the threads at a time
_EVERY = "every_"  # begins the names of files that hold a whole split until a part of it is chosen

Ids = NDArray[np.int64]


def torchvision(data: Torchvision, folder: Path, tell: Tell = silent) -> Dataset:
    """Read a data set into image files of `folder`, after downloading it if it is not at `data.root`.

    These are the official train and test splits; where there are none, `test_fraction` of each class is set
    aside, drawn by `seed`. The unlabelled split of STL-10 and all validation splits are not used.

    Raises:
        DataError: the download failed, or the files at `data.root` are broken.
    """
    root = cache_folder() / "torchvision" if data.root is None else user_path(data.root)
    known = KNOWN[data.source]
    parts = {name: _Part(data, known, root, name, folder, tell) for name in known.splits}
    train = parts["train"]
    test = parts.get("test")
    classes = numbered(train.labels, None if test is None else test.labels, train.names, data.source)
    if test is None:
        sides = train_test_split(classes.labels, data.test_fraction, None, data.seed, classes.names)
        halves = [(train, classes.labels, side) for side in sides]
    else:
        both = np.split(classes.labels, [len(train.labels)])
        halves = [(part, of, np.arange(len(of))) for part, of in zip((train, test), both, strict=True)]
    splits = []
    for (part, labels, side), name, size in zip(
        halves, ("train", "test"), (data.train, data.test), strict=True
    ):
        rows = side[subset(labels[side], size, data.seed, f"data.{name}", classes.names)]
        splits.append(Split(part.stored(rows, name), labels[rows]))
    for name in known.splits:
        (folder / f"{_EVERY}{name}_images.npy").unlink(missing_ok=True)
    return Dataset(splits[0], splits[1], None, classes.names, classes.notes)


def torchvision_labels(data: Torchvision, tell: Tell = silent) -> Labels:  # noqa: ARG001 - it takes no time
    """Return labels as many as those of `torchvision`, in equal classes; nothing is downloaded or read.

    Raises:
        DataError: a class has too few images.
    """
    known = KNOWN[data.source]
    train, test = (np.arange(size, dtype=np.int64) % known.classes for size in (known.train, known.test))
    if not known.test:
        sides = train_test_split(train, data.test_fraction, None, data.seed)
        train, test = (train[side] for side in sides)
    of_train, of_test = (
        Labelled(labels[subset(labels, size, data.seed, f"data.{name}")])
        for labels, name, size in ((train, "train", data.train), (test, "test", data.test))
    )
    notes = (
        () if known.even else (f"the classes of {data.source} differ in size; plans take them to be equal",)
    )
    return Labels(of_train, of_test, (), notes, channels_of(RGB, data.channels, data.source))


class _Part:
    """An official split that is open: its labels, and its pixels once they are asked for."""

    def __init__(
        self, data: Torchvision, known: Known, root: Path, name: str, folder: Path, tell: Tell
    ) -> None:
        self._data, self._folder, self._tell = data, folder, tell
        source = _open(data.source, known, root, name)
        found = getattr(source, "classes", getattr(source, "categories", None))
        self.names: Sequence[str] | None = None if found is None else [str(one) for one in found]
        self._whole = known.arrays is None  # whether every picture has its final size
        if known.arrays is None:
            self._pixels, labels = _pictures(data, source, folder, name, tell)
        else:
            self._pixels, labels = known.arrays(source)
        self.labels: Ids = np.asarray(labels, dtype=np.int64)

    def stored(self, rows: Ids, name: str) -> NDArray[np.uint8]:
        """Write rows to the image file of a split; return them, (N, C, S, S)."""
        if self._whole:
            kept = new_images(self._folder, name, len(rows), self._data.size, self._pixels.shape[1])
            for start in range(0, len(rows), _BLOCK):
                kept[start : start + _BLOCK] = self._pixels[rows[start : start + _BLOCK]]
            return kept
        data = self._data
        return store_images(
            self._pixels, rows, self._folder, name, data.size, self._tell, channels=data.channels
        )


def _open(source: str, known: Known, root: Path, split: str) -> Any:
    from torchvision import datasets  # imported here: it brings torch, which no other source needs

    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f"{source}.lock"):
            return known.open(datasets, root, split)
    except Exception as error:  # torchvision raises errors of many kinds if a download fails or is damaged
        raise DataError(
            f"{source}: cannot be downloaded to or read from {root} ({error}); "
            "check the network, or set data.root to a folder with torchvision's files"
        ) from error


def _pictures(
    data: Torchvision, source: Any, folder: Path, name: str, tell: Tell
) -> tuple[NDArray[np.uint8], Ids]:
    """Decode every picture of a split, which alone tells its label, on a few threads."""
    channels = channels_of(RGB, data.channels, data.source)
    images = new_images(folder, _EVERY + name, len(source), data.size, channels)
    labels = np.zeros(len(source), dtype=np.int64)

    def one(index: int) -> None:
        try:
            picture, label = source[index]
        except Exception as error:  # of many kinds, where a file is damaged or missing
            raise DataError(
                f"{data.source}: {name} image {index} cannot be read ({error}); "
                "remove the files from data.root to download them again"
            ) from error
        images[index] = fit(picture.convert("RGB"), data.size, "crop", channels)
        labels[index] = label

    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        blocks = (range(start, min(start + _BLOCK, len(source))) for start in range(0, len(source), _BLOCK))
        each = (done for block in blocks for done in pool.map(one, block))
        for _ in told(each, f"{name} images decoded", len(source), tell):
            pass
    return images, labels
