"""MedMNIST's image sets by name: small medical images, with their own splits."""

from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from ablation.data.cache import cache_folder
from ablation.data.channels import RGB, channels_of
from ablation.data.dataset import Dataset, Labelled, Labels, Split
from ablation.data.sources.arrays import store_images
from ablation.data.sources.classes import numbered
from ablation.data.sources.medmnist_sets import KNOWN, PIXELS
from ablation.data.sources.npz import machine_memory
from ablation.data.splits import subset
from ablation.errors import DataError
from ablation.files import user_path
from ablation.grid.data import MedMNIST
from ablation.npz import NpzError, open_npz
from ablation.telling import Tell, silent
from ablation.words import counted

_ADDRESS = "https://zenodo.org/records/10519652/files/{}?download=1"


def medmnist(data: MedMNIST, folder: Path, tell: Tell = silent) -> Dataset:
    """Read a data set into image files of `folder`, after downloading it if it is not at `data.root`.

    These are the official train and test splits. A file is compared with its published checksum.

    Raises:
        DataError: the download failed, or the file is not what it must be.
    """
    file = _downloaded(data)
    found = {split: _read(file, split) for split in ("train", "test")}
    names = KNOWN[data.name].classes
    classes = numbered(found["train"][1], found["test"][1], names, data.name)
    labels = dict(zip(found, np.split(classes.labels, [len(found["train"][1])]), strict=True))
    splits = []
    for split, size in (("train", data.train), ("test", data.test)):
        rows = subset(labels[split], size, data.seed, f"data.{split}", classes.names)
        images = store_images(found[split][0], rows, folder, split, data.size, tell, channels=data.channels)
        splits.append(Split(images, labels[split][rows]))
    return Dataset(splits[0], splits[1], None, classes.names, (*classes.notes, _aside(data)))


def medmnist_labels(data: MedMNIST, tell: Tell = silent) -> Labels:  # noqa: ARG001 - nothing is read
    """Return labels as many as those of `medmnist`, in equal classes; nothing is downloaded or read.

    Raises:
        DataError: a class has too few images.
    """
    known = KNOWN[data.name]
    train, test = (np.arange(size, dtype=np.int64) % len(known.classes) for size in (known.train, known.test))
    of_train, of_test = (
        Labelled(labels[subset(labels, size, data.seed, f"data.{split}")])
        for labels, split, size in ((train, "train", data.train), (test, "test", data.test))
    )
    uneven = f"the classes of {data.name} differ in size; plans take them to be equal"
    return Labels(of_train, of_test, (), (uneven, _aside(data)), channels_of(RGB, data.channels, data.name))


def _aside(data: MedMNIST) -> str:
    return f"not used: {counted(KNOWN[data.name].val, 'image')} of the split val"


def _downloaded(data: MedMNIST) -> Path:
    """Return the file, which is downloaded if it is not there with the right checksum."""
    from torchvision.datasets.utils import download_url  # imported here: it brings torch

    root = cache_folder() / "medmnist" if data.root is None else user_path(data.root)
    name = f"{data.name}.npz" if data.stored_size == 28 else f"{data.name}_{data.stored_size}.npz"
    checksum = KNOWN[data.name].md5[PIXELS.index(data.stored_size)]
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f"{name}.lock"):
            download_url(_ADDRESS.format(name), str(root), name, checksum)
    except Exception as error:  # of many kinds: no network, no room, another file
        raise DataError(
            f"{data.name}: cannot be downloaded to or read from {root} ({error}); "
            f"check the network, or set data.root to a folder with MedMNIST's {name}"
        ) from error
    return root / name


def _read(file: Path, split: str) -> tuple[NDArray[np.uint8], NDArray[Any]]:
    """Read (N, H, W) or (N, H, W, 3) pixels and (N,) labels of a split."""
    try:
        with open_npz(file, machine_memory()) as arrays:
            pixels, labels = (arrays.read(f"{split}_{part}") for part in ("images", "labels"))
    except (NpzError, OSError) as error:
        raise DataError(f"{file}: cannot be read ({error}); remove it to download it again") from error
    return pixels, labels[:, 0]
