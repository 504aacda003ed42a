"""A cell goes in, its result comes out: data, views, pretraining, evaluation. Reads like the paper."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ablation.augment.neighbours import Neighbours
from ablation.augment.preview import view_pairs
from ablation.augment.views import TwoViews
from ablation.data.channels import RGB, shown
from ablation.data.device import DeviceDataset, load_on
from ablation.data.pixels import indexed_on
from ablation.data.prepare import load
from ablation.evaluate.evaluation import (
    QUERIES,
    Evaluation,
    evaluate,
    fitted_and_held_out,
    sizes_of,
    spread_over_classes,
)
from ablation.evaluate.floors import color_histogram, nothing, raw_pixels
from ablation.evaluate.knn import nearest
from ablation.evaluate.label_free.cell import label_free_of
from ablation.evaluate.transformations import transformations_known
from ablation.grid.cells import Cell, Kind
from ablation.grid.objectives import Supervised
from ablation.machine import Stages, environment, peak_memory, prepare_device
from ablation.pretrain.calibration import calibrated, random_init
from ablation.pretrain.checkpoint import pack
from ablation.pretrain.cost import cost_of
from ablation.pretrain.encoders import used_versions
from ablation.pretrain.features import frozen
from ablation.pretrain.loop import Training, pretrain
from ablation.pretrain.model import Model
from ablation.pretrain.network import initial
from ablation.pretrain.resume import Bookmark
from ablation.pretrain.supervised import supervised, train_with_labels
from ablation.results.stored.arrays import CellArrays
from ablation.results.stored.card import card
from ablation.results.stored.cells import CellResult
from ablation.results.stored.record import Record
from ablation.shortcut.cell import CellLeak, leak_of, use_of

SHOWN = 8  # view pairs stored with each cell


def run_cell(
    cell: Cell,
    dataset: Path,
    device: str = "cpu",
    keep_encoder: bool = False,
    bookmark: Bookmark | None = None,
) -> CellResult:
    """Run one cell: pretrain f on the cell's views, freeze it, evaluate h (sections 2 and 3.1).

    Args:
        cell: a pair, a single, or a baseline.
        dataset: the folder that `ablation.data.prepare.prepare` returned.
        device: "cpu", "cuda", "cuda:1".
        keep_encoder: also return the encoder's weights.
        bookmark: where pretraining keeps how far it is, if it does; it goes on from there.

    Raises:
        DeviceError: the device does not support the cell's precision.
    """
    place = torch.device(device)
    prepare_device(cell.recipe.pretrain.precision, place)
    stages = Stages()
    data = load_on(dataset, place)
    notes = (*load(dataset).notes, *data.notes)
    stages.end("data")

    represented = REPRESENT[cell.kind](cell, data, bookmark)
    model, training = represented.model, represented.training
    stages.end("pretrain", training.earlier)

    evaluation = use = label_free = known = None
    labelled = cell.recipe.evaluate.labels == "given"
    with frozen(model.encoder):
        if training.outcome != "diverged" and not cell.recipe.whole:
            evaluation = evaluate(model.features(data.train.pixels), None, data, cell.recipe.evaluate)
            stages.end("evaluate")
        elif training.outcome != "diverged":
            h = model.features(data.train.pixels), model.features(data.test.pixels)  # (N, d), (T, d)
            if labelled:
                evaluation = evaluate(*h, data, cell.recipe.evaluate, labels_seen=cell.kind == "supervised")
                stages.end("evaluate")
            label_free = label_free_of(cell, data, model, h[0])
            stages.end("label-free")
            use = use_of(cell, dataset, data, model, h, evaluation)
            if cell.recipe.evaluate.transformations and model.encoder is not None:
                known = transformations_known(model, data.pretrain, cell.required_seed)
    leak, no_leak = leak_of(cell, data.pretrain, data.clips) if cell.recipe.whole else (None, "")
    stages.end("shortcut")

    cost = cost_of(model.encoder, data.channels, data.size) if model.encoder else None
    scored = evaluation or (None if labelled else label_free)
    record = Record.of(
        cell,
        measured="label-free" if not labelled else "whole" if cell.recipe.whole else "validation",
        outcome=training.outcome if labelled or label_free else "diverged",
        scores=evaluation.scores if evaluation else None,
        sizes=evaluation.sizes if evaluation else sizes_of(data) if scored else None,
        epochs=training.epochs,
        leak=leak.leak if leak else None,
        use=use,
        label_free=label_free,
        transformations=known,
        parameters=cost.parameters if cost else None,
        flops=cost.flops if cost else None,
        environment=environment(place) | (used_versions(cell.recipe.pretrain) if cost else {}),
        seconds=stages.seconds,
        peak_memory=peak_memory(place),
        notes=(*notes, *([no_leak] if no_leak else [])),
    )
    if scored is None:
        return CellResult(record)
    weights = pack(cell, model, data.normalize) if keep_encoder and model.encoder else None
    arrays = _arrays(cell, data, evaluation, leak) if evaluation else _unlabelled(cell, data, model, leak)
    return CellResult(record, arrays, weights, card(cell, record) if weights else "")


def train_along(cell: Cell, dataset: Path, device: str) -> None:
    """Train the network of a cell with the rank that runs it (`ablation.pretrain.ranks`), and drop it."""
    place = torch.device(device)
    prepare_device(cell.recipe.pretrain.precision, place)
    REPRESENT[cell.kind](cell, load_on(dataset, place), None)


UNTRAINED = Training()


@dataclass(frozen=True)
class Represented:
    """The model with which a cell represents images, and how its training went."""

    model: Model
    training: Training = UNTRAINED


def _pretrained(cell: Cell, data: DeviceDataset, bookmark: Bookmark | None) -> Represented:
    job, seed = cell.recipe.pretrain, cell.required_seed
    net = initial(job, seed, data.pretrain.device, data.channels, data.size)
    views = TwoViews.build(cell.steps, cell.recipe.views, data.size, seed)
    neighbours = Neighbours.of(cell.steps, data.clips, seed)
    labelled = isinstance(job.objective, Supervised)
    if labelled:
        rows, _ = fitted_and_held_out(data, cell.recipe.evaluate.validation_fraction)
        training = train_with_labels(net, data, views, job, seed, rows, bookmark)
    else:
        training = pretrain(net, data, views, job, seed, neighbours, bookmark)
    calibrated(net, data.pretrain, data.normalize)  # so that a cell of no epochs is its floor
    return Represented(Model.of(net.encoder, None if labelled else net.head, data.normalize), training)


def _untrained(cell: Cell, data: DeviceDataset, _: Bookmark | None) -> Represented:
    net = random_init(data, cell.recipe.pretrain, cell.required_seed)
    return Represented(Model.of(net.encoder, net.head, data.normalize))


def _supervised(cell: Cell, data: DeviceDataset, bookmark: Bookmark | None) -> Represented:
    net, training = supervised(data, cell.recipe.pretrain, cell.required_seed, bookmark)
    calibrated(net, data.train.pixels, data.normalize)
    return Represented(Model.of(net.encoder, None, data.normalize), training)


REPRESENT: Mapping[Kind, Callable[[Cell, DeviceDataset, Bookmark | None], Represented]] = MappingProxyType(
    {
        "single": _pretrained,
        "pair": _pretrained,
        "no-augmentation": _pretrained,
        "random-init": _untrained,
        "supervised": _supervised,
        "majority": lambda *_: Represented(Model(nothing)),
        "raw-pixels": lambda *_: Represented(Model(raw_pixels)),
        "color-histogram": lambda _, data, __: Represented(Model(color_histogram(data.pretrain))),
    }
)


def _arrays(cell: Cell, data: DeviceDataset, evaluation: Evaluation, leak: CellLeak | None) -> CellArrays:
    def numpy(x: Tensor, dtype: torch.dtype) -> NDArray[Any]:
        return x.to("cpu", dtype).numpy()

    validated, held_out = (numpy(one, torch.uint16) for one in evaluation.validation)
    tested = evaluation.tested
    if tested is None:
        return CellArrays.of_validation(validated, held_out)
    pairs, viewed = _views(cell, data)
    return CellArrays(
        predictions=numpy(tested.predictions, torch.uint16),
        labels=numpy(data.test.labels, torch.uint16),
        queries=numpy(tested.queries, torch.int32),
        neighbours=numpy(tested.neighbours, torch.int32),
        views=numpy(pairs, torch.uint8),
        distances=leak.distances if leak else np.empty((2, 0), np.float16),
        validation_predictions=validated,
        validation_labels=held_out,
        view_labels=numpy(viewed, torch.uint16),
    )


def _unlabelled(cell: Cell, data: DeviceDataset, model: Model, leak: CellLeak | None) -> CellArrays:
    h = model.features(data.test.pixels)
    queries = spread_over_classes(torch.arange(len(h), device=h.device), QUERIES)
    return CellArrays.of_no_labels(
        queries.to("cpu", torch.int32).numpy(),
        nearest(h, queries).to("cpu", torch.int32).numpy(),
        _views(cell, data)[0].to("cpu", torch.uint8).numpy(),
        leak.distances if leak else np.empty((2, 0), np.float16),
    )


def _views(cell: Cell, data: DeviceDataset) -> tuple[Tensor, Tensor]:
    """Return view pairs of a few images of different classes, (P, 2, 3, S, S), and their labels, if any."""
    labelled = data.pretrain is data.train.pixels and cell.recipe.evaluate.labels == "given"
    none = data.train.labels[:0]
    if not cell.policy:
        return torch.empty(0, 2, RGB, data.size, data.size), none
    # The same images for every seed and cell, so that figures can set their views side by side.
    classes = data.train.labels if labelled else torch.arange(len(data.pretrain))
    size = min(cell.recipe.pretrain.batch_size, len(data.pretrain))
    chosen = spread_over_classes(classes, min(SHOWN, size))
    # A whole batch, because the draws depend on its size; only the chosen images are kept.
    rows = torch.cat([chosen, torch.arange(size - len(chosen), device=chosen.device)])
    rows = rows.to(indexed_on(data.pretrain))
    batch, first = data.pretrain[rows], range(len(chosen))
    neighbours = Neighbours.of(cell.steps, data.clips, cell.required_seed)
    others = None if neighbours is None else data.pretrain[neighbours(rows, step=0)]
    pairs = view_pairs(
        cell.label, cell.steps, cell.recipe.views, batch, cell.required_seed, rows=first, others=others
    )
    return shown(pairs, cell.recipe.data.show), classes[chosen] if labelled else none
