"""What a worker process does: one job, from its settings to its files."""

import platform
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ablation.errors import ResultsError
from ablation.grid.cells import Cell
from ablation.grid.data import Data
from ablation.private import without_environment, without_install_paths
from ablation.results.stored.cells import CellResult, is_finished, write_cell
from ablation.results.stored.paths import partial_file
from ablation.results.stored.record import Failure, Record
from ablation.runner.devices import device_slot
from ablation.runner.processes import NO_MEMORY, Killed

# Takes a cell, the folder of its data set, a device, and whether to keep the encoder; returns the result.
Experiment = Callable[[Cell, Path, str, bool], CellResult]

_TRIES = 3  # of a job during which its images are changed


def on_one_thread(
    cell: Cell,
    dataset: Path,
    device: str,
    keep_encoder: bool,
    *,
    folder: Path | None = None,
    every: float | None = None,
) -> CellResult:
    """Run `ablation.experiment.run_cell` on one thread; only the first call imports torch.

    Args:
        cell: as of `run_cell`, like the next three.
        dataset: prepared.
        device: where it runs.
        keep_encoder: whether weights are returned.
        folder: of results, in which a long job keeps how far it is; None: it does not.
        every: seconds between two times that it does; None: as usual.
    """
    import torch

    from ablation import experiment
    from ablation.pretrain.resume import OFTEN, Bookmark

    torch.set_num_threads(1)  # sums are grouped by thread, so results depend on the number of threads
    path = None if folder is None else partial_file(folder, cell.id)
    bookmark = None if path is None else Bookmark(path, cell.id, OFTEN if every is None else every)
    return experiment.run_cell(cell, dataset, device, keep_encoder, bookmark)


@dataclass(frozen=True)
class Job:
    """What all jobs of a run share; called with a cell, it runs the cell and writes its files."""

    folder: Path  # of results
    datasets: Mapping[Data, Path]  # prepared, by `[data]` section
    devices: tuple[str, ...]
    experiment: Experiment = on_one_thread
    save_encoder: bool = False
    per_device: int = 1  # jobs that share a CUDA device
    prepare_again: Callable[[Data], Path] | None = None  # if a data set is deleted or damaged during the run
    limit: float | None = None  # seconds that a job may take

    def __call__(self, cell: Cell) -> Record:
        """Run a cell, write its result or its error, and return the record as written.

        Raises:
            ResultsError: the files cannot be written.
        """
        # The worker writes the files, so that nothing is lost if the parent dies.
        return self.write(self.compute(cell))

    def compute(self, cell: Cell) -> CellResult:
        """Run a cell and return its result or its error; nothing is written."""
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        started = time.perf_counter()
        with device_slot(self.devices, self.per_device) as device, threadpool_limits(1):
            try:
                return self._experiment_on_sound_images(cell, device)
            except BaseException as error:  # a user's operation may call sys.exit
                record = failed_record(cell, error, device, time.perf_counter() - started)
                trace = without_install_paths("".join(traceback.format_exception(error)))
                return CellResult(record, traceback=without_environment(trace))

    def _experiment_on_sound_images(self, cell: Cell, device: str) -> CellResult:
        from ablation.data.intact import DamagedImagesError, is_usable, unchanged

        dataset = self.datasets[cell.recipe.data]
        if self.prepare_again is None:  # whoever called has looked at the images
            return self.experiment(cell, dataset, device, self.save_encoder)
        for left in reversed(range(_TRIES)):
            if not is_usable(dataset):
                self.prepare_again(cell.recipe.data)
            try:
                with unchanged(dataset):
                    return self.experiment(cell, dataset, device, self.save_encoder)
            except DamagedImagesError:
                if not left:
                    raise
                partial_file(self.folder, cell.id).unlink(missing_ok=True)  # trained on what the images were
        raise AssertionError

    def write(self, result: CellResult) -> Record:
        """Write a cell's files, and return the record as written.

        Raises:
            ResultsError: the files cannot be written.
        """
        try:
            record = write_cell(self.folder, result)
            if is_finished(record):
                partial_file(self.folder, record.id).unlink(missing_ok=True)
            return record
        except OSError as error:
            raise ResultsError(f"{self.folder}: cannot write results ({error})") from error


class WorkerKilledError(Exception):
    """The process in which a job ran was killed from outside, or ended itself."""


class CellTimeoutError(Exception):
    """A job took longer than `--cell-timeout` allows."""


def killed_record(cell: Cell, killed: Killed, device: str) -> Record:
    """Return the record of a cell whose job is to blame for the death of its worker."""
    if killed.overdue is not None:
        late = CellTimeoutError(f"{killed.reason} and was stopped; the next run tries again")
        return failed_record(cell, late, device, seconds=killed.overdue)
    advice = ""
    smaller = "pretrain.batch_size or pretrain.width" if "training" in cell.identity else "data.train"
    if killed.reason == NO_MEMORY:
        advice = f", even though it ran alone: make {smaller} smaller"
    elif "SIGKILL" in killed.reason:
        advice = f"; it most likely ran out of memory, even though it ran alone: make {smaller} smaller"
    elif killed.reason.startswith("exit code"):
        advice = "; code that it called, such as an operation of your own, ended it"
    error = WorkerKilledError(f"the worker process died ({killed.reason}){advice}")
    return failed_record(cell, error, device, seconds=0)


def failed_record(cell: Cell, error: BaseException, device: str, seconds: float) -> Record:
    """Return the record of a cell whose job failed with an error; the next run retries it."""
    return Record.of(
        cell,
        outcome="failed",
        scores=None,
        environment={"device": device, "python": platform.python_version()},
        seconds={"total": round(seconds, 3)},
        notes=tuple(map(without_environment, getattr(error, "__notes__", ()))),
        error=Failure(type=type(error).__name__, message=without_environment(str(error))),
    )
