"""Finds what would make every job of a run fail, before it starts; imports torch only where it must."""

from collections.abc import Sequence

from ablation.augment.needs import refuse_channels, refuse_short_clips
from ablation.data.channels import refuse_other_channels
from ablation.data.dataset import Dataset, clip_lengths
from ablation.data.splits import validation_split
from ablation.data.transfer import of_transfer
from ablation.errors import DataError, DeviceError, GridError
from ablation.grid.encoders import spelled
from ablation.grid.models import Grid
from ablation.grid.objectives import Supervised
from ablation.words import counted


def check(grid: Grid, images: Dataset, devices: Sequence[str]) -> None:
    """Check that a grid can run on these images and devices.

    Raises:
        DataError: the validation split is impossible, there is no full batch to train on, or clips are
            shorter than what a batch takes of each.
        GridError: its augmentations or its encoder need other channels than the images have.
        DeviceError: the devices do not support the grid's precision.

    Example:
        >>> import numpy as np
        >>> from ablation.data.dataset import Split
        >>> grid = Grid.model_validate({"data": {"source": "shapes"}, "augmentations": {"crop": {}}})
        >>> split = Split(np.zeros((200, 3, 8, 8), np.uint8), np.arange(200) % 2)
        >>> check(grid, Dataset(split, split, None, ("cat", "dog"), ()), ["cpu"])
    """
    refuse_channels(grid, images.channels)
    if grid.pretrain.encoder.is_foreign:
        from ablation.pretrain.inspect import inspect  # torch, for code and weights that are not ours

        faults = inspect(grid.pretrain.encoder, images.train.images.shape[-1], images.channels)
        if faults:
            raise GridError("\n".join(f"pretrain.{key}: {fault}" for key, fault in faults.items()))
    if grid.pretrain.precision == "tf32" and "cpu" in devices:  # as `ablation.machine.prepare_device`
        raise DeviceError('pretrain.precision = "tf32" needs a CUDA device; set it to "float32" or "bf16"')
    refuse_short_clips(grid, clip_lengths(images.pretrain_clips))
    train, fraction = images.train, grid.evaluate.validation_fraction
    if grid.evaluate.labels == "given":
        validation_split(train.labels, fraction, train.groups, names=images.class_names)
    pretrained, labelled = len(images.pretrain_images), len(train)
    needed = {f"{counted(pretrained, 'image')} to pretrain on": pretrained}
    if isinstance(grid.pretrain.objective, Supervised):
        fitted, _ = validation_split(train.labels, fraction, train.groups)
        count = len(fitted)
        needed = {f"{counted(count, 'labelled image')} outside validation to train on": count}
    if "supervised" in grid.baselines:
        needed[f"{counted(labelled, 'labelled image')} to train the supervised baseline on"] = labelled
    for what, count in needed.items():
        if count < grid.pretrain.batch_size:
            raise DataError(
                f"{what} cannot fill a batch of {grid.pretrain.batch_size}; "
                f"set pretrain.batch_size to {count} or less"
            )


def check_world_size(grid: Grid, present: int) -> None:
    """Raise DeviceError where a grid's jobs are not shared by as many processes as there are.

    Example:
        >>> values = {"data": {"source": "shapes"}, "augmentations": {"crop": {}}}
        >>> check_world_size(Grid.model_validate(values), present=1)
    """
    wanted = grid.pretrain.world_size
    if wanted != present:
        raise DeviceError(
            f"pretrain.world_size = {wanted}: each job needs as many processes, not {present}; start the run "
            f"with torchrun --nproc-per-node {wanted} -m ablation run GRID, or set it to {present}"
        )


def check_transfer(grid: Grid, images: Dataset, others: Dataset) -> None:
    """Check that encoders of some images can be probed on others.

    Raises:
        DataError: they have other channels, or their validation split is impossible.
        GridError: the encoder does not take images of their size.

    Example:
        >>> import numpy as np
        >>> from ablation.data.dataset import Split
        >>> data = {"source": "shapes"}
        >>> values = {"data": data, "transfer": data, "augmentations": {"crop": {}}}
        >>> split = Split(np.zeros((200, 3, 8, 8), np.uint8), np.arange(200) % 2)
        >>> images = Dataset(split, split, None, ("cat", "dog"), ())
        >>> check_transfer(Grid.model_validate(values), images, images)
    """
    assert grid.transfer is not None, "only then there are others"
    refuse_other_channels(images.channels, others.channels)
    check_other_size(grid, images.channels)
    fraction, train = grid.evaluate.validation_fraction, others.train
    with of_transfer(grid.transfer):
        validation_split(train.labels, fraction, train.groups, names=others.class_names)


def check_other_size(grid: Grid, channels: int) -> None:
    """Raise GridError where code that is not ours does not take the images of `[transfer]`.

    Our own encoders take images of any size that the grid allows.

    Example:
        >>> values = {"data": {"source": "shapes"}, "transfer": {"source": "palettes", "size": 64}}
        >>> check_other_size(Grid.model_validate(values | {"augmentations": {"crop": {}}}), channels=3)
    """
    encoder, trained, other = grid.pretrain.encoder, grid.data.size, grid.transfer and grid.transfer.size
    if other is None or other == trained or not encoder.is_foreign:
        return
    from ablation.pretrain.inspect import takes_size  # torch, for code that is not ours

    if not takes_size(encoder, channels, trained, other):
        raise GridError(
            f"transfer.size = {other}: {spelled(vars(encoder))}, built for images of size {trained}, takes "
            f"no others; set transfer.size to {trained}"
        )
