"""How far a results folder is, read from its results alone: there is no other file that could go stale."""

import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ablation.results.stored.cells import read_record
from ablation.results.stored.folder import open_folder
from ablation.results.stored.paths import record_file
from ablation.results.stored.record import Record
from ablation.results.study import Study
from ablation.runner.durations import format_duration
from ablation.runner.pictures import is_drawn
from ablation.runner.tally import Tally, survey

_RECENT = 20  # cells whose pace is taken for that of the others
_QUIET = 60.0  # seconds without a cell, beyond five at the present pace, and the run is taken for stopped


@dataclass(frozen=True, eq=False)
class State:
    """A results folder at one moment."""

    study: Study
    tally: Tally
    last: float | None  # when the last cell was written, seconds since 1970
    pace: float | None  # seconds from one cell to the next
    drawn: bool  # the report is there, and shows what there is
    now: float

    @property
    def active(self) -> bool:
        """Whether a run seems to be at work: cells are missing, and one came a short while ago."""
        if not self.tally.pending or self.last is None:
            return False
        return self.now - self.last < _QUIET + 5 * (self.pace or 0.0)

    @property
    def words(self) -> str:
        """Say how far it is."""
        total, pending, failed = len(self.tally.cells), len(self.tally.pending), len(self.tally.failed)
        if not pending:
            return f"{total} jobs, all done"
        done = f"{self.tally.done} of {total} jobs done{f', {failed} failed' if failed else ''}"
        if self.active and self.pace:
            return f"{done}; about {format_duration(self.pace * pending)} left"
        if self.last is not None and not self.active:
            return f"{done}; the last {format_duration(self.now - self.last)} ago"
        return done


def read_state(path: Path, now: float | None = None) -> State:
    """Read how far a results folder is.

    Raises:
        ResultsError: its grid or environment is missing or damaged.
    """
    study = Study(open_folder(path), _read)
    folder = study.folder
    records = {cell.id: record for cell, record in (*study.records, *study.length_records)}
    planned = (*folder.cells, *folder.length_cells)
    tally = survey(planned, path, folder.grid.save_encoder, read=lambda _, id: records.get(id))
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
    stamp = _stamp(path, id)
    return None if stamp is None else _as_of(path, id, stamp)


# A page asks every few seconds, and all but one or two of a thousand cells are as they were.
@lru_cache(maxsize=20_000)
def _as_of(path: Path, id: str, _: tuple[int, int]) -> Record | None:
    return read_record(path, id)
