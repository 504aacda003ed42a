"""One cell goes in, its result comes out: data, views, pretraining, evaluation. Reads like the paper."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ablation.augment.preview import view_pairs
from ablation.augment.views import TwoViews
from ablation.data.device import DeviceDataset, to_device
from ablation.data.prepare import load
from ablation.evaluate.evaluation import Evaluation, evaluate
from ablation.evaluate.floors import color_histogram, random_init, raw_pixels, supervised
from ablation.grid.cells import Cell
from ablation.machine import Stopwatch, environment, peak_memory, prepare_device
from ablation.pretrain.features import extract, fingerprint
from ablation.pretrain.loop import initial, pretrain
from ablation.pretrain.outcome import outcome
from ablation.results.record import Epoch, Record
from ablation.results.store import CellArrays

SHOWN = 8  # view pairs that are kept of each cell


@dataclass(frozen=True)
class Result:
    """What a cell resulted in; arrays are None where there is no number (diverged)."""

    record: Record
    arrays: CellArrays | None


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
    watch = Stopwatch()
    stored = load(dataset)
    data = to_device(stored, place)
    watch.lap("data")

    encoder, epochs = _represent(cell, data)
    watch.lap("pretrain")

    verdict = outcome(epochs, cell.pretrain.batch_size)
    evaluation = None if verdict == "diverged" else _evaluate(cell, encoder, data)
    watch.lap("evaluate")

    record = Record.of(
        cell,
        outcome=verdict,
        scores=evaluation.scores if evaluation else None,
        epochs=epochs,
        environment=environment(place),
        seconds=watch.seconds,
        peak_memory=peak_memory(place),
        notes=stored.notes,
    )
    return Result(record, _arrays(cell, data, evaluation) if evaluation else None)


# What is evaluated: pixels (N, 3, S, S) uint8 to features (N, d), or an encoder f of normalised images.
Representation = nn.Module | Callable[[Tensor], Tensor]


def _represent(cell: Cell, data: DeviceDataset) -> tuple[Representation, tuple[Epoch, ...]]:
    if cell.kind == "raw-pixels":
        return raw_pixels, ()
    if cell.kind == "color-histogram":
        return color_histogram, ()
    seed = cell.required_seed
    if cell.kind == "random-init":
        return random_init(data, cell.pretrain, seed), ()
    if cell.kind == "supervised":
        return supervised(data, cell.pretrain, seed)
    encoder, head = initial(cell.pretrain, seed, data.pretrain.device)
    views = TwoViews.build(cell.steps, cell.views, data.size, seed)
    return encoder, pretrain(encoder, head, data, views, cell.pretrain, seed)


def _evaluate(cell: Cell, f: Representation, data: DeviceDataset) -> Evaluation:
    seen = cell.kind == "supervised"
    if not isinstance(f, nn.Module):
        return evaluate(f(data.train.pixels), f(data.test.pixels), data, cell.evaluate)
    before = fingerprint(f)
    train, test = (extract(f, split.pixels, data.normalize) for split in (data.train, data.test))
    evaluation = evaluate(train, test, data, cell.evaluate, labels_seen=seen)
    if fingerprint(f) != before:
        raise RuntimeError("evaluation changed the encoder; its result would be worthless")
    return evaluation


def _arrays(cell: Cell, data: DeviceDataset, evaluation: Evaluation) -> CellArrays:
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
    )
