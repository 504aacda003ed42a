"""Runs the pending probes of a run on the encoders that its cells left, on this machine."""

import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

from ablation.data.dataset import Dataset
from ablation.data.transfer import of_transfer
from ablation.errors import ResultsError
from ablation.grid.data import Data
from ablation.grid.models import Grid
from ablation.grid.points import data_sets
from ablation.grid.probes import Probe, ProbeOf
from ablation.private import without_environment, without_install_paths
from ablation.results.stored.atomic import write_atomically
from ablation.results.stored.endings import job_names
from ablation.results.stored.paths import FAILURES
from ablation.results.stored.probes import write_probe
from ablation.results.stored.within import within
from ablation.runner.backends import Asked, Errand, place
from ablation.runner.checks import check_transfer
from ablation.runner.devices import device_slot
from ablation.runner.probes import ProbeTally, survey_probes
from ablation.runner.processes import Killed, in_processes
from ablation.runner.tally import Tally
from ablation.telling import Tell, silent

Say = Callable[[str], None]


def probe_pending(
    grid: Grid,
    folder: Path,
    tally: Tally,
    wanted: tuple[Probe, ...],
    fingerprint: str,
    asked: Asked,
    deadline: float,
    say: Say,
    tell: Tell,
) -> ProbeTally:
    """Run the pending probes of the cells that are finished; return what is known of all of them.

    Args:
        grid: the grid file.
        folder: of results, with the encoders.
        tally: the jobs of the run.
        wanted: probes that the grid asks for.
        fingerprint: of the grid's images.
        asked: where and how to run; of a cluster's run, probes run on this machine.
        deadline: in `time.monotonic`; none is started after it.
        say: told of every failure.
        tell: told how far the work is.

    Raises:
        DataError: the images cannot be used.
        DeviceError: there is no such device.
        ResultsError: a result cannot be written.
    """
    found = survey_probes(tally, wanted, folder)
    if not found.pending or time.monotonic() >= deadline:
        return found
    from ablation.data.prepare import load, prepare  # late: a finished grid needs no images

    datasets = {data: prepare(data, fingerprint, tell, say) for data in data_sets(grid)}
    datasets |= transfer_images(wanted, grid, load(datasets[grid.data]), tell, say)
    if asked.backend != "processes":  # encoders lie here, and a probe takes seconds
        say("probes run on this machine")
        asked = replace(asked, backend="processes", address=None, device="auto", workers=None)
    with place(asked, Errand(len(found.pending), deadline), say) as where:
        job = ProbeJob(folder, datasets, where.devices, asked.per_device)
        failed = run_probes(found.pending, job, where.workers, deadline, say, tell, asked.cell_timeout)
    return replace(survey_probes(tally, wanted, folder), failed=failed)


def transfer_images(
    wanted: Iterable[Probe], grid: Grid, images: Dataset, tell: Tell = silent, say: Say = lambda _: None
) -> dict[Data, Path]:
    """Prepare the images that encoders are transferred to, and check that they can be; none without any.

    Args:
        wanted: probes that the grid asks for.
        grid: the grid file.
        images: that the encoders are trained on.
        tell: told how many images are decoded.
        say: called with a sentence where decoded images are damaged.

    Raises:
        DataError: they cannot be used; the message names `[transfer]`.
        GridError: the encoder does not take images of their size.
    """
    from ablation.data.prepare import load, prepare  # late: a finished grid needs no images

    datasets: dict[Data, Path] = {}
    for probe in wanted:
        if probe.data is not None:
            with of_transfer(probe.data):
                datasets[probe.data] = prepare(probe.data, probe.fingerprint, tell, say)
            check_transfer(grid, images, load(datasets[probe.data]))
    return datasets


@dataclass(frozen=True)
class ProbeJob:
    """What all probes of a run share; called with a cell and a probe, it runs it and writes its file."""

    folder: Path  # of results
    datasets: Mapping[Data, Path]  # prepared
    devices: tuple[str, ...]
    per_device: int = 1

    def __call__(self, item: ProbeOf) -> str:
        """Run a probe; return what went wrong, "" if nothing did.

        Raises:
            ResultsError: the files cannot be written.
        """
        import torch
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        from ablation.data.intact import unchanged
        from ablation.probing import run_probe

        torch.set_num_threads(1)  # as for cells: sums are grouped by thread
        cell, probe = item
        trace = within(self.folder, self.folder / FAILURES / f"{cell.id}.probe-{probe.id}.txt")
        try:
            with ExitStack() as using:
                device = using.enter_context(device_slot(self.devices, self.per_device))
                using.enter_context(threadpool_limits(1))
                for data in (cell.recipe.data, probe.data):
                    if data is not None:
                        using.enter_context(unchanged(self.datasets[data]))
                record = run_probe(cell, probe, self.folder, self.datasets, device)
        except BaseException as error:  # an encoder of the user's own may call sys.exit
            told = without_install_paths("".join(traceback.format_exception(error)))
            self._write(lambda: _traced(trace, without_environment(told)))
            return without_environment(f"{type(error).__name__}: {error}")
        self._write(lambda: write_probe(self.folder, record))
        trace.unlink(missing_ok=True)
        return ""

    def _write(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            raise ResultsError(f"{self.folder}: cannot write results ({error})") from error


def run_probes(
    pending: Iterable[ProbeOf],
    job: ProbeJob,
    workers: int,
    deadline: float,
    say: Say,
    tell: Tell,
    limit: float | None = None,
) -> int:
    """Run probes in worker processes, and say which fail; return how many did.

    Where a worker is killed, the probes in flight run again, one at a time. One that dies alone has failed,
    and so has one that takes longer than it may.

    Args:
        pending: probes to run.
        job: what they share.
        workers: processes.
        deadline: in `time.monotonic`; none is started after it.
        say: told of every failure.
        tell: told how far the work is.
        limit: seconds that a probe may take.

    Raises:
        ResultsError: a result cannot be written.
    """
    left = deque(pending)
    total, ended, failed = len(left), 0, 0

    def ask() -> ProbeOf | None:
        return left.popleft() if left and time.monotonic() < deadline else None

    while left and time.monotonic() < deadline:
        killed: list[ProbeOf] = []
        with closing(in_processes(job, ask, workers, limit)) as outcomes:
            for (cell, probe), outcome in outcomes:
                if isinstance(outcome, Killed) and workers > 1 and outcome.overdue is None:
                    killed.append((cell, probe))
                    continue
                ended += 1
                tell("probes", ended, total)
                problem = _why(outcome) if isinstance(outcome, Killed) else outcome
                if problem:
                    failed += 1
                    say(f"{job_names([cell])}, {probe.words}: {problem}; the next run tries again")
        left.extendleft(reversed(killed))
        if killed:
            workers = 1
    return failed


def _why(killed: Killed) -> str:
    if killed.overdue is not None:
        return f"{killed.reason} and was stopped"
    return f"the worker died ({killed.reason})"


def _traced(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text.encode(errors="replace"))
