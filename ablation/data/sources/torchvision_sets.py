"""The data sets of torchvision that are read by name: how each is opened, and how large it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

# From torchvision's object to (pixels (N, H, W[, 3]), labels (N,)), which its classes name differently.
_Read = Callable[[Any], tuple[NDArray[np.uint8], Any]]
# Takes torchvision.datasets, the folder of the files, and train or test.
_Open = Callable[[Any, Path, str], Any]


@dataclass(frozen=True)
class Known:
    """A data set: its classes and images, and how to open it."""

    classes: int
    train: int
    test: int  # 0: there is no official test split
    open: _Open
    arrays: _Read | None = None  # None: one picture after the other, as (PIL image, label)
    even: bool = True  # whether classes are about equal

    @property
    def splits(self) -> tuple[str, ...]:
        """The official splits."""
        return ("train", "test") if self.test else ("train",)


def _lists(source: Any) -> tuple[NDArray[np.uint8], Any]:  # CIFAR, USPS
    return source.data, source.targets


def _tensors(source: Any) -> tuple[NDArray[np.uint8], Any]:  # MNIST
    return source.data.numpy(), source.targets.numpy()


def _first_of_several(source: Any) -> tuple[NDArray[np.uint8], Any]:  # QMNIST, which knows writers, too
    return source.data.numpy(), source.targets.numpy()[:, 0]


def _channels_first(source: Any) -> tuple[NDArray[np.uint8], Any]:  # SVHN, STL-10
    return source.data.transpose(0, 2, 3, 1), source.labels


def _labelled(source: Any) -> tuple[NDArray[np.uint8], Any]:  # Semeion
    return source.data, source.labels


def _by_flag(name: str, **more: Any) -> _Open:
    return lambda sets, root, split: getattr(sets, name)(root, train=split == "train", download=True, **more)


def _by_name(name: str, train: str = "train", test: str = "test") -> _Open:
    called = {"train": train, "test": test}
    return lambda sets, root, split: getattr(sets, name)(root, split=called[split], download=True)


def _whole(name: str) -> _Open:
    return lambda sets, root, _: getattr(sets, name)(root, download=True)


KNOWN: Mapping[str, Known] = MappingProxyType(
    {
        "cifar10": Known(10, 50_000, 10_000, _by_flag("CIFAR10"), _lists),
        "cifar100": Known(100, 50_000, 10_000, _by_flag("CIFAR100"), _lists),
        "stl10": Known(10, 5_000, 8_000, _by_name("STL10"), _channels_first),
        # The classes of SVHN and MNIST are not quite equal.
        "svhn": Known(10, 73_257, 26_032, _by_name("SVHN"), _channels_first),
        "mnist": Known(10, 60_000, 10_000, _by_flag("MNIST"), _tensors),
        "fashion-mnist": Known(10, 60_000, 10_000, _by_flag("FashionMNIST"), _tensors),
        "kmnist": Known(10, 60_000, 10_000, _by_flag("KMNIST"), _tensors),
        "emnist": Known(47, 112_800, 18_800, _by_flag("EMNIST", split="balanced"), _tensors),
        "qmnist": Known(10, 60_000, 60_000, _by_flag("QMNIST"), _first_of_several),
        "usps": Known(10, 7_291, 2_007, _by_flag("USPS"), _lists, even=False),
        "semeion": Known(10, 1_593, 0, _whole("SEMEION"), _labelled),
        "gtsrb": Known(43, 26_640, 12_630, _by_name("GTSRB"), even=False),
        "flowers102": Known(102, 1_020, 6_149, _by_name("Flowers102"), even=False),
        "food101": Known(101, 75_750, 25_250, _by_name("Food101")),
        "oxford-iiit-pet": Known(37, 3_680, 3_669, _by_name("OxfordIIITPet", "trainval")),
        "dtd": Known(47, 1_880, 1_880, _by_name("DTD")),
        "eurosat": Known(10, 27_000, 0, _whole("EuroSAT")),
        "fgvc-aircraft": Known(100, 6_667, 3_333, _by_name("FGVCAircraft", "trainval")),
        "pcam": Known(2, 262_144, 32_768, _by_name("PCAM")),
        "caltech101": Known(101, 8_677, 0, _whole("Caltech101"), even=False),
        "caltech256": Known(257, 30_607, 0, _whole("Caltech256"), even=False),
        "rendered-sst2": Known(2, 6_920, 1_821, _by_name("RenderedSST2")),
        "sun397": Known(397, 108_754, 0, _whole("SUN397"), even=False),
        "country211": Known(211, 31_650, 21_100, _by_name("Country211")),
        "imagenette": Known(10, 9_469, 3_925, _by_name("Imagenette", test="val")),
    }
)
