"""The probes of a run: which are pending, and how they are run on the encoders that its cells left."""

import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from ablation.errors import ResultsError
from ablation.grid.cells import Cell
from ablation.grid.data import Data
from ablation.grid.probes import Probe, ProbeOf, probes_of
from ablation.private import without_environment, without_install_paths
from ablation.results.stored.atomic import write_atomically
from ablation.results.stored.cells import is_finished
from ablation.results.stored.damage import DamagedError
from ablation.results.stored.endings import job_names
from ablation.results.stored.paths import FAILURES, probe_file, weights_file
from ablation.results.stored.probes import read_probe, write_probe
from ablation.results.stored.within import within
from ablation.runner.devices import device_slot
from ablation.runner.processes import Killed, in_processes
from ablation.runner.tally import Tally
from ablation.words import counted


@dataclass
class ProbeTally:
    """The probes of the cells that are finished; of the others, none is known yet."""

    done: int = 0
    pending: list[ProbeOf] = field(default_factory=list)
    without: list[Cell] = field(default_factory=list)  # finished cells whose encoder was not kept
    failed: int = 0  # in this run; they are pending, too

    @property
    def words(self) -> list[str]:
        """What is done and pending, and which cells cannot be probed, in sentences; none without probes."""
        total = self.done + len(self.pending)
        told = [f"probes: {self.done} of {total} done"] if total else []
        if self.without:
            told.append(
                f"{counted(len(self.without), 'finished job')} kept no encoder, so nothing is probed there: "
                f"{job_names(self.without)}; save_encoder = true makes the next run pretrain them again"
            )
        return told


def survey_probes(tally: Tally, wanted: Iterable[Probe], folder: Path) -> ProbeTally:
    """Look up the probes of finished cells in a results folder; one that is damaged is pending."""
    found, wanted = ProbeTally(), tuple(wanted)
    ended = [cell for cell, record in tally.ended if is_finished(record) and record.scored]
    for cell, probe in probes_of(ended, wanted):
        try:
            known = read_probe(folder, cell.id, probe.id) is not None
        except DamagedError:
            known = False
        if known:
            found.done += 1
        elif cell.kind == "random-init" or weights_file(folder, cell.id).exists():
            found.pending.append((cell, probe))
        elif cell not in found.without:
            found.without.append(cell)
    return found


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

        from ablation.probing import run_probe

        torch.set_num_threads(1)  # as for cells: sums are grouped by thread
        cell, probe = item
        trace = within(self.folder, self.folder / FAILURES / f"{cell.id}.probe-{probe.id}.txt")
        try:
            with device_slot(self.devices, self.per_device) as device, threadpool_limits(1):
                record = run_probe(cell, probe, self.folder, self.datasets, device)
        except Exception as error:
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
    say: Callable[[str], None],
    tell: Callable[[str, int, int], None],
) -> int:
    """Run probes in worker processes, and say which fail; return how many did.

    Where a worker is killed, the probes in flight run again, one at a time. One that dies alone has failed.

    Args:
        pending: probes to run.
        job: what they share.
        workers: processes.
        deadline: in `time.monotonic`; none is started after it.
        say: told of every failure.
        tell: told how far the work is.

    Raises:
        ResultsError: a result cannot be written.
    """
    left = deque(pending)
    total, ended, failed = len(left), 0, 0

    def ask() -> ProbeOf | None:
        return left.popleft() if left and time.monotonic() < deadline else None

    while left and time.monotonic() < deadline:
        killed: list[ProbeOf] = []
        with closing(in_processes(job, ask, workers)) as outcomes:
            for (cell, probe), outcome in outcomes:
                if isinstance(outcome, Killed) and workers > 1:
                    killed.append((cell, probe))
                    continue
                ended += 1
                tell("probes", ended, total)
                problem = f"the worker died ({outcome.reason})" if isinstance(outcome, Killed) else outcome
                if problem:
                    failed += 1
                    say(f"{job_names([cell])}, {probe.words}: {problem}; the next run tries again")
        left.extendleft(reversed(killed))
        if killed:
            workers = 1
    return failed


def probe_files(folder: Path, tally: Tally, wanted: Iterable[Probe]) -> list[Path]:
    """Return the files of the probes that have run, which a report shows."""
    files = (probe_file(folder, cell.id, probe.id) for cell, probe in probes_of(tally.cells, wanted))
    return [file for file in files if file.exists()]


def _traced(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text.encode(errors="replace"))
