"""The progress of a results folder, read from its results alone, so that no other file can go stale."""

import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ablation.results.findings.best import answer_of
from ablation.results.stored.cells import read_sound
from ablation.results.stored.damage import DamagedError
from ablation.results.stored.endings import ending_counts
from ablation.results.stored.folder import open_folder
from ablation.results.stored.paths import record_file
from ablation.results.stored.record import Record
from ablation.results.study import Study
from ablation.runner.durations import format_duration, format_estimate
from ablation.runner.pictures import is_drawn
from ablation.runner.tally import Tally, survey
from ablation.words import counted

_RECENT = 20  # jobs from which the pace of the rest is estimated
_QUIET = 60.0  # seconds without a result, plus five jobs at the current pace, before a run counts as stopped


@dataclass(frozen=True, eq=False)
class State:
    """A results folder at one moment."""

    study: Study
    tally: Tally
    last: float | None  # when the last result was written, in seconds since 1970
    pace: float | None  # seconds from one result to the next
    drawn: bool  # the report exists and shows the current results
    now: float

    @property
    def active(self) -> bool:
        """Whether a run seems to be in progress: jobs are missing, and the last result is recent."""
        if not self.tally.pending or self.last is None:
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
        if not pending:
            return f"{total}, all done{bad}"
        done = f"{self.tally.done} of {total} done{bad}"
        if self.active and self.pace:
            return f"{done}; {format_estimate(self.pace * pending)} left"
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
    stamps = [stamp for id in tally.records if (stamp := _stamp(path, id))]
    times = sorted(nanoseconds / 1e9 for nanoseconds, _ in stamps)[-_RECENT:]
    return State(
        study,
        tally,
        times[-1] if times else None,
        (times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else None,
        bool(stamps) and is_drawn(path, tally.records),
        time.time() if now is None else now,
    )


def _stamp(path: Path, id: str) -> tuple[int, int] | None:
    try:
        status = record_file(path, id).stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _read(path: Path, id: str) -> Record | None:
    try:
        return _read_sound(path, id)
    except DamagedError:
        return None  # a gap, and among what the page says was damaged


def _read_sound(path: Path, id: str) -> Record | None:
    stamp = _stamp(path, id)
    return None if stamp is None else _as_of(path, id, stamp)


# A page asks every few seconds, and all but one or two of a thousand records have not changed.
@lru_cache(maxsize=20_000)
def _as_of(path: Path, id: str, _: tuple[int, int]) -> Record | None:
    return read_sound(path, id)
