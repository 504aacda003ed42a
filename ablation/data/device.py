"""A data set for a device: uint8 pixels on it, or copied to it batch by batch; labels and normalisation."""

import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ablation.data.dataset import Dataset, Split
from ablation.data.pixels import HostPixels, Pixels, indexed_on
from ablation.data.prepare import load

_SHARE = 0.5  # of a device's free memory that pixels may take; the rest is for the network and for features
_BLOCK = 4096  # images at a time


@dataclass(frozen=True)
class Normalize:
    """Subtracts the training images' mean and divides by their standard deviation, channel by channel.

    Example:
        >>> black_and_white = torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1, 1).expand(2, 3, 1, 1)
        >>> normalize = Normalize.of(black_and_white)
        >>> normalize(torch.ones(1, 3, 1, 1)).flatten().tolist()
        [1.0, 1.0, 1.0]
    """

    mean: Tensor  # (1, C, 1, 1), of pixels in [0, 1]
    std: Tensor  # (1, C, 1, 1)

    @classmethod
    def of(cls, pixels: Pixels) -> "Normalize":
        """Measure the mean and standard deviation of uint8 pixels (N, C, S, S); 1 for a constant channel."""
        # From counts of the 256 values: exact, the same on every device, without a float copy of the pixels.
        values = torch.arange(256, dtype=torch.float64) / 255
        blocks = [_counts(block) for block in pixels.split(_BLOCK)]  # (C, 256) each
        counts = torch.stack(blocks).sum(dim=0).cpu().double()
        share = counts / counts.sum(dim=1, keepdim=True)  # (C, 256)
        mean = (share * values).sum(dim=1)
        std = (share * (values - mean[:, None]) ** 2).sum(dim=1).sqrt()
        std = torch.where(std > 0, std, torch.ones_like(std))
        shape = (1, len(mean), 1, 1)
        return cls(*(v.float().view(shape).to(pixels.device) for v in (mean, std)))

    def __call__(self, *batches: Tensor) -> Tensor:
        """Normalise batches of images in [0, 1], each (N, C, S, S), into one batch in channels-last order.

        Example:
            >>> pixels = torch.arange(12, dtype=torch.uint8).view(1, 3, 2, 2)
            >>> x1, x2 = torch.zeros(4, 3, 2, 2), torch.ones(4, 3, 2, 2)
            >>> Normalize.of(pixels)(x1, x2).shape
            torch.Size([8, 3, 2, 2])
        """
        sizes = [len(x) for x in batches]
        result = torch.empty(
            (sum(sizes), *batches[0].shape[1:]), device=self.mean.device, memory_format=torch.channels_last
        )
        for part, x in zip(result.split(sizes), batches, strict=True):
            torch.sub(x, self.mean, out=part)  # one pass: subtracts, joins, reorders
        # One row of the image at a time, because a loop over so few channels cannot be vectorised.
        rows = result.movedim(1, 3).view(len(result), result.shape[2], -1)  # (N, S, C S)
        rows.div_(self.std.flatten().repeat(result.shape[3]))
        return result


def _counts(pixels: Tensor) -> Tensor:
    return torch.stack([torch.bincount(channel.flatten(), minlength=256) for channel in pixels.unbind(1)])


@dataclass(frozen=True)
class Images:
    """A split on a device."""

    pixels: Pixels  # (N, C, S, S) uint8
    labels: Tensor  # (N,) int64
    groups: Tensor | None  # (N,) int64, on the CPU


@dataclass(frozen=True)
class DeviceDataset:
    """A data set on a device; on the CPU its pixels are the memory map that all workers share."""

    train: Images
    test: Images
    pretrain: Pixels  # (M, C, S, S) uint8: the images to pretrain on
    normalize: Normalize
    classes: int
    clips: Tensor | None = (
        None  # (M,) int64, where rows of `pretrain` are: the clip of each, if they are frames
    )

    @property
    def size(self) -> int:
        """The images' side in pixels."""
        return self.pretrain.shape[-1]

    @property
    def channels(self) -> int:
        """C, how many channels the images have."""
        return self.pretrain.shape[1]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the results must know."""
        if not isinstance(self.pretrain, HostPixels):
            return ()
        return ("the device cannot hold all images, so each batch is copied to it; numbers are the same",)


@lru_cache(maxsize=1)
def load_on(folder: Path, device: torch.device) -> DeviceDataset:
    """Open a prepared data set on a device; a process keeps the last one, which all jobs of a grid share.

    Args:
        folder: from `ablation.data.prepare.prepare`; its name is a hash of its contents.
        device: where the pixels go.
    """
    return to_device(load(folder), device)


def to_device(dataset: Dataset, device: torch.device) -> DeviceDataset:
    """Move a data set to a device, pixels as uint8; where it cannot hold them, they stay where they are."""
    arrays = (dataset.train.images, dataset.test.images, dataset.unlabelled)
    free = free_memory(device)
    fits = free is None or sum(one.nbytes for one in arrays if one is not None) <= _SHARE * free

    def pixels(array: NDArray[np.uint8]) -> Pixels:
        return _tensor(array).to(device) if fits else HostPixels(_tensor(array), device)

    train, test = (
        Images(pixels(split.images), _tensor(split.labels).to(device), _groups(split))
        for split in (dataset.train, dataset.test)
    )
    pretrain = train.pixels if dataset.unlabelled is None else pixels(dataset.unlabelled)
    clips = dataset.pretrain_clips
    return DeviceDataset(
        train,
        test,
        pretrain,
        Normalize.of(pretrain),
        len(dataset.class_names),
        None if clips is None else _tensor(clips).to(indexed_on(pretrain)),
    )


def free_memory(device: torch.device) -> int | None:
    """Return the bytes that are free on a device; None for the CPU, whose pixels are a map that takes none.

    Example:
        >>> free_memory(torch.device("cpu"))
    """
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else None  # not measured


def _groups(split: Split) -> Tensor | None:
    return None if split.groups is None else _tensor(split.groups)


def _tensor(array: object) -> Tensor:
    # torch warns about read-only memory maps, but nothing here writes to pixels.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.as_tensor(array)
