"""A trained encoder goes in, what a probe measures of it comes out."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import torch

from ablation.data.device import DeviceDataset, load_on
from ablation.evaluate.evaluation import evaluate
from ablation.evaluate.few_labels import Labelled, fine_tune, linear
from ablation.grid.cells import Cell
from ablation.grid.data import Data
from ablation.grid.probes import Probe, ProbeKind
from ablation.machine import environment, prepare_device
from ablation.pretrain.calibration import random_init
from ablation.pretrain.checkpoint import load_checkpoint
from ablation.pretrain.features import frozen
from ablation.pretrain.model import Model
from ablation.pretrain.network import Encoder
from ablation.results.stored.paths import weights_file
from ablation.results.stored.probes import ProbeRecord, ProbeScores
from ablation.results.stored.record import Scores, Sizes


def run_probe(
    cell: Cell, probe: Probe, folder: Path, datasets: Mapping[Data, Path], device: str = "cpu"
) -> ProbeRecord:
    """Measure one thing of a cell's encoder, which stays as it is.

    Args:
        cell: a finished cell; of the random-initialised encoder nothing need have been kept.
        probe: what to measure.
        folder: of results, with the encoder.
        datasets: prepared, by `[data]` and `[transfer]`.
        device: "cpu", "cuda", "cuda:1".

    Raises:
        ResultsError: the encoder is missing or damaged.
        DeviceError: the device does not support the cell's precision.
    """
    began, place = time.perf_counter(), torch.device(device)
    prepare_device(cell.recipe.pretrain.precision, place)
    model = _model(cell, folder, datasets, place)
    with frozen(model.encoder):
        measured = MEASURE[probe.kind](
            cell, probe, model, load_on(datasets[probe.data or cell.recipe.data], place)
        )
    return ProbeRecord(
        cell=cell.id,
        probe=probe.id,
        kind=probe.kind,
        share=probe.share,
        scores=measured.scores,
        labels=measured.labels,
        sizes=measured.sizes,
        identity=probe.identity,
        environment=environment(place),
        seconds=round(time.perf_counter() - began, 3),
        notes=measured.notes,
    )


@dataclass(frozen=True)
class Measured:
    """What came out of a probe."""

    scores: ProbeScores | None
    labels: int  # that were used
    sizes: Sizes
    notes: tuple[str, ...] = ()


def _transferred(cell: Cell, _: Probe, model: Model, data: DeviceDataset) -> Measured:
    h = model.features(data.train.pixels), model.features(data.test.pixels)  # (N, d), (T, d)
    found = evaluate(*h, data, cell.recipe.evaluate)
    return Measured(_as_probe(found.scores), found.sizes.train, found.sizes)


def _linear(cell: Cell, probe: Probe, model: Model, data: DeviceDataset) -> Measured:
    labelled = _labelled(cell, probe, data)
    h = model.features(data.train.pixels), model.features(data.test.pixels)
    return _of_few(linear(h, data, labelled, cell.recipe.evaluate), labelled, data)


def _fine_tuned(cell: Cell, probe: Probe, model: Model, data: DeviceDataset) -> Measured:
    labelled = _labelled(cell, probe, data)
    assert isinstance(model.encoder, Encoder), "cells without one are not probed"
    assert probe.tuning is not None, "fine-tuning has settings"
    scores = fine_tune(
        model.encoder, data, labelled, probe.tuning, cell.required_seed, cell.recipe.pretrain.precision
    )
    return _of_few(scores, labelled, data)


def _labelled(cell: Cell, probe: Probe, data: DeviceDataset) -> Labelled:
    assert probe.share is not None, "few labels are a share of all"
    return Labelled.of(data, cell.recipe.evaluate, probe.share, cell.required_seed)


def _of_few(scores: ProbeScores | None, labelled: Labelled, data: DeviceDataset) -> Measured:
    train, test = len(data.train.labels), len(data.test.labels)
    sizes = Sizes(classes=data.classes, train=train, validation=len(labelled.validation), test=test)
    return Measured(scores, len(labelled.rows), sizes, labelled.few.notes)


MEASURE: Mapping[ProbeKind, Callable[[Cell, Probe, Model, DeviceDataset], Measured]] = MappingProxyType(
    {"fine-tune": _fine_tuned, "linear": _linear, "transfer": _transferred}
)


def _model(cell: Cell, folder: Path, datasets: Mapping[Data, Path], place: torch.device) -> Model:
    path = weights_file(folder, cell.id)
    if cell.kind == "random-init" and not path.exists():
        data = load_on(datasets[cell.recipe.data], place)
        net = random_init(data, cell.recipe.pretrain, cell.required_seed)
        return Model.of(net.encoder, net.head, data.normalize)
    return load_checkpoint(path, place).model


def _as_probe(scores: Scores) -> ProbeScores:
    values = scores.linear_top1, scores.linear_top1_val, scores.linear_balanced, scores.linear_balanced_val
    if None in values:
        raise ValueError("both splits must have been scored")
    return ProbeScores.model_validate(
        dict(zip(("top1", "top1_val", "balanced", "balanced_val"), values, strict=True))
        | {"chosen": scores.regularization, "decided_by": scores.decided_by}
    )
