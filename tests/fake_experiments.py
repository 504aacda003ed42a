"""Stands in for the SimCLR job in tests of the runner; a module, so that worker processes can import it."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from ablation.data.prepare import load
from ablation.grid.cells import Cell
from ablation.results.metrics import ACCURACIES
from ablation.results.stored.arrays import CellArrays
from ablation.results.stored.cells import CellResult
from ablation.results.stored.color import Bias, Use
from ablation.results.stored.record import Record, Scores, Sizes

USE = Use(
    **dict.fromkeys(("r2", "r2_within", "random_r2", "random_r2_within", "top1", "gray_top1")),
    bias=Bias(bias=None, nearest_own=0, nearest_donor=0, n=2),
)


def cheap(
    cell: Cell,
    dataset: Path,
    device: str,
    keep_encoder: bool,
    *,
    log: Path,
    seconds: float = 0.0,
    fails: Collection[str] = (),
    kills: Mapping[str, int] | None = None,
    deletes: Collection[str] = (),
    hangs: Collection[str] = (),
    ends: Mapping[str, str] | None = None,
    prints: int = 0,
    weights: bool = False,
) -> CellResult:
    """A cell whose scores are drawn from its id; some fail, hang, end their process, or delete the images."""
    side = load(dataset).train.images.shape[-1]
    with (log / "started").open("a") as file:
        file.write(f"{cell.label}|{os.getpid()}|{os.environ.get('OMP_NUM_THREADS')}|{side}\n")
    time.sleep(seconds)
    attempts = (log / "started").read_text().splitlines()
    if sum(line.startswith(f"{cell.label}|") for line in attempts) <= (kills or {}).get(cell.label, 0):
        os.kill(os.getpid(), signal.SIGKILL)
    if prints:
        print("noise" * prints, flush=True)
    if cell.label in hangs:
        time.sleep(3600)
    match (ends or {}).get(cell.label):
        case "os":
            os._exit(3)
        case "sys":
            sys.exit(3)
    if cell.label in fails:
        error = ValueError(f"no good [red]\nin {cell.label}")
        error.add_note("a note")
        raise error
    if cell.label in deletes:
        shutil.rmtree(dataset)
    draws = np.random.default_rng(int(cell.id, 16))
    score = round(float(draws.random()), 6)
    value = dict.fromkeys((*ACCURACIES, "regularization"), score)
    record = Record.of(
        cell,
        outcome="ok",
        scores=Scores(**value),
        sizes=Sizes(classes=2, train=10, validation=2, test=2),
        environment={"device": device},
        seconds={"total": seconds},
        use=None if cell.seed is None else {"h": USE},
    )
    empty = np.zeros(2, np.uint16)
    arrays = CellArrays(
        empty,
        empty,
        np.zeros(1, np.int32),
        np.zeros((1, 5), np.int32),
        np.zeros((1, 2, 3, 8, 8), np.uint8),
        np.zeros((2, 3), np.float16),
    )
    return CellResult(record, arrays, b"weights" if keep_encoder and weights and record.use else None)


def right(
    cell: Cell, dataset: Path, device: str, keep_encoder: bool, *, weights: float = 0.0, **kwargs
) -> CellResult:
    """A cell that is right on every image, as its predictions say; its encoder is three equal weights."""
    result = cheap(cell, dataset, device, keep_encoder, **kwargs)
    scores = Scores(**dict.fromkeys(ACCURACIES, 1.0), regularization=1.0)
    packed = (
        save({"encoder": np.full(3, weights, np.float32)}) if keep_encoder and cell.seed is not None else None
    )
    return CellResult(result.record.model_copy(update={"scores": scores}), result.arrays, packed)


def curve(cell: Cell, dataset: Path, device: str, keep_encoder: bool, *, log: Path, **kwargs) -> CellResult:
    """A cell that is measured as it asks, and whose accuracy grows with its epochs as `LEVELS` says."""
    result = cheap(cell, dataset, device, keep_encoder, log=log, **kwargs)
    start, slope = LEVELS.get(cell.label, (0.3, 0.0))
    draws = np.random.default_rng(int(cell.id, 16))
    level = start + slope * np.log2(max(cell.recipe.pretrain.epochs, 1)) + 0.002 * draws.standard_normal()
    tested = level if cell.recipe.whole else None
    scores = Scores(
        **{name: level if name.endswith("_val") else tested for name in ACCURACIES}, regularization=1.0
    )
    measured = "whole" if cell.recipe.whole else "validation"
    return CellResult(result.record.model_copy(update={"scores": scores, "measured": measured}))


# Of a grid of crop, color and blur: accuracy after one epoch, and what each doubling adds.
LEVELS = {
    "crop": (0.50, 0.01),
    "crop → color": (0.47, 0.025),  # behind at 1 epoch, ahead at 16
    "color → crop": (0.46, 0.02),
    "blur": (0.30, 0.0),
    "color": (0.25, 0.0),
    "SimCLR": (0.46, 0.025),
    "crop + color + blur": (0.47, 0.03),
    "color + crop": (0.46, 0.02),
}
