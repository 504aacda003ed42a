"""One cell goes in, its result comes out: data, views, pretraining, evaluation. Reads like the paper."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ablation.augment.preview import view_pairs
from ablation.augment.views import TwoViews
from ablation.data.device import DeviceDataset, load_on
from ablation.data.prepare import load
from ablation.evaluate.evaluation import Evaluation, evaluate
from ablation.evaluate.floors import color_histogram, raw_pixels
from ablation.grid.cells import Cell
from ablation.machine import Stages, environment, peak_memory, prepare_device
from ablation.pretrain.checkpoint import pack
from ablation.pretrain.features import frozen
from ablation.pretrain.loop import initial, pretrain
from ablation.pretrain.model import Model
from ablation.pretrain.outcome import outcome
from ablation.pretrain.supervised import supervised
from ablation.pretrain.untrained import random_init
from ablation.results.stored.arrays import CellArrays
from ablation.results.stored.record import Epoch, Record
from ablation.shortcut.cell import CellLeak, leak_of, use_of

SHOWN = 8  # view pairs that are kept of each cell


@dataclass(frozen=True)
class Result:
    """What a cell resulted in; arrays and weights are None where there is no number (diverged)."""

    record: Record
    arrays: CellArrays | None
    weights: Callable[[], bytes] | None = None  # of the encoder, as a safetensors file


def run_cell(cell: Cell, dataset: Path, device: str = "cpu") -> Result:
    """Run one cell: pretrain f on the cell's views, freeze it, evaluate h (sections 2 and 3.1).

    Args:
        cell: a pair, a single, or a baseline.
        dataset: the folder that `ablation.data.prepare.prepare` returned.
        device: "cpu", "cuda", "cuda:1".

    Raises:
        DeviceError: the device cannot compute in the precision that the cell asks for.
    """
    place = torch.device(device)
    prepare_device(cell.pretrain.precision, place)
    stages = Stages()
    data, notes = load_on(dataset, place), load(dataset).notes
    stages.end("data")

    model, epochs = _represent(cell, data)
    verdict = outcome(epochs, cell.pretrain.batch_size)
    stages.end("pretrain")

    evaluation = use = None
    with frozen(model.encoder):
        if verdict != "diverged":
            h = model.features(data.train.pixels), model.features(data.test.pixels)  # (N, d), (T, d)
            evaluation = evaluate(*h, data, cell.evaluate, labels_seen=cell.kind == "supervised")
            stages.end("evaluate")
            use = use_of(cell, dataset, data, model, h, evaluation)
    leak, no_leak = leak_of(cell, data.pretrain)
    stages.end("shortcut")

    record = Record.of(
        cell,
        outcome=verdict,
        scores=evaluation.scores if evaluation else None,
        sizes=evaluation.sizes if evaluation else None,
        epochs=epochs,
        leak=leak.leak if leak else None,
        use=use,
        environment=environment(place),
        seconds=stages.seconds,
        peak_memory=peak_memory(place),
        notes=(*notes, *([no_leak] if no_leak else [])),
    )
    return Result(
        record,
        _arrays(cell, data, evaluation, leak) if evaluation else None,
        partial(pack, cell, model, data.normalize) if evaluation and model.encoder else None,
    )


def _represent(cell: Cell, data: DeviceDataset) -> tuple[Model, tuple[Epoch, ...]]:
    if cell.kind == "raw-pixels":
        return Model(raw_pixels), ()
    if cell.kind == "color-histogram":
        return Model(color_histogram), ()
    seed = cell.required_seed
    if cell.kind == "random-init":
        return Model.of(*random_init(data, cell.pretrain, seed), data.normalize), ()
    if cell.kind == "supervised":
        encoder, epochs = supervised(data, cell.pretrain, seed)
        return Model.of(encoder, None, data.normalize), epochs
    encoder, head = initial(cell.pretrain, seed, data.pretrain.device)
    views = TwoViews.build(cell.steps, cell.views, data.size, seed)
    epochs = pretrain(encoder, head, data, views, cell.pretrain, seed)
    return Model.of(encoder, head, data.normalize), epochs


def _arrays(cell: Cell, data: DeviceDataset, evaluation: Evaluation, leak: CellLeak | None) -> CellArrays:
    def numpy(x: Tensor, dtype: torch.dtype) -> NDArray[Any]:
        return x.to("cpu", dtype).numpy()

    if cell.augmentations:
        batch = data.pretrain[: cell.pretrain.batch_size]
        shown = range(min(SHOWN, len(batch)))
        pairs = view_pairs(cell.label, cell.steps, cell.views, batch, cell.required_seed, rows=shown)
    else:
        pairs = torch.empty(0, 2, 3, data.size, data.size)  # (P, 2, 3, S, S)
    return CellArrays(
        predictions=numpy(evaluation.predictions, torch.uint16),
        labels=numpy(data.test.labels, torch.uint16),
        queries=numpy(evaluation.queries, torch.int32),
        neighbours=numpy(evaluation.neighbours, torch.int32),
        views=numpy(pairs, torch.uint8),
        distances=leak.distances if leak else np.empty((2, 0), np.float16),
        validation_predictions=numpy(evaluation.validation[0], torch.uint16),
        validation_labels=numpy(evaluation.validation[1], torch.uint16),
    )
