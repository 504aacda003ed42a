"""One `ablation run`: lock the results folder, find what is missing, run it, draw the heatmap."""

import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Literal, Protocol

from ablation.errors import ResultsError
from ablation.grid.cells import cells
from ablation.grid.fingerprint import data_fingerprint
from ablation.grid.load import GridFile
from ablation.results.environment import Environment
from ablation.results.folder import GRID, open_folder, write_folder
from ablation.results.record import Record
from ablation.results.store import CELLS
from ablation.runner.devices import devices, worker_count
from ablation.runner.job import Experiment, Job, run_cell
from ablation.runner.run import run
from ablation.runner.tally import Tally, survey

HEATMAP = "heatmap.png"
_PACKAGES = ("ablation", "torch", "torchvision", "kornia", "numpy")


@dataclass(frozen=True)
class Ending:
    """How a run ended."""

    tally: Tally
    started: int  # cells that were pending when the run began
    stopped: Literal["budget", "interrupt"] | None
    heatmap: Path | None  # None while no cell of a pair is drawn
    seconds: float


class Show(Protocol):
    """What shows a run to the user."""

    def start(self, tally: Tally, workers: int, devices: tuple[str, ...], notes: tuple[str, ...]) -> None:
        """Say that cells are about to be run."""

    def record(self, record: Record, tally: Tally) -> None:
        """Say that a cell has finished or failed."""

    def say(self, sentence: str) -> None:
        """Say something that happened."""

    def end(self, ending: Ending) -> None:
        """Say how it ended; called once, on Ctrl-C too, but not when an error is raised."""


def launch(
    file: GridFile,
    folder: Path,
    show: Show,
    *,
    workers: int | None = None,
    device: str = "auto",
    budget: float | None = None,
    experiment: Experiment = run_cell,
) -> Ending:
    """Run the cells of a grid that have no result yet, and draw what there is.

    Ctrl-C ends it early; the same call then continues it.

    Args:
        file: the grid.
        folder: of results; made where it is missing.
        show: is told what happens.
        workers: processes; None is one a core, or one a CUDA device.
        device: `auto`, `cpu`, `cuda` or `cuda:1`.
        budget: seconds after which no cell is started.
        experiment: what a cell is; it must be importable in a worker process.

    Raises:
        ResultsError: the folder is in use by another run, or holds something else.
        DataError: the images cannot be used.
        DeviceError: no such device.
    """
    began = time.monotonic()
    with _locked(folder):
        fingerprint = data_fingerprint(file.grid.data)
        tally = survey(cells(file.grid, fingerprint), folder)
        todo = tally.pending
        for cell, _ in tally.failed:  # they are to be tried again
            del tally.records[cell.id]
        stopped: Literal["budget", "interrupt"] | None = None
        try:
            if todo or not _describes(folder, file.text, fingerprint):
                write_folder(folder, file.text, _environment(fingerprint))
            if todo:
                from ablation.data.prepare import load, prepare  # late: a finished grid needs no images

                chosen = devices(device)
                width = worker_count(workers, chosen, len(todo))
                dataset = prepare(file.grid.data, fingerprint)
                show.start(tally, width, chosen, load(dataset).notes)
                deadline = float("inf") if budget is None else began + budget
                job = Job(folder, dataset, chosen, experiment)
                with closing(run(todo, job, width, deadline, show.say)) as records:
                    for record in records:
                        tally.records[record.id] = record
                        show.record(record, tally)
                if len(tally.pending) > len(tally.failed):
                    stopped = "budget"
            _draw(folder, tally)
        except KeyboardInterrupt:
            stopped = "interrupt"
            tally = survey(tally.cells, folder)  # a worker may have written what this process never heard of
        heatmap = folder / HEATMAP
        ending = Ending(
            tally, len(todo), stopped, heatmap if heatmap.exists() else None, time.monotonic() - began
        )
        show.end(ending)
    return ending


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    lock = FileLock(folder / ".lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise ResultsError(
            f"{folder}: another run is at work in this folder; wait for it, or use --out"
        ) from None
    except OSError as error:
        raise ResultsError(
            f"{folder}: cannot be written ({error.strerror}); name another folder with --out"
        ) from None
    try:
        yield
    finally:
        lock.release()


def _describes(folder: Path, text: str, fingerprint: str) -> bool:
    try:
        return (folder / GRID).read_text() == text and open_folder(
            folder
        ).environment.fingerprint == fingerprint
    except (OSError, ValueError, ResultsError):
        return False


def _environment(fingerprint: str) -> Environment:
    return Environment(
        fingerprint=fingerprint,
        command=tuple(sys.argv),
        started=datetime.now(UTC),
        versions={"python": python_version()} | {package: version(package) for package in _PACKAGES},
    )


def _draw(folder: Path, tally: Tally) -> None:
    # Drawing imports pandas and seaborn, which takes longer than the rest of a run that finds nothing to do.
    heatmap = folder / HEATMAP
    sources = [folder / GRID, *(folder / CELLS / f"{id}.json" for id in tally.records)]
    if not heatmap.exists() or heatmap.stat().st_mtime_ns < max(file.stat().st_mtime_ns for file in sources):
        from ablation.report.figures import write_report

        write_report(folder)
