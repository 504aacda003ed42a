"""What previews show of a grid: a few images of its first batch, and its crops."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ablation.augment import preview as draws
from ablation.data.channels import shown
from ablation.data.dataset import Dataset
from ablation.grid.augmentations import Step
from ablation.grid.models import Grid
from ablation.grid.operations import Crop, SquareCrop


@dataclass(frozen=True, eq=False)
class FirstBatch:
    """The first batch of training, and which of its images are shown, of different classes if possible."""

    pixels: Tensor  # (B, C, S, S) uint8
    shown: list[int]  # positions in the batch
    classes: list[str]  # of the images shown; "" if images have none
    seed: int
    show: tuple[int, int, int] | None = None  # `data.show`

    @classmethod
    def of(cls, grid: Grid, dataset: Dataset, images: int) -> "FirstBatch":
        """Take the first batch of the grid's first seed, and choose some of its images."""
        stored, seed = dataset.pretrain_images, grid.seeds[0]
        chosen = draws.first_batch(len(stored), grid.pretrain.batch_size, seed).numpy()
        labelled = dataset.unlabelled is None and grid.evaluate.labels == "given"
        labels = dataset.train.labels[chosen] if labelled else None
        rows = (
            of_different_classes(labels, images) if labels is not None else list(range(images))[: len(chosen)]
        )
        classes = [""] * len(rows) if labels is None else [dataset.class_names[labels[i]] for i in rows]
        return cls(
            torch.from_numpy(np.ascontiguousarray(stored[chosen])), rows, classes, seed, grid.data.show
        )

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
