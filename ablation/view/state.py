"""The progress of a results folder, read from its results alone, so that no other file can go stale."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ablation.grid.probes import probes
from ablation.report.drawn import is_drawn
from ablation.results.findings.best import answer_of
from ablation.results.stored.cells import read_sound
from ablation.results.stored.damage import DamagedError
from ablation.results.stored.endings import ending_counts
from ablation.results.stored.folder import open_folder
from ablation.results.stored.paths import probe_file, record_file
from ablation.results.stored.probes import ProbeRecord, read_probe
from ablation.results.stored.record import Record
from ablation.results.study import Study
from ablation.runner.durations import format_duration, format_estimate
from ablation.runner.probes import ProbeTally, probe_files, survey_probes
from ablation.runner.tally import Tally, survey
from ablation.words import counted

_RECENT = 20  # jobs from which the pace of the rest is estimated
_QUIET = 60.0  # seconds without a result, plus five jobs at the current pace, before a run counts as stopped


@dataclass(frozen=True, eq=False)
class State:
    """A results folder at one moment."""

    study: Study
    tally: Tally
    probes: ProbeTally
    last: float | None  # when the last result was written, in seconds since 1970
    pace: float | None  # seconds from one result to the next, of jobs or, after them, of probes
    drawn: bool  # the report exists and shows the current results
    now: float

    @property
    def unfinished(self) -> bool:
        """Whether jobs or probes are missing."""
        return bool(self.tally.pending or self.probes.pending)

    @property
    def active(self) -> bool:
        """Whether a run seems to be in progress: results are missing, and the last one is recent."""
        if not self.unfinished or self.last is None:
            return False
        return self.now - self.last < _QUIET + 5 * (self.pace or 0.0)

    @property
    def best(self) -> str:
        """The best policy so far, in words; "" where no cell has a number."""
        records = {cell.id: record for cell, record in (*self.study.records, *self.study.varied_records)}
        best = answer_of(self.study.folder, records, self.study.read)
        return "" if best is None else f"{'best so far' if self.tally.pending else 'best'}: {best.words}"

    @property
    def words(self) -> str:
        """The progress in words."""
        total, pending = counted(len(self.tally.cells), "job"), len(self.tally.pending)
        damaged = [f"{len(self.tally.damaged)} damaged"] if self.tally.damaged else []
        bad = "".join(f", {count}" for count in (*ending_counts(self.tally.ended), *damaged))
        done = f"{self.tally.done} of {total} done{bad}" if pending else f"{total}, all done{bad}"
        if self.probes.total:
            done += f"; {self.probes.done} of {counted(self.probes.total, 'probe')} done"
        if not self.unfinished:
            return done
        if self.active and self.pace:
            left = format_estimate(self.pace * (pending or len(self.probes.pending)))
            return f"{done}; {left} left{' for the jobs' if pending and self.probes.total else ''}"
        if self.last is not None and not self.active:
            return f"{done}; last result {format_duration(self.now - self.last)} ago"
        return done


def read_state(path: Path, now: float | None = None) -> State:
    """Read the progress of a results folder.

    Raises:
        ResultsError: its grid or environment is missing or damaged.
    """
    study = Study(open_folder(path), _read)
    folder = study.folder
    tally = survey(folder.jobs, path, folder.grid.save_encoder, read=_read_sound)
    wanted = probes(folder.file.grid, folder.environment.transfer)
    probed, files = survey_probes(tally, wanted, path, _read_probe), probe_files(path, tally, wanted)
    jobs = _times(record_file(path, id) for id in tally.records)
    latest = (not tally.pending and _times(files)) or jobs
    times = latest[-_RECENT:]
    return State(
        study,
        tally,
        probed,
        times[-1] if times else None,
        (times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else None,
        bool(jobs) and is_drawn(path),
        time.time() if now is None else now,
    )


def _times(files: Iterable[Path]) -> list[float]:
    return sorted(stamp[0] / 1e9 for file in files if (stamp := _stamp(file)))


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _read(path: Path, id: str) -> Record | None:
    try:
        return _read_sound(path, id)
    except DamagedError:
        return None  # a gap, and among what the page says was damaged


def _read_sound(path: Path, id: str) -> Record | None:
    stamp = _stamp(record_file(path, id))
    return None if stamp is None else _as_of(path, id, stamp)


# A page asks every few seconds, and all but one or two of a thousand records have not changed.
@lru_cache(maxsize=20_000)
def _as_of(path: Path, id: str, _: tuple[int, int]) -> Record | None:
    return read_sound(path, id)


def _read_probe(path: Path, cell: str, probe: str) -> ProbeRecord | None:
    stamp = _stamp(probe_file(path, cell, probe))
    return None if stamp is None else _probe_as_of(path, cell, probe, stamp)


@lru_cache(maxsize=20_000)
def _probe_as_of(path: Path, cell: str, probe: str, _: tuple[int, int]) -> ProbeRecord | None:
    return read_probe(path, cell, probe)
