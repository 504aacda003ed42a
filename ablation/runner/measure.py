"""How long a job will take here: a few real steps of each augmentation, one real evaluation and leak."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from ablation.augment.views import TwoViews
from ablation.data.device import DeviceDataset, load_on
from ablation.evaluate.evaluation import evaluate
from ablation.evaluate.floors import color_histogram, raw_pixels
from ablation.evaluate.label_free.cell import label_free_of
from ablation.grid.augmentations import Step
from ablation.grid.cells import Cell
from ablation.grid.data import Data
from ablation.grid.objectives import Supervised
from ablation.machine import prepare_device
from ablation.pretrain.calibration import random_init
from ablation.pretrain.loop import RANK_IMAGES, pretrain
from ablation.pretrain.model import Model
from ablation.pretrain.network import initial
from ablation.pretrain.supervised import train_with_labels
from ablation.shortcut.cell import leak_of, use_of

STEPS = 6  # per measurement


def measure_cell_seconds(
    cells: Sequence[Cell], datasets: Mapping[Data, Path], device: str = "cpu"
) -> dict[str, float]:
    """Estimate the seconds that each job takes, by cell id, from measurements that themselves take seconds.

    A step of a pair costs a step without augmentation, plus what each of the two adds to that by itself. Each
    value of a setting that varies is measured, except epochs.

    Args:
        cells: cells of one grid.
        datasets: the folders that `ablation.data.prepare.prepare` returned, by `[data]` section.
        device: as in `ablation.experiment.run_cell`.
    """
    alike: dict[str, list[Cell]] = {}
    for cell in cells:
        alike.setdefault(repr(cell.recipe.for_epochs(1)), []).append(cell)
    measured = [_of_one_recipe(group, datasets[group[0].recipe.data], device) for group in alike.values()]
    return {id: seconds for group in measured for id, seconds in group.items()}


def kept_bytes(cells: Sequence[Cell], channels: int) -> int:
    """Count the bytes of the encoders of cells, as a run that keeps them writes them.

    Args:
        cells: cells of one grid; floors without an encoder count nothing.
        channels: of the images.
    """
    trained = [cell for cell in cells if cell.seed is not None]
    alike = Counter((cell.recipe.pretrain, cell.recipe.data.size) for cell in trained)
    cpu = torch.device("cpu")
    return sum(
        count * sum(one.nbytes for one in initial(job, 0, cpu, channels, size).state_dict().values())
        for (job, size), count in alike.items()
    )


def _of_one_recipe(cells: Sequence[Cell], dataset: Path, device: str) -> dict[str, float]:
    place = torch.device(device)
    prepare_device(cells[0].recipe.pretrain.precision, place)
    data = load_on(dataset, place)
    start = time.perf_counter()
    net = random_init(data, cells[0].recipe.pretrain, seed=0)
    model = Model.of(net.encoder, net.head, data.normalize)
    train, test = (model.features(split.pixels) for split in (data.train, data.test))
    images = len(data.pretrain) + len(train) + len(test)  # batch norm is calibrated on the first of them
    rank = RANK_IMAGES * (time.perf_counter() - start) / images  # the effective rank of an epoch
    settings = cells[0].recipe.evaluate
    linear = evaluate(train, test, data, settings) if settings.labels == "given" else None
    evaluation = time.perf_counter() - start

    def use(cell: Cell) -> object:
        return use_of(cell, dataset, data, model, (train, test), linear)

    augmented = next((cell for cell in cells if cell.policy), None)
    seeded = next((cell for cell in cells if cell.seed is not None), None)
    if seeded is not None:
        use(seeded)  # a worker computes only once what all its jobs share
    scored = 0.0 if augmented is None else _seconds(lambda: label_free_of(augmented, data, model, train))
    used = 0.0 if seeded is None else _seconds(lambda: use(seeded))
    leaked = 0.0 if augmented is None else _seconds(lambda: leak_of(augmented, data.pretrain, data.clips))

    def floor(features: Callable[[Tensor], Tensor]) -> float:
        # From 64 to 3,072 features, the time of an evaluation was seen to grow with about this power.
        wider = features(data.train.pixels[:1]).shape[1] / train.shape[1]
        return evaluation * float(wider**0.75)

    plain = _step_seconds(cells[0], (), data)
    names = {one.name: one for cell in cells for one in cell.policy}
    added = {name: max(0.0, _step_seconds(cells[0], one.steps, data) - plain) for name, one in names.items()}
    batches = len(data.pretrain) // cells[0].recipe.pretrain.batch_size  # an epoch
    untrained_kinds = {
        "random-init": evaluation + used + (scored if linear is None else 0.0),
        "color-histogram": floor(color_histogram(data.pretrain)),
        "raw-pixels": floor(raw_pixels),
    }

    def seconds(cell: Cell) -> float:
        if cell.kind in untrained_kinds:
            return untrained_kinds[cell.kind]
        step = plain + sum(added[augmentation.name] for augmentation in cell.policy)
        if cell.kind == "supervised":
            step = plain / 2 + added.get("crop", 0)  # one view, cropped
        shortcut = used + (leaked if cell.policy else 0.0)
        rest = evaluation + shortcut + (0.0 if cell.kind == "supervised" else scored)
        return cell.recipe.pretrain.epochs * (batches * step + rank) + rest

    return {cell.id: seconds(cell) for cell in cells}


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _step_seconds(cell: Cell, steps: tuple[Step, ...], data: DeviceDataset) -> float:
    """Return the seconds of one training step on the views of a cell, with other operations."""
    batch = min(cell.recipe.pretrain.batch_size, len(data.pretrain))
    images = data.pretrain[torch.arange(batch * STEPS) % len(data.pretrain)]
    # In this process alone, also where several share a job.
    alone = {"epochs": 2, "batch_size": batch, "world_size": 1}
    settings = cell.recipe.pretrain.model_copy(update=alone)
    net = initial(settings, 0, data.pretrain.device, data.channels, data.size)
    views = TwoViews.build(steps, cell.recipe.views, data.size, seed=0)
    if isinstance(settings.objective, Supervised):
        rows = torch.arange(batch * STEPS, device=data.train.labels.device) % len(data.train.labels)
        trained = train_with_labels(net, data, views, settings, 0, rows)
    else:
        trained = pretrain(net, replace(data, pretrain=images, clips=None), views, settings, seed=0)
    return batch / trained.epochs[-1].images_per_second  # the first epoch warmed up
