"""Pixels as jobs take them: all on the device, or on the machine, from which each batch is copied."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor


class Pixels(Protocol):
    """Images (N, C, S, S) of which rows and blocks are taken, which are on `device` then; a tensor is one."""

    @property
    def shape(self) -> torch.Size:
        """(N, C, S, S)."""

    @property
    def device(self) -> torch.device:
        """Where the rows are that are taken."""

    def __len__(self) -> int:
        """How many images there are."""

    def __getitem__(self, rows: Any, /) -> Tensor:
        """Return images (n, C, S, S), or what else the index of a tensor means."""

    def split(self, size: int, /) -> Iterable[Tensor]:
        """Return all images, so many at a time."""


@dataclass(frozen=True, eq=False)
class HostPixels:
    """Pixels that stay in the memory map, because the device cannot hold them; CUDA is not measured.

    Example:
        >>> pixels = HostPixels(torch.zeros(9, 3, 8, 8, dtype=torch.uint8), torch.device("cpu"))
        >>> pixels[torch.tensor([1, 3])].shape, len(list(pixels.split(4)))
        (torch.Size([2, 3, 8, 8]), 3)
    """

    host: Tensor  # (N, C, S, S) uint8
    device: torch.device

    @property
    def shape(self) -> torch.Size:
        """(N, C, S, S)."""
        return self.host.shape

    def __len__(self) -> int:
        return len(self.host)

    def __getitem__(self, rows: Any, /) -> Tensor:
        return self._sent(self.host[rows.to(self.host.device) if isinstance(rows, Tensor) else rows])

    def split(self, size: int, /) -> Iterator[Tensor]:
        """Yield all images, so many at a time."""
        return map(self._sent, self.host.split(size))

    def _sent(self, taken: Tensor) -> Tensor:
        if self.device == self.host.device:
            return taken
        # From pinned memory, the copy waits in the device's queue, and the next batch is taken meanwhile.
        return taken.pin_memory().to(self.device, non_blocking=True)


def indexed_on(pixels: Pixels) -> torch.device:
    """Return where the rows of a batch should be: where pixels are, or else taking them waits for the device.

    Example:
        >>> indexed_on(HostPixels(torch.zeros(9, 3, 8, 8), torch.device("cuda")))
        device(type='cpu')
    """
    return pixels.host.device if isinstance(pixels, HostPixels) else pixels.device
