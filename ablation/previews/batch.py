"""What previews show of a grid: a few images of its first batch, and its crops."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ablation.augment import preview as draws
from ablation.augment.neighbours import Clips, Neighbours
from ablation.data.channels import shown
from ablation.data.dataset import Dataset
from ablation.grid.augmentations import Step
from ablation.grid.models import Grid
from ablation.grid.operations import Crop, SquareCrop


@dataclass(frozen=True, eq=False)
class Frames:
    """Frames of clips, of which the batch holds some."""

    stored: NDArray[np.uint8]  # (M, C, S, S)
    clips: Tensor  # (M,)
    rows: Tensor  # (B,), those of the batch


@dataclass(frozen=True, eq=False)
class FirstBatch:
    """The first batch of training, and which of its images are shown, of different classes if possible."""

    pixels: Tensor  # (B, C, S, S) uint8
    shown: list[int]  # positions in the batch
    classes: list[str]  # of the images shown; "" if images have none
    seed: int
    show: tuple[int, int, int] | None = None  # `data.show`
    frames: Frames | None = None  # where the images are frames of clips

    @classmethod
    def of(cls, grid: Grid, dataset: Dataset, images: int) -> "FirstBatch":
        """Take the first batch of the grid's first seed, and choose some of its images."""
        stored, seed = dataset.pretrain_images, grid.seeds[0]
        own, together = dataset.pretrain_clips, grid.pretrain.clip_frames
        clips = None if own is None else torch.from_numpy(np.array(own))
        rows_of_all = draws.first_batch(
            len(stored), grid.pretrain.batch_size, seed, None if clips is None else Clips.of(clips), together
        )
        chosen = rows_of_all.numpy()
        labelled = dataset.unlabelled is None and grid.evaluate.labels == "given"
        labels = dataset.train.labels[chosen] if labelled else None
        rows = (
            of_different_classes(labels, images) if labels is not None else list(range(images))[: len(chosen)]
        )
        classes = [""] * len(rows) if labels is None else [dataset.class_names[labels[i]] for i in rows]
        return cls(
            torch.from_numpy(np.ascontiguousarray(stored[chosen])),
            rows,
            classes,
            seed,
            grid.data.show,
            None if clips is None else Frames(stored, clips, rows_of_all),
        )

    def others(self, steps: Sequence[Step], step: int = 0) -> Tensor | None:
        """Return the frames that steps take second views from, (B, C, S, S); None for the same images."""
        neighbours = Neighbours.of(steps, self.frames.clips if self.frames else None, self.seed)
        if neighbours is None or self.frames is None:
            return None
        rows = neighbours(self.frames.rows, step).numpy()
        return torch.from_numpy(np.ascontiguousarray(self.frames.stored[rows]))

    @property
    def size(self) -> int:
        """The images' side in pixels."""
        return self.pixels.shape[-1]

    @property
    def pictures(self) -> NDArray[np.uint8]:
        """The originals of the images shown, as figures show them, (R, 3, S, S)."""
        originals: NDArray[np.uint8] = shown(self.pixels[self.shown], self.show).numpy()
        return originals


def of_different_classes(labels: NDArray[np.int64], images: int) -> list[int]:
    """Choose positions in a batch: the first image of every class, then the second, in the batch's order.

    Example:
        >>> of_different_classes(np.array([1, 1, 0, 1, 0]), images=3)
        [0, 2, 1]
    """
    occurrence = [int((labels[:i] == label).sum()) for i, label in enumerate(labels)]
    return sorted(range(len(labels)), key=lambda i: (occurrence[i], i))[:images]


def crops(grid: Grid) -> list[tuple[str, Step | None]]:
    """Find each crop of a grid once, also within sequences, with the name of its augmentation or its step.

    Example:
        >>> augmentations = {"crop": {"flip": [0.0, 0.5]}, "simclr": ["square-crop", "color"]}
        >>> grid = Grid.model_validate({"data": {"source": "shapes"}, "augmentations": augmentations})
        >>> [name for name, _ in crops(grid)]
        ['crop flip 0', 'crop flip 0.5', 'square-crop']
    """
    found: dict[Step, str] = {}
    for augmentation in sorted(grid.resolved, key=lambda one: len(one.steps) > 1):
        for step in augmentation.steps:
            if isinstance(step.operation, Crop | SquareCrop):
                found.setdefault(step, augmentation.name if len(augmentation.steps) == 1 else step.name)
    return [(name, step) for step, name in found.items()]
