"""The records of a results folder as tidy frames: one row per cell and seed."""

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Any

import pandas as pd

from ablation.grid.cells import Cell
from ablation.grid.models import Grid
from ablation.results.frames.curves import measures_of
from ablation.results.metrics import ACCURACIES, KNOWN, LABEL_FREE, LEAKS, OF_LABELS, USE
from ablation.results.stored.color import HistogramName, Leak
from ablation.results.stored.environment import mixed_environments, outdated
from ablation.results.stored.folder import ResultsFolder
from ablation.results.stored.record import Epoch, Record, Records

_LAST_EPOCH = tuple(name for name in Epoch.model_fields if name not in ("images_per_second", "measures"))
_LEAK = (*LEAKS, *(f"{leak}_se" for leak in LEAKS), "leak_top1", "leak_separation")
_NUMBERS = (*ACCURACIES, "regularization", *_LAST_EPOCH, *LABEL_FREE, *USE, *KNOWN)


def results_frame(folder: ResultsFolder, records: Records) -> pd.DataFrame:
    """Build the frame of `load_results` from records that have been read."""
    rows = [
        {"first": cell.first.name, "second": cell.second.name} | _row(cell, record) | _leak(record.leak)
        for cell, record in records
        if cell.first is not None and cell.second is not None
    ]
    numbers = (*_columns(folder.grid), *measures_of(records))
    frame = _typed(
        pd.DataFrame(rows, columns=["first", "second", "seed", "kind", "outcome", *numbers, *_LEAK, "id"]),
        numbers,
    ).astype(dict.fromkeys(_LEAK, "float64"))
    return _described(_ordered(frame, folder.grid), folder, records)


def varied_frame(parts: Sequence[pd.DataFrame], axes: Sequence[str]) -> pd.DataFrame:
    """Join the results of several settings; the columns of the axes come first.

    Args:
        parts: from `load_results`, each with a column for each axis.
        axes: names of these columns.
    """
    plain = [part.astype({"first": object, "second": object}) for part in parts]
    for part in plain:
        part.attrs = {}
    frame = pd.concat(plain, ignore_index=True) if plain else pd.DataFrame()
    return frame[[*axes, *(column for column in frame.columns if column not in axes)]]


def leak_frame(
    grid: Grid, name: str, leaks: Iterable[tuple[Cell, dict[HistogramName, Leak]]]
) -> pd.DataFrame:
    """Build a frame of leaks alone, as they are before anything is trained.

    Returns:
        As `load_results`, with `first`, `second`, `seed`, `leak_bits`, … only.
    """
    rows = [
        {"first": cell.first.name, "second": cell.second.name, "seed": cell.seed} | _leak(leak)
        for cell, leak in leaks
        if cell.first is not None and cell.second is not None
    ]
    frame = _ordered(pd.DataFrame(rows, columns=["first", "second", "seed", *_LEAK]), grid)
    frame.attrs |= {"name": name, "grid": grid.model_dump(mode="json")}
    return frame


def _ordered(frame: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    names = pd.CategoricalDtype([augmentation.name for augmentation in grid.resolved], ordered=True)
    frame = frame.astype({"first": names, "second": names, "seed": "int64"})
    frame = frame.sort_values(["first", "second", "seed"], ignore_index=True)
    frame.attrs["steps"] = {one.name: len(one.steps) for one in grid.resolved}
    frame.attrs["cells"] = [[first.name, second.name] for first, second in grid.planned]
    return frame


def baselines_frame(folder: ResultsFolder, records: Records) -> pd.DataFrame:
    """Build the frame of `load_baselines` from records that have been read."""
    rows = [_row(cell, record) for cell, record in records if cell.first is None]
    numbers = (*_columns(folder.grid), *measures_of(records))
    frame = _typed(pd.DataFrame(rows, columns=["kind", "seed", "outcome", *numbers, "id"]), numbers)
    kinds = pd.CategoricalDtype([*folder.baselines], ordered=True)
    frame = frame.astype({"kind": kinds, "seed": "Int64"})
    frame.attrs["baselines"] = [*folder.baselines]
    return _described(frame.sort_values(["kind", "seed"], ignore_index=True), folder, records)


def _columns(grid: Grid) -> tuple[str, ...]:
    """Name the columns of numbers: without labels there is none for what needs them."""
    if grid.evaluate.labels == "given":
        return _NUMBERS
    return tuple(name for name in _NUMBERS if name not in (*ACCURACIES, "regularization", *OF_LABELS))


def _row(cell: Cell, record: Record) -> dict[str, Any]:
    scores = {} if record.scores is None else record.scores.model_dump()
    last = _last(record.epochs[-1]) if record.epochs else {}
    cell_and_outcome = {"seed": cell.seed, "kind": cell.kind, "outcome": record.outcome}
    label_free = record.label_free.model_dump(include=set(LABEL_FREE)) if record.label_free else {}
    measured = scores | last | label_free | _use(record) | _known(record)
    return cell_and_outcome | measured | {"id": cell.id}


def _last(epoch: Epoch) -> dict[str, Any]:
    return epoch.model_dump(include=set(_LAST_EPOCH)) | epoch.measures


def _use(record: Record) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for features, use in (record.use or {}).items():
        suffix = "" if features == "h" else f"_{features}"
        row |= {
            f"color_use{suffix}": use.excess,
            f"color_use_within{suffix}": use.excess_within,
            f"color_bias{suffix}": use.bias.bias,
            f"gray_drop{suffix}": use.gray_drop,
            f"sample_top1{suffix}": use.top1,
        }
    return row


def _known(record: Record) -> dict[str, Any]:
    return {
        f"knows_{task}{'' if features == 'h' else f'_{features}'}": told
        for features, known in (record.transformations or {}).items()
        for task, told in known.model_dump().items()
    }


def with_costs(results: pd.DataFrame, records: Records) -> pd.DataFrame:
    """Add the columns `seconds` and `peak_memory` (MB), which differ between machines, to results.

    `parameters` and `flops` of the encoder are added where they were recorded.
    """
    seconds = {record.id: record.seconds["total"] for _, record in records}
    bytes_ = {record.id: record.peak_memory for _, record in records if record.peak_memory is not None}
    peaks = results["id"].map(bytes_).astype("float64") / 1e6
    counted = {
        name: results["id"].map({record.id: getattr(record, name) for _, record in records}).astype("float64")
        for name in encoder_costs(records)
    }
    return results.assign(seconds=results["id"].map(seconds).astype("float64"), peak_memory=peaks, **counted)


def encoder_costs(records: Records) -> list[str]:
    """Name what was recorded of the encoders' cost; nothing in older folders."""
    return [
        name
        for name in ("parameters", "flops")
        if any(getattr(record, name) is not None for _, record in records)
    ]


def _leak(leaks: dict[HistogramName, Leak] | None) -> dict[str, Any]:
    if leaks is None:
        return {}
    row: dict[str, Any] = {"leak_top1": leaks["joint"].top1, "leak_separation": leaks["joint"].separation}
    for kind, leak in leaks.items():
        name = "leak_bits" if kind == "joint" else f"leak_bits_{kind}"
        row |= {name: leak.bits, f"{name}_se": leak.bits_se}
    return row


def _typed(frame: pd.DataFrame, numbers: Sequence[str]) -> pd.DataFrame:
    return frame.astype(dict.fromkeys(numbers, "float64"))


def _described(frame: pd.DataFrame, folder: ResultsFolder, records: Records) -> pd.DataFrame:
    # Plain values: pandas copies attrs with every operation and writes them into parquet files as JSON.
    frame.attrs["name"] = folder.name
    frame.attrs["grid"] = folder.grid.model_dump(mode="json")
    sizes = [record.sizes for _, record in records if record.sizes]
    scored = [record.scores for _, record in records if record.scores]
    unlabelled = folder.grid.evaluate.labels == "none"
    frame.attrs["score"] = "rotation" if unlabelled else scored[0].decided_by if scored else "top1"
    tested = [record.measured != "validation" for cell, record in records if cell.policy and record.scored]
    frame.attrs["split"] = "test" if any(tested) or not tested else "validation"
    frame.attrs["left"] = [[*pair, epochs] for pair, epochs in folder.left.items()]
    frame.attrs["sizes"] = sizes[0].model_dump(exclude_none=True) if sizes else None
    frame.attrs["seconds_a_seed"] = _seconds_a_seed(folder, records)
    frame.attrs["warnings"] = [
        *outdated(folder.environment),
        *mixed_environments(record for _, record in records),
    ]
    return frame


def _seconds_a_seed(folder: ResultsFolder, records: Records) -> float | None:
    # What a job has taken on average, times the jobs that a seed has; they may share workers.
    taken = [record.seconds["total"] for cell, record in records if cell.seed is not None and record.scored]
    jobs = {cell.id for cell in folder.cells if cell.seed is not None}
    return len(jobs) / len(folder.grid.seeds) * fmean(taken) if taken else None
