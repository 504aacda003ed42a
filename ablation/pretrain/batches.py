"""Where a batch comes from: images, each with its counterpart, made into normalised views."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from ablation.data.device import Images, Normalize
from ablation.data.pixels import Pixels

# From uint8 pixels (N, C, S, S), the step, and the images of the second views (None for the same images), to
# two views (N, C, S, S) float32 in [0, 1]; `ablation.augment.views.TwoViews` is one.
Views = Callable[[Tensor, int, Tensor | None], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Batch:
    """What an objective gets: normalised views of N images, and their labels if it may see them."""

    x: Tensor  # (V N, C, S, S), view after view
    views: int  # V
    labels: Tensor | None = None  # (N,)
    step: int = 0  # of the whole job, which seeds what an objective draws

    @property
    def by_view(self) -> tuple[Tensor, ...]:
        """The views one by one, (N, C, S, S) each."""
        return self.x.chunk(self.views)


class Batches(Protocol):
    """Makes the batches of a job from its images."""

    def __len__(self) -> int:
        """How many images there are."""

    def __call__(self, rows: Tensor, step: int) -> Batch:
        """Make the batch of the images with indices `rows`, (N,), at a step of the whole job."""


class Pool(Protocol):
    """Where images come from, each with a counterpart: itself, or one of the same scene (a nearby frame)."""

    def __len__(self) -> int:
        """How many images there are."""

    def take(self, rows: Tensor, step: int) -> tuple[Tensor, Tensor | None]:
        """Return uint8 images (N, C, S, S) and their counterparts, or None if each is its own."""


@dataclass(frozen=True)
class Stills:
    """Images that are their own counterparts.

    Example:
        >>> import torch
        >>> Stills(torch.zeros(9, 3, 8, 8, dtype=torch.uint8)).take(torch.tensor([1, 3]), step=0)[0].shape
        torch.Size([2, 3, 8, 8])
    """

    pixels: Pixels  # (M, C, S, S) uint8

    def __len__(self) -> int:
        return len(self.pixels)

    def take(self, rows: Tensor, step: int) -> tuple[Tensor, None]:  # noqa: ARG002 - stills do not change
        """Return the images with indices `rows`."""
        return self.pixels[rows], None


@dataclass(frozen=True)
class ViewBatches:
    """Two views of each image, without labels."""

    pool: Pool
    views: Views
    normalize: Normalize

    def __len__(self) -> int:
        return len(self.pool)

    def __call__(self, rows: Tensor, step: int) -> Batch:
        """Make both views of the images with indices `rows`."""
        images, others = self.pool.take(rows, step)
        return Batch(self.normalize(*self.views(images, step, others)), views=2, step=step)  # (2N, 3, S, S)


@dataclass(frozen=True)
class LabelledBatches:
    """One view of each image, the augmented one, with the image's label."""

    images: Images
    views: Views
    normalize: Normalize

    def __len__(self) -> int:
        return len(self.images.pixels)

    def __call__(self, rows: Tensor, step: int) -> Batch:
        """Make the first view of the images with indices `rows`."""
        x, _ = self.views(self.images.pixels[rows], step, None)
        return Batch(self.normalize(x), views=1, labels=self.images.labels[rows])
