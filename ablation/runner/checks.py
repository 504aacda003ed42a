"""Finds what would make every job of a run fail, before the first one starts; does not import torch."""

from collections.abc import Sequence

import numpy as np

from ablation.augment.needs import refuse_channels
from ablation.data.dataset import Dataset
from ablation.data.splits import validation_split
from ablation.errors import DataError, DeviceError
from ablation.grid.models import Grid
from ablation.words import counted


def check(grid: Grid, images: Dataset, devices: Sequence[str]) -> None:
    """Check that a grid can run on these images and devices.

    Raises:
        DataError: the validation split is impossible, there is no full batch to train on, or clips are
            shorter than what a batch takes of each.
        GridError: its augmentations need other channels than the images have.
        DeviceError: the devices do not support the grid's precision.

    Example:
        >>> import numpy as np
        >>> from ablation.data.dataset import Split
        >>> grid = Grid.model_validate({"data": {"source": "shapes"}, "augmentations": {"crop": {}}})
        >>> split = Split(np.zeros((200, 3, 8, 8), np.uint8), np.arange(200) % 2)
        >>> check(grid, Dataset(split, split, None, ("cat", "dog"), ()), ["cpu"])
    """
    refuse_channels(grid, images.channels)
    if grid.pretrain.precision == "tf32" and "cpu" in devices:  # as `ablation.machine.prepare_device`
        raise DeviceError('pretrain.precision = "tf32" needs a CUDA device; set it to "float32" or "bf16"')
    refuse_short_clips(grid, images)
    train, fraction = images.train, grid.evaluate.validation_fraction
    if grid.evaluate.labels == "given":
        validation_split(train.labels, fraction, train.groups, names=images.class_names)
    pretrained, labelled = len(images.pretrain_images), len(train)
    needed = {f"{counted(pretrained, 'image')} to pretrain on": pretrained}
    if "supervised" in grid.baselines:
        needed[f"{counted(labelled, 'labelled image')} to train the supervised baseline on"] = labelled
    for what, count in needed.items():
        if count < grid.pretrain.batch_size:
            raise DataError(
                f"{what} cannot fill a batch of {grid.pretrain.batch_size}; "
                f"set pretrain.batch_size to {count} or less"
            )


def refuse_short_clips(grid: Grid, images: Dataset) -> None:
    """Raise DataError if a batch takes more frames of each clip than some clip has."""
    frames, clips = grid.pretrain.clip_frames, images.pretrain_clips
    if frames is None or clips is None:
        return
    counts = np.unique(clips, return_counts=True)[1]
    if (fewest := int(counts.min())) < frames:
        short = int((counts < frames).sum())
        have = "clip has" if short == 1 else "clips have"
        raise DataError(
            f"{short} of {len(counts)} training {have} fewer than {frames} frames, one of them {fewest}; "
            f"set pretrain.clip_frames to {fewest} or less, or leave short clips out"
        )
    usable = int((counts // frames * frames).sum())
    if usable < grid.pretrain.batch_size:
        raise DataError(
            f"{usable} frames of clips cannot fill a batch of {grid.pretrain.batch_size}; "
            f"set pretrain.batch_size to {usable} or less"
        )
