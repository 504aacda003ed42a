"""Refuses what a grid wants and its images lack: channels, frames; imports torch only where it must."""

from collections.abc import Sequence

from ablation.data.channels import RGB, shown_channels
from ablation.errors import DataError, GridError
from ablation.grid.entries import Kornia, Python
from ablation.grid.models import Grid
from ablation.words import counted, listed


def refuse_channels(grid: Grid, channels: int) -> None:
    """Refuse a grid whose augmentations or measurements its images have the wrong channels for.

    Args:
        grid: valid so far.
        channels: how many its images have.

    Raises:
        DataError: `data.show` names a channel that there is not.
        GridError: every such augmentation by its name, and what to use instead.

    Example:
        >>> augmentations = {"crop": {}, "color": {}}
        >>> grid = Grid.model_validate({"data": {"source": "shapes"}, "augmentations": augmentations})
        >>> refuse_channels(grid, 3)
        >>> refuse_channels(grid, 4)
        Traceback (most recent call last):
        ...
        ablation.errors.GridError: the images have 4 channels, and color needs red, green and blue; use \
channel-jitter or channel-drop
    """
    shown_channels(channels, grid.data.show)
    if channels == RGB:
        return
    have = f"the images have {counted(channels, 'channel')}"
    wrong = []
    if needing := _needing(grid, "rgb"):
        instead = "channel-jitter" if channels == 1 else "channel-jitter or channel-drop"
        wrong.append(f"{have}, and {_need(needing)} red, green and blue; use {instead}")
    if channels == 1 and (needing := _needing(grid, "several")):
        wrong.append(f"{have}, and {_need(needing)} several channels; leave it out")
    if grid.evaluate.transformations:
        wrong.append(f"{have}, and evaluate.transformations needs red, green and blue; set it to false")
    wrong += [f"{have}: {fault}" for fault in _faults(grid, channels)]
    if wrong:
        raise GridError("\n".join(wrong))


def refuse_short_clips(grid: Grid, lengths: Sequence[int]) -> None:
    """Refuse a grid whose batches take more frames of each clip than some clip has.

    Args:
        grid: valid so far.
        lengths: the frames of each clip to pretrain on; none where images are no frames.

    Raises:
        DataError: how many clips are too short, and how short; or there is no full batch.
    """
    frames = grid.pretrain.clip_frames
    if frames is None or not lengths:
        return
    if (fewest := min(lengths)) < frames:
        short = sum(length < frames for length in lengths)
        have = "clip has" if short == 1 else "clips have"
        raise DataError(
            f"{short} of {len(lengths)} training {have} fewer than {frames} frames, one of them {fewest}; "
            f"set pretrain.clip_frames to {fewest} or less, or leave short clips out"
        )
    usable = sum(length // frames * frames for length in lengths)
    if usable < grid.pretrain.batch_size:
        raise DataError(
            f"{usable} frames of clips cannot fill a batch of {grid.pretrain.batch_size}; "
            f"set pretrain.batch_size to {usable} or less"
        )


def _needing(grid: Grid, needs: str) -> list[str]:
    found = [
        step.name
        for one in grid.resolved
        for step in one.steps
        if getattr(step.operation, "needs", "any") == needs
    ]
    return list(dict.fromkeys(found))


def _need(names: list[str]) -> str:
    return f"{listed(names)} {'needs' if len(names) == 1 else 'need'}"


def _faults(grid: Grid, channels: int) -> list[str]:
    """Run what is not built in on images of these channels."""
    foreign = {
        step.name: step.operation
        for one in grid.resolved
        for step in one.steps
        if isinstance(step.operation, Kornia | Python)
    }
    if not foreign:
        return []
    from ablation.augment.inspect import inspect

    return [
        f"augmentations.{name}: {fault}"
        for name, operation in foreign.items()
        for fault in inspect(operation, grid.data.size, channels).values()
    ]
