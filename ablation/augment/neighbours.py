"""Time instead of augmentation: which frame of the same clip the second view is taken from."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ablation.grid.augmentations import Step
from ablation.grid.operations import Time
from ablation.seeds import generator


@dataclass(frozen=True, eq=False)
class Clips:
    """M images that are frames of clips, and where each lies in its clip.

    Example:
        >>> clips = Clips.of(torch.tensor([5, 5, 8, 5]))
        >>> clips.place.tolist(), clips.order.tolist()
        ([0, 1, 3, 2], [0, 1, 3, 2])
    """

    order: Tensor  # (M,) images, clip after clip, in the order of time
    place: Tensor  # (M,) of each image in that order
    first: Tensor  # (M,) place of the first frame of its clip
    end: Tensor  # (M,) place after the last

    @classmethod
    def of(cls, clips: Tensor) -> "Clips":
        """Find the order from the clip of each image, (M,); the images of a clip are in the order of time."""
        order = clips.argsort(stable=True)
        _, which, counts = clips.unique(return_inverse=True, return_counts=True)
        end = counts.cumsum(0)
        return cls(order, order.argsort(), (end - counts)[which], end[which])

    def whole(self, together: int) -> int:
        """Count the images in sets of so many frames of a clip, without those that are left over in each.

        Example:
            >>> Clips.of(torch.tensor([5, 5, 5, 8, 8])).whole(together=2)
            4
        """
        return int(((self.end - self.first) // together * together)[self.order[self.first.unique()]].sum())

    def near(self, rows: Tensor, margin: int) -> Tensor:
        """Say which of some images, (N,), are frames of one clip at most `margin` apart: (N, N)."""
        place, first = self.place[rows], self.first[rows]
        return (first[:, None] == first) & ((place[:, None] - place).abs() <= margin)


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The frames from which a cell takes its second views: `others = neighbours(rows, step)`."""

    clips: Clips
    steps: tuple[tuple[str, Time], ...]
    seed: int

    @classmethod
    def of(cls, steps: Sequence[Step], clips: Tensor | None, seed: int) -> "Neighbours | None":
        """Take them from the steps of a cell and the clip of each image, (M,); None if no step is `time`.

        Raises:
            ValueError: there is such a step, and the images are no frames.

        Example:
            >>> neighbours = Neighbours.of([Step("time", Time())], torch.zeros(2, dtype=torch.int64), seed=0)
            >>> neighbours(torch.tensor([0, 1]), step=0).tolist()
            [1, 0]
        """
        own = tuple((step.name, step.operation) for step in steps if isinstance(step.operation, Time))
        if not own:
            return None
        if clips is None:
            raise ValueError("time needs images that are frames of clips")
        return cls(Clips.of(clips), own, seed)

    @property
    def margin(self) -> int:
        """How many frames a second view can be away."""
        return sum(time.margin for _, time in self.steps)

    def __call__(self, rows: Tensor, step: int) -> Tensor:
        """Return the frame for the second view of each of the images with indices `rows`: (N,) indices.

        Each frame of the clip that is at most `margin` away is as likely, the image itself aside; only a clip
        of one frame has no other. The draws depend on the size of the batch, like those of operations.
        """
        for position, (name, time) in enumerate(self.steps):
            occurrence = sum(name == earlier for earlier, _ in self.steps[:position])
            drawn = torch.rand(len(rows), generator=generator(self.seed, step, name, occurrence))
            rows = self._drawn(rows, drawn.to(rows.device), time.margin)
        return rows

    def _drawn(self, rows: Tensor, drawn: Tensor, margin: int) -> Tensor:
        place = self.clips.place[rows]
        low = (place - margin).maximum(self.clips.first[rows])
        high = (place + margin).minimum(self.clips.end[rows] - 1)
        other = low + (drawn * (high - low)).long()  # of high - low others, the place itself left out
        return self.clips.order[torch.where(high > low, other + (other >= place), place)]
