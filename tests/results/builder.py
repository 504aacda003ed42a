"""Synthetic results folders: the numbers are given, nothing is trained."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from ablation.grid.cells import PROTOCOL_VERSION, Cell, jobs
from ablation.grid.file.load import GridFile
from ablation.grid.models import Grid
from ablation.results.stored.arrays import CellArrays
from ablation.results.stored.cells import CellResult, write_cell
from ablation.results.stored.color import Bias, HistogramName, Leak, Use
from ablation.results.stored.environment import Environment
from ablation.results.stored.folder import write_folder
from ablation.results.stored.label_free import LabelFree
from ablation.results.stored.record import Epoch, Failure, Outcome, Record, Scores, Sizes

ENVIRONMENT = {"device": "cpu", "python": "3.12.1", "torch": "2.9.0"}
BASELINES = {
    "raw-pixels": 0.241,
    "color-histogram": 0.238,
    "random-init": 0.25,
    "no-augmentation": 0.26,
    "supervised": 0.71,
}


def scores(top1: float, val: float | None = None) -> Scores:
    """Scores whose four test accuracies and four validation accuracies all differ."""
    held_out = top1 - 0.01 if val is None else val
    return Scores(
        linear_top1=top1,
        linear_top1_val=held_out,
        linear_balanced=top1 * 0.99,
        linear_balanced_val=held_out * 0.99,
        knn_top1=top1 * 0.9,
        knn_top1_val=held_out * 0.9,
        knn_balanced=top1 * 0.89,
        knn_balanced_val=held_out * 0.89,
        regularization=1e-3,
    )


def leak(bits: float) -> Leak:
    """A leak of so many bits among 128 candidates."""
    both = {"distance": bits - 0.5, "critic": bits}
    return Leak(
        bits=bits, bits_se=0.05, top1=bits / 7, chance=1 / 128, candidates=128, reader="critic",
        bits_by_reader=both, separation=0.5 + bits / 14,
    )  # fmt: skip


def leaks(cell: Cell) -> dict[HistogramName, Leak]:
    """Leaks that fall where color is a part of the cell, those of the three kinds all different."""
    bits = 2.0 if any(step.operation.operation == "color" for step in cell.steps) else 6.0
    return {"joint": leak(bits), "intensity": leak(bits - 1), "chroma": leak(bits - 0.5)}


def use(r2: float) -> Use:
    """Numbers that all differ; the untrained encoder's R² is .5 overall and .4 within class."""
    bias = Bias(bias=r2 / 2, nearest_own=0.3, nearest_donor=0.2, n=20)
    return Use(
        r2=r2, r2_within=r2 - 0.2, random_r2=0.5, random_r2_within=0.4, bias=bias, top1=0.5, gray_top1=0.4
    )


def label_free(rankme: float) -> LabelFree:
    """Scores without labels that all differ."""
    return LabelFree(
        images=100, rankme_h=rankme, rankme_z=2 * rankme, alpha_req=1 + 1 / rankme, rotation_top1=0.5,
        lidar_h=rankme / 2, lidar_z=rankme / 3, alignment=0.1, uniformity=-rankme / 10,
    )  # fmt: skip


def record(cell: Cell, top1: float | None, outcome: Outcome = "ok", **changes: Any) -> Record:
    """A record of a cell; None for its score where there is no number."""
    return Record.of(
        cell,
        outcome=outcome,
        scores=None if top1 is None else scores(top1),
        epochs=tuple(
            Epoch(loss=5.0 - i, contrastive_top1=0.1 * i, effective_rank=9.0 + i, images_per_second=1000.0)
            for i in range(3)
        ),
        sizes=None if top1 is None else Sizes(classes=10, train=100, validation=20, test=20),
        leak=leaks(cell) if cell.policy and outcome != "failed" else None,
        use={"h": use(0.75), "z": use(0.625)} if top1 is not None and cell.seed is not None else None,
        environment=ENVIRONMENT,
        seconds={"data": 0.1, "pretrain": 20.0, "evaluate": 3.0, "total": 23.1},
        error=Failure(type="RuntimeError", message="no") if outcome == "failed" else None,
    ).model_copy(update=changes)


def arrays(seed: int = 0) -> CellArrays:
    """Small arrays of every kind."""
    random = np.random.default_rng(seed)
    return CellArrays(
        predictions=random.integers(0, 9, 20).astype(np.uint16),
        labels=np.arange(20, dtype=np.uint16) % 9,  # the images are those of all seeds
        queries=np.arange(4, dtype=np.int32),
        neighbours=random.integers(0, 20, (4, 5)).astype(np.int32),
        views=random.integers(0, 255, (2, 2, 3, 8, 8)).astype(np.uint8),
        distances=np.sort(random.random((2, 30)).astype(np.float16)),
    )


def sized(record: Record, arrays: CellArrays) -> Record:
    """The record of a job that left these arrays: of as many images and classes."""
    if record.sizes is None or record.sizes.classes is None:
        return record
    validation = len(arrays.validation_labels) or record.sizes.validation
    everything = (arrays.predictions, arrays.labels, arrays.validation_predictions, arrays.validation_labels)
    classes = max(record.sizes.classes, *(int(one.max(initial=0)) + 1 for one in everything))
    train = max(record.sizes.train, validation + 1)
    sizes = Sizes(classes=classes, train=train, validation=validation, test=len(arrays.labels))
    return record.model_copy(update={"sizes": sizes})


def edit_record(path: Path, **changes: Any) -> None:
    """Change a record's file by hand, as one that an earlier version wrote: without a checksum."""
    values = json.loads(path.read_text()) | changes
    del values["checksum"]
    path.write_text(json.dumps(values))


def grid_text(
    names: Mapping[str, str] | list[str],
    seeds: list[int],
    baselines: list[str],
    extra: str = "",
    first_lines: str = "",
) -> str:
    """A grid file; `names` are operations, or names with their operations."""
    operations = names if isinstance(names, Mapping) else {name: name for name in names}
    lines = [
        'name = "tiny"',
        first_lines,
        f"seeds = {seeds}",
        f"baselines = {baselines}",
        "[data]",
        'source = "shapes"',
        "[augmentations]",
    ]
    lines += [f'"{name}" = {{ operation = "{operation}" }}' for name, operation in operations.items()]
    return "\n".join([*lines, extra, ""])


def build(
    path: Path,
    names: Mapping[str, str] | list[str],
    score: Callable[[str, str, int], float | Outcome | None],
    seeds: list[int] | None = None,
    baselines: Mapping[str, float] = BASELINES,
    extra: str = "",
    first_lines: str = "",
    stored: Callable[[int], CellArrays] = arrays,
    length: Callable[[str, str, int, int], float | Outcome | None] = lambda *_: None,
    result: Callable[[Cell, float], Record] = record,
    varied: Callable[[str, str, int, dict[str, Any]], float | Outcome | None] | None = None,
) -> Path:
    """Write a results folder whose cell (first, second, seed) has the score `score` says.

    An outcome in words stands for a cell without a number, None for one that is pending; `stored` makes the
    arrays of a cell of a seed; `length` scores the cells of `[lengths]`, with their epochs, and `varied`
    those of `[vary]`, with their place on its axes; `result` makes the record of a cell that has a score.
    """
    import tomllib

    text = grid_text(names, seeds or [0], list(baselines), extra, first_lines)
    environment = Environment(
        fingerprint="f" * 16,
        protocol=PROTOCOL_VERSION,
        command=("ablation", "run", "grids/test.toml"),
        started=datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC),
        versions={"python": "3.12.1"},
    )
    grid = Grid.model_validate(tomllib.loads(text))
    write_folder(path, GridFile(grid, text), environment)
    for cell in jobs(grid, environment.fingerprint):
        if cell.first is None or cell.second is None or cell.seed is None:
            write_cell(path, CellResult(record(cell, baselines[cell.kind])))
            continue
        at = cell.first.name, cell.second.name, cell.seed
        if varied and cell.at:
            value = varied(*at, dict(cell.at))
        else:
            value = score(*at) if not cell.at else length(*at, cell.recipe.pretrain.epochs)
        if isinstance(value, str):
            write_cell(path, CellResult(record(cell, 0.1 if value == "collapsed" else None, value)))
        elif value is not None:
            found = stored(cell.seed)
            write_cell(path, CellResult(sized(result(cell, value), found), found))
    return path
