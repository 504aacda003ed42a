"""How far a results folder is, read from its results alone: there is no other file that could go stale."""

import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ablation.grid.cells import Cell, cells
from ablation.results.folder import ResultsFolder, open_folder
from ablation.results.record import Record
from ablation.results.store import CELLS, is_finished, read_record
from ablation.runner.drawn import is_drawn
from ablation.runner.durations import format_duration

_RECENT = 20  # cells whose pace is taken for that of the others
_QUIET = 60.0  # seconds without a cell, beyond five at the present pace, and the run is taken for stopped


@dataclass(frozen=True, eq=False)
class State:
    """A results folder at one moment."""

    folder: ResultsFolder
    records: list[tuple[Cell, Record]]
    total: int
    done: int
    failed: int
    last: float | None  # when the last cell was written, seconds since 1970
    pace: float | None  # seconds from one cell to the next
    drawn: bool  # the report is there, and shows what there is
    now: float

    @property
    def active(self) -> bool:
        """Whether a run seems to be at work: cells are missing, and one came a short while ago."""
        if self.done == self.total or self.last is None:
            return False
        return self.now - self.last < _QUIET + 5 * (self.pace or 0.0)

    @property
    def words(self) -> str:
        """Say how far it is."""
        if self.done == self.total:
            return f"{self.total} jobs, all done"
        failed = f", {self.failed} failed" if self.failed else ""
        done = f"{self.done} of {self.total} jobs done{failed}"
        if self.active and self.pace:
            return f"{done}; about {format_duration(self.pace * (self.total - self.done))} left"
        if self.last is not None and not self.active:
            return f"{done}; the last {format_duration(self.now - self.last)} ago"
        return done


def read_state(path: Path, now: float | None = None) -> State:
    """Read how far a results folder is.

    Raises:
        ResultsError: its grid or environment is missing or damaged.
    """
    folder = open_folder(path)
    planned = list(cells(folder.grid, folder.environment.fingerprint))
    stamps = {cell.id: stamp for cell in planned if (stamp := _stamp(path, cell.id))}
    found = [(cell, record) for cell in planned if (record := _record(path, cell.id, stamps.get(cell.id)))]
    times = sorted(stamps[cell.id][0] / 1e9 for cell, _ in found)[-_RECENT:]
    failed = sum(not is_finished(record) for _, record in found)
    return State(
        folder,
        found,
        len(planned),
        len(found) - failed,
        failed,
        times[-1] if times else None,
        (times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else None,
        bool(found) and is_drawn(path, [cell.id for cell, _ in found]),
        time.time() if now is None else now,
    )


def _stamp(path: Path, id: str) -> tuple[int, int] | None:
    try:
        status = (path / CELLS / f"{id}.json").stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


# A page asks every few seconds, and all but one or two of a thousand cells are as they were.
@lru_cache(maxsize=20_000)
def _record(path: Path, id: str, stamp: tuple[int, int] | None) -> Record | None:
    return None if stamp is None else read_record(path, id)
