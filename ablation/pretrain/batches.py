"""Where a batch comes from: images, each with its counterpart, made into normalised views."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from ablation.augment.neighbours import Neighbours
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
    # (2N, 2N), views that are as near in time as partners can be, and so no negatives; None: there are none
    near: Tensor | None = None
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

    def near(self, rows: Tensor, step: int) -> Tensor | None:
        """Say which of the 2N images are near each other, (2N, 2N), partners aside; None if none can be."""


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

    def near(self, rows: Tensor, step: int) -> None:
        """Return None: each image is a scene of its own."""


@dataclass(frozen=True)
class Frames:
    """Frames of clips, whose counterparts are other frames of the same clip."""

    pixels: Pixels  # (M, C, S, S) uint8
    neighbours: Neighbours

    def __len__(self) -> int:
        return len(self.pixels)

    def take(self, rows: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Return the images with indices `rows`, and the frames of their second views."""
        return self.pixels[rows], self.pixels[self.neighbours(rows, step)]

    def near(self, rows: Tensor, step: int) -> Tensor:
        """Say which frames of a clip are at most as far from each other as partners can be, (2N, 2N)."""
        frames = torch.cat([rows, self.neighbours(rows, step)])  # (2N,)
        near = self.neighbours.clips.near(frames, self.neighbours.margin)
        views = torch.arange(len(frames), device=near.device)
        near[views, views] = near[views, views.roll(len(rows))] = False
        return near.to(self.pixels.device)


def pool_of(pixels: Pixels, neighbours: Neighbours | None) -> Pool:
    """Return the pool of a cell, which takes counterparts from neighbours if it has any."""
    return Stills(pixels) if neighbours is None else Frames(pixels, neighbours)


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
        x = self.normalize(*self.views(images, step, others))  # (2N, 3, S, S)
        return Batch(x, views=2, near=self.pool.near(rows, step), step=step)


@dataclass(frozen=True)
class LabelledBatches:
    """One view of each image, the augmented one, with the image's label."""

    images: Images
    views: Views
    normalize: Normalize
    used: Tensor | None = None  # (M,), indices of the images to take; None: all

    def __len__(self) -> int:
        return len(self.images.pixels if self.used is None else self.used)

    def __call__(self, rows: Tensor, step: int) -> Batch:
        """Make the first view of the images with indices `rows`, among those that are used."""
        rows = rows if self.used is None else self.used[rows]
        x, _ = self.views(self.images.pixels[rows], step, None)
        return Batch(self.normalize(x), views=1, labels=self.images.labels[rows])
