"""Data sets from torchvision's own classes, with their own download and official splits."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from ablation.data.cache import cache_folder
from ablation.data.dataset import Dataset, Labelled, Labels, Split
from ablation.data.sources.arrays import store_images
from ablation.data.splits import subset
from ablation.errors import DataError
from ablation.files import user_path
from ablation.grid.data import Torchvision
from ablation.telling import Tell, silent

# From torchvision's object to (pixels (N, H, W[, 3]), labels (N,)), which its classes name differently.
_Read = Callable[[Any], tuple[NDArray[np.uint8], Any]]

_DIGITS = tuple("0123456789")


def torchvision(data: Torchvision, folder: Path, tell: Tell = silent) -> Dataset:
    """Read a data set into image files of `folder`, after downloading it if it is not at `data.root`.

    These are the official train and test splits; the unlabelled split of STL-10 is not used.

    Raises:
        DataError: the download failed, or the files at `data.root` are broken.
    """
    root = cache_folder() / "torchvision" if data.root is None else user_path(data.root)
    names: tuple[str, ...] = ()
    splits = []
    for name, size in (("train", data.train), ("test", data.test)):
        source = _open(data.source, root, name)
        pixels, labels = _ARRAYS[data.source](source)
        labels = np.asarray(labels, dtype=np.int64)
        names = tuple(str(known) for known in getattr(source, "classes", _DIGITS))
        rows = subset(labels, size, data.seed, f"data.{name}", names)
        splits.append(Split(store_images(pixels, rows, folder, name, data.size, tell), labels[rows]))
    return Dataset(splits[0], splits[1], None, names, ())


# Classes, and images of train and test. Those of SVHN and MNIST are not quite as many in each class.
_SIZES: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {
        "cifar10": (10, 50_000, 10_000),
        "cifar100": (100, 50_000, 10_000),
        "mnist": (10, 60_000, 10_000),
        "fashion-mnist": (10, 60_000, 10_000),
        "svhn": (10, 73_257, 26_032),
        "stl10": (10, 5_000, 8_000),
    }
)


def torchvision_labels(data: Torchvision, tell: Tell = silent) -> Labels:  # noqa: ARG001 - it takes no time
    """Return labels as many as those of `torchvision`, in equal classes; nothing is downloaded or read.

    Raises:
        DataError: a class has too few images.
    """
    classes, *sizes = _SIZES[data.source]
    both = [Labelled(np.arange(size, dtype=np.int64) % classes) for size in sizes]
    train, test = (
        one.take(subset(one.labels, size, data.seed, f"data.{name}"))
        for one, name, size in zip(both, ("train", "test"), (data.train, data.test), strict=True)
    )
    return Labels(train, test, ())


def _open(source: str, root: Path, split: str) -> Any:
    from torchvision import datasets  # imported here: it brings torch, which no other source needs

    opened: Mapping[str, Callable[[], Any]] = {
        "cifar10": lambda: datasets.CIFAR10(root, train=split == "train", download=True),
        "cifar100": lambda: datasets.CIFAR100(root, train=split == "train", download=True),
        "mnist": lambda: datasets.MNIST(root, train=split == "train", download=True),
        "fashion-mnist": lambda: datasets.FashionMNIST(root, train=split == "train", download=True),
        "svhn": lambda: datasets.SVHN(root, split=split, download=True),
        "stl10": lambda: datasets.STL10(root, split=split, download=True),
    }
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f"{source}.lock"):
            return opened[source]()
    except Exception as error:  # torchvision raises errors of many kinds if a download fails or is damaged
        raise DataError(
            f"{source}: cannot be downloaded to or read from {root} ({error}); "
            "check the network, or set data.root to a folder with torchvision's files"
        ) from error


def _lists(source: Any) -> tuple[NDArray[np.uint8], Any]:  # CIFAR
    return source.data, source.targets


def _tensors(source: Any) -> tuple[NDArray[np.uint8], Any]:  # MNIST
    return source.data.numpy(), source.targets.numpy()


def _channels_first(source: Any) -> tuple[NDArray[np.uint8], Any]:  # SVHN, STL-10
    return source.data.transpose(0, 2, 3, 1), source.labels


_ARRAYS: Mapping[str, _Read] = MappingProxyType(
    {
        "cifar10": _lists,
        "cifar100": _lists,
        "mnist": _tensors,
        "fashion-mnist": _tensors,
        "svhn": _channels_first,
        "stl10": _channels_first,
    }
)
