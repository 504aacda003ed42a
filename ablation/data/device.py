"""A data set on a device: uint8 pixels that stay there, labels and the normalisation."""

import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from ablation.data.dataset import Dataset, Split
from ablation.data.prepare import load


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
    def of(cls, pixels: Tensor) -> "Normalize":
        """Measure the mean and standard deviation of uint8 pixels (N, C, S, S); 1 for a constant channel."""
        # From counts of the 256 values: exact, the same on every device, without a float copy of the pixels.
        values = torch.arange(256, dtype=torch.float64) / 255
        counts = (
            torch.stack([torch.bincount(c.flatten(), minlength=256) for c in pixels.unbind(1)]).cpu().double()
        )
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


@dataclass(frozen=True)
class Images:
    """A split on a device."""

    pixels: Tensor  # (N, C, S, S) uint8
    labels: Tensor  # (N,) int64
    groups: Tensor | None  # (N,) int64, on the CPU


@dataclass(frozen=True)
class DeviceDataset:
    """A data set on a device; on the CPU its pixels are the memory map that all workers share."""

    train: Images
    test: Images
    pretrain: Tensor  # (M, C, S, S) uint8: the images to pretrain on
    normalize: Normalize
    classes: int

    @property
    def size(self) -> int:
        """The images' side in pixels."""
        return self.pretrain.shape[-1]

    @property
    def channels(self) -> int:
        """C, how many channels the images have."""
        return self.pretrain.shape[1]


@lru_cache(maxsize=1)
def load_on(folder: Path, device: torch.device) -> DeviceDataset:
    """Open a prepared data set on a device; a process keeps the last one, which all jobs of a grid share.

    Args:
        folder: from `ablation.data.prepare.prepare`; its name is a hash of its contents.
        device: where the pixels go.
    """
    return to_device(load(folder), device)


def to_device(dataset: Dataset, device: torch.device) -> DeviceDataset:
    """Move a data set to a device, pixels as uint8."""
    train, test = _images(dataset.train, device), _images(dataset.test, device)
    pretrain = train.pixels if dataset.unlabelled is None else _tensor(dataset.unlabelled).to(device)
    return DeviceDataset(train, test, pretrain, Normalize.of(pretrain), len(dataset.class_names))


def _images(split: Split, device: torch.device) -> Images:
    groups = None if split.groups is None else _tensor(split.groups)
    return Images(_tensor(split.images).to(device), _tensor(split.labels).to(device), groups)


def _tensor(array: object) -> Tensor:
    # torch warns about read-only memory maps, but nothing here writes to pixels.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.as_tensor(array)
