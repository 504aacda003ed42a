"""`ablation shortcut GRID --checkpoint FILE`: does an encoder rely on colour? In numbers and in pictures."""

from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ablation.data.channels import shown
from ablation.data.dataset import Dataset
from ablation.data.device import to_device
from ablation.data.fingerprint import data_fingerprint
from ablation.data.prepare import load, prepare
from ablation.errors import DataError
from ablation.evaluate.evaluation import evaluate, spread_over_classes
from ablation.grid.models import Grid
from ablation.machine import prepare_device
from ablation.pretrain.checkpoint import Checkpoint, load_checkpoint
from ablation.report.saving import saved
from ablation.report.sheets.swaps import Swap, swap_figure
from ablation.report.style import RC
from ablation.results.stored.atomic import write_atomically
from ablation.results.stored.color import Features, Use
from ablation.runner.devices import device_slot, devices
from ablation.shortcut.cell import untrained_r2, use_of_model
from ablation.shortcut.use import Counterfactuals
from ablation.telling import Tell, silent

NEIGHBOURS = 5


@dataclass(frozen=True)
class Swaps:
    """How much an encoder relies on colour, and the picture that shows it."""

    label: str  # of the cell that trained it
    seed: int
    linear_top1: float
    use: dict[Features, Use]
    picture: Path


def write_swaps(
    grid: Grid,
    checkpoint: Path,
    folder: Path,
    images: int = 6,
    device: str = "auto",
    tell: Tell = silent,
) -> Swaps:
    """Measure how much a saved encoder relies on colour on a grid's test images, and draw colour swaps.

    Images are normalised as in the encoder's training, and evaluated with the grid's settings.

    Args:
        grid: supplies the images, which need not be those of training.
        checkpoint: a `.safetensors` file written by a run with `save_encoder = true`.
        folder: created if it does not exist; the picture is `swaps-<name of the checkpoint>.png`.
        images: number of images (rows) in the picture.
        device: as for a run; only one device is used.
        tell: told how far reading and decoding the images is.

    Raises:
        DataError: the images cannot be used, or the grid uses no labels.
        ResultsError: the file is not a checkpoint.
        OSError: the folder cannot be written.
    """
    if grid.evaluate.labels == "none":
        raise DataError('accuracies with and without colour need labels, and evaluate.labels is "none"')
    place = torch.device(devices(device)[0])
    kept = load_checkpoint(checkpoint, place)
    dataset = prepare(grid.data, data_fingerprint(grid.data, tell), tell)
    with device_slot([str(place)]):
        return _swapped(grid, kept, load(dataset), place, folder / f"swaps-{checkpoint.stem}.png", images)


def _swapped(
    grid: Grid, kept: Checkpoint, stored: Dataset, place: torch.device, picture: Path, images: int
) -> Swaps:
    # Every job evaluates in float32, except that convolutions may use TF32, which a CPU does not have.
    tf32 = kept.settings.precision == "tf32" and place.type == "cuda"
    prepare_device("tf32" if tf32 else "float32", place)
    data = to_device(stored, place)
    if len(data.test.pixels) < 2:
        raise DataError("swapping colours takes at least two test images; set data.test to 2 or more")
    h = kept.model.features(data.train.pixels), kept.model.features(data.test.pixels)
    linear = evaluate(*h, data, grid.evaluate)
    counterfactuals = Counterfactuals.of(data.test.pixels, data.test.labels)
    before = untrained_r2(counterfactuals, data, kept.settings, kept.seed)
    use = use_of_model(kept.model, counterfactuals, before, data, h, linear, grid.evaluate)
    rows = spread_over_classes(counterfactuals.labels, images)
    swaps = _swaps(
        counterfactuals,
        h[1][counterfactuals.rows],
        kept.model.features(counterfactuals.recolored[rows]),
        rows,
        grid.data.show,
    )
    bias = use["h"].bias
    with mpl.rc_context(RC):
        figure = swap_figure(
            swaps,
            bias=bias.bias,
            nearest_own=bias.nearest_own,
            nearest_donor=bias.nearest_donor,
            name=f"{kept.label}, seed {kept.seed}",
            caption=f"{bias.n} test images of {grid.name or 'the grid'}; {len(swaps)} are shown",
        )
        content = saved(figure, "png")
    picture.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(picture, content)
    top1 = linear.scores.linear_top1
    assert top1 is not None, "the test split was scored"
    return Swaps(kept.label, kept.seed, top1, use, picture)


def _swaps(
    counterfactuals: Counterfactuals,
    h: Tensor,
    recolored: Tensor,
    rows: Tensor,
    show: tuple[int, int, int] | None,
) -> list[Swap]:
    near = F.normalize(recolored, dim=1) @ F.normalize(h, dim=1).T  # (R, N)
    neighbours = near.topk(min(NEIGHBOURS, len(h)), dim=1).indices  # (R, K)

    def picture(images: Tensor) -> NDArray[np.uint8]:
        found: NDArray[np.uint8] = shown(images.cpu(), show).numpy()
        return found

    def pictures(which: Tensor) -> NDArray[np.uint8]:
        return picture(counterfactuals.images[which])

    def place(row: Tensor, image: Tensor) -> int | None:
        found = (row == image).nonzero().flatten()
        return int(found[0]) if len(found) else None

    return [
        Swap(
            image=pictures(image),
            donor_image=pictures(counterfactuals.donors[image]),
            swapped=picture(counterfactuals.recolored[image]),
            neighbours=pictures(row),
            own=place(row, image),
            donor=place(row, counterfactuals.donors[image]),
        )
        for image, row in zip(rows, neighbours, strict=True)
    ]
