"""`ablation verify`: finished jobs of a results folder run again, and are compared with what is stored."""

import random
import secrets
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ablation.data.fingerprint import data_fingerprint
from ablation.errors import DataError, GridError, ResultsError
from ablation.grid.cells import Cell
from ablation.grid.file.load import load_grid
from ablation.results.findings.agreement import Agreement, Elements, Result, agreement
from ablation.results.stored.arrays import read_arrays
from ablation.results.stored.cells import is_finished, read_sound
from ablation.results.stored.damage import DamagedError
from ablation.results.stored.endings import job_names
from ablation.results.stored.environment import outdated
from ablation.results.stored.folder import ResultsFolder, open_folder
from ablation.results.stored.paths import CELLS, GRID, weights_file
from ablation.results.stored.record import Record, Records
from ablation.runner.backends import Asked, Errand, place
from ablation.runner.job import Experiment, Job, on_one_thread
from ablation.runner.preparing import prepared
from ablation.runner.run import run
from ablation.runner.schedules.in_order import InOrder
from ablation.telling import Tell, silent
from ablation.words import counted

CHANGED = "the grid, or code beside it, was changed since"
_SEEDS = 10**6  # so that one can be typed


@dataclass(frozen=True)
class Verification:
    """How some finished jobs of a results folder came out when they ran again."""

    folder: Path
    jobs: tuple[Agreement, ...]  # in the order of work
    finished: int  # jobs, of which these were chosen
    seed: int  # that chose them
    damaged: tuple[DamagedError, ...]  # files of jobs, which were not run again
    others: int = 0  # results in the folder that are of no job of its grid, and are not checked

    @property
    def agrees(self) -> bool:
        """Whether every job came out as it is stored, bit for bit or within rounding, and none is damaged."""
        return not self.damaged and all(one.verdict != "differs" for one in self.jobs)

    @property
    def exactly(self) -> bool:
        """Whether every job agrees bit for bit, and none is damaged."""
        return not self.damaged and all(one.verdict == "bit for bit" for one in self.jobs)


def verify(
    folder: Path,
    cells: int = 3,
    seed: int | None = None,
    *,
    device: str | None = None,
    workers: int | None = None,
    overrides: Sequence[str] = (),
    say: Callable[[str], None] = print,
    tell: Tell = silent,
    experiment: Experiment = on_one_thread,
) -> Verification:
    """Run finished jobs of a results folder again, and compare every stored number and array.

    Nothing is written into the folder. The code of the user's own operations is run as it is stored there.

    Args:
        folder: of results.
        cells: how many jobs, baselines among them.
        seed: chooses them; by default another one each time.
        device: where they run; by default on the CPU if that is where they ran, else as of a run.
        workers: as of a run.
        overrides: where the images lie here, such as `["data.path=photos"]`.
        say: told what is done.
        tell: told how far it is.
        experiment: what computes a cell, as of a run.

    Raises:
        ResultsError: it is no results folder, has no finished job, or was run by another protocol.
        DataError: the images are missing, or are others than those of the run.
        GridError: the grid, or code that it names, cannot be used.
        DeviceError: there is no such device.
    """
    opened = _opened(folder, overrides)
    finished, damaged = _finished(opened)
    others = _others(opened)
    if not finished and not damaged:
        said = (
            f", only {counted(others, 'result')} of others: {CHANGED}" if others else "; run the grid first"
        )
        raise ResultsError(f"{folder}: has no finished job of its {GRID}{said}")
    seed = secrets.randbelow(_SEEDS) if seed is None else seed
    chosen = _chosen(finished, cells, seed)
    stored: dict[str, Result] = {}
    for _, record in chosen:
        try:
            arrays = None if record.arrays is None else read_arrays(folder, record)
            stored[record.id] = Result(record, arrays)
        except DamagedError as error:
            damaged.append(error)
    again = [(cell, record) for cell, record in chosen if record.id in stored]
    asked = Asked(device=device or _device(again), workers=workers)
    came_out = _run_again(opened, again, asked, say, tell, experiment, stored) if again else []
    return Verification(folder, tuple(came_out), len(finished), seed, tuple(damaged), others)


def _opened(folder: Path, overrides: Sequence[str]) -> ResultsFolder:
    opened = open_folder(folder)
    for sentence in outdated(opened.environment):
        raise ResultsError(f"{folder}: {sentence}; verify it with the version that ran it")
    if not overrides:
        return opened
    elsewhere = replace(opened, file=load_grid(folder / GRID, overrides))
    if {cell.id for cell in elsewhere.jobs} != {cell.id for cell in opened.jobs}:
        raise GridError(
            f"--set {' '.join(overrides)}: makes other jobs than those in {folder}; only say where its "
            "images lie, such as data.path=photos"
        )
    return elsewhere


def _finished(opened: ResultsFolder) -> tuple[Records, list[DamagedError]]:
    finished: Records = []
    damaged: list[DamagedError] = []
    for cell in opened.jobs:
        try:
            record = read_sound(opened.path, cell.id)
        except DamagedError as error:
            damaged.append(error)
            continue
        if record is not None and is_finished(record):
            finished.append((cell, record))
    return finished, damaged


def _others(opened: ResultsFolder) -> int:
    ids = {cell.id for cell in opened.jobs}
    # Those of probes have a dot in their stem.
    found = {path.stem for path in (opened.path / CELLS).glob("*.json") if "." not in path.stem}
    return len(found - ids)


def _chosen(finished: Records, cells: int, seed: int) -> Records:
    picked = random.Random(seed).sample(range(len(finished)), min(cells, len(finished)))
    return [finished[place] for place in sorted(picked)]


def _device(records: Records) -> str:
    on_cpu = all(record.environment.get("device", "cpu").startswith("cpu") for _, record in records)
    return "cpu" if on_cpu else "auto"


def _as_measured(cell: Cell, record: Record) -> Cell:
    """Return a cell that measures what its record holds, which may be more than its grid asks now."""
    recipe = replace(
        cell.recipe,
        whole=cell.recipe.whole or record.measured == "whole",
        label_free=cell.recipe.label_free or record.label_free is not None,
    )
    return replace(cell, recipe=recipe)


def _run_again(
    opened: ResultsFolder,
    chosen: Records,
    asked: Asked,
    say: Callable[[str], None],
    tell: Tell,
    experiment: Experiment,
    stored: dict[str, Result],
) -> list[Agreement]:
    file = opened.file
    fingerprint = data_fingerprint(file.grid.data, tell)
    if fingerprint != opened.environment.fingerprint:
        raise DataError(
            f"{opened.path}: was run on other images than are there now (fingerprint "
            f"{opened.environment.fingerprint}, now {fingerprint}); say where they lie with --set data.path=…"
        )
    if file.sources:
        say(f"running code of the folder: {', '.join(file.sources)}")
    errand = Errand(len(chosen), sources=file.sources)
    with TemporaryDirectory(prefix="ablation-verify-") as name, place(asked, errand, say) as where:
        datasets, _ = prepared(file, fingerprint, (), where, tell, say)
        encoders = any(weights_file(opened.path, record.id).exists() for _, record in chosen)
        job = Job(Path(name), datasets, where.devices, experiment, encoders)
        cells = [_as_measured(cell, record) for cell, record in chosen]
        tell("jobs", 0, len(cells))
        found: dict[str, Agreement] = {}
        with closing(run(InOrder(cells), job, where.workers, say=say, call_job=where.call_job)) as records:
            for record in records:
                arrays = None if record.arrays is None else read_arrays(job.folder, record)
                [cell] = [one for one in cells if one.id == record.id]
                found[record.id] = agreement(
                    job_names([cell]),
                    stored[record.id],
                    Result(record, arrays),
                    len(chosen),
                    _encoders(opened.path, job.folder, record.id),
                )
                tell("jobs", len(found), len(cells))
    return [found[cell.id] for cell in cells]


def _encoders(folder: Path, again: Path, id: str) -> Elements | None:
    """Compare the weights of an encoder that is stored with those that came out; None where none is."""
    if not weights_file(folder, id).exists() or not weights_file(again, id).exists():
        return None
    from safetensors import SafetensorError
    from safetensors.torch import load_file  # late: torch

    try:
        one, other = (load_file(weights_file(path, id)) for path in (folder, again))
    except (SafetensorError, OSError):
        return Elements("weights of the encoder", 1, 1)
    count = sum(tensor.numel() for tensor in one.values())
    if {name: tensor.shape for name, tensor in one.items()} != {
        name: tensor.shape for name, tensor in other.items()
    }:
        return Elements("weights of the encoder", count, count)
    return Elements("weights of the encoder", sum(int((one[k] != other[k]).sum()) for k in one), count)
