"""Cells go in, records come out: in a schedule's order, within the budget, even if workers die."""

import time
from collections.abc import Callable, Generator
from contextlib import closing
from functools import partial

from ablation.grid.cells import Cell
from ablation.results.stored.cells import CellResult, is_finished, read_record
from ablation.results.stored.endings import job_names
from ablation.results.stored.record import Record
from ablation.runner.job import Job, killed_record
from ablation.runner.processes import Killed, in_processes
from ablation.runner.schedules import Schedule
from ablation.runner.schedules.in_order import InOrder

Ask = Callable[[], Cell | None]
# Calls a job with cells, a given number at a time, here or elsewhere; `in_processes` is one.
CallJob = Callable[[Job, Ask, int], Generator[tuple[Cell, Record | Killed], None, None]]


def run(
    schedule: Schedule,
    job: Job,
    workers: int,
    deadline: float = float("inf"),
    say: Callable[[str], None] = print,
    call_job: CallJob | None = None,
) -> Generator[Record, None, None]:
    """Run cells in worker processes and yield their records as they arrive, failed ones too.

    When a worker is killed, its job runs again beside at most half as many others, in the end alone. A job
    that dies alone is itself to blame, and gets an error record; so is one that takes longer than it may.

    Args:
        schedule: says which cell is next; told of every record before it is yielded.
        job: what the cells share.
        workers: processes, or jobs in flight on a cluster.
        deadline: in `time.monotonic`; no job is started after it.
        say: called with a sentence for the user when a worker was killed.
        call_job: calls the job elsewhere; None is `in_processes`.

    Raises:
        ResultsError: a result cannot be written.
    """
    batches: list[tuple[Ask, int]] = [(schedule.ask, workers)]  # last in, first out
    while batches:
        ask, width = batches.pop()
        killed: list[tuple[Cell, Killed]] = []
        progress = False
        for cell, record in _outcomes(job, partial(_before, deadline, ask), width, call_job):
            progress = True
            if isinstance(record, Killed):
                if width > 1 and record.overdue is None:
                    killed.append((cell, record))
                    continue
                record = job.write(CellResult(killed_record(cell, record, job.devices[0])))
            schedule.tell(record)
            yield record
        if progress:  # a worker's death ended it early, or the last record led to more work
            batches.append((ask, width))
        if killed:
            again, fewer = [cell for cell, _ in killed], min(width // 2, len(killed))
            together = f", {fewer} at a time" if fewer > 1 else ""
            say(f"a worker process died ({killed[0][1].reason}); running {job_names(again)} again{together}")
            batches.append((InOrder(again).ask, fewer))


def _before(deadline: float, ask: Ask) -> Cell | None:
    return ask() if time.monotonic() < deadline else None


def _outcomes(
    job: Job, ask: Ask, width: int, call_job: CallJob | None
) -> Generator[tuple[Cell, Record | Killed], None, None]:
    here = partial(in_processes, limit=job.limit)
    with closing((call_job or here)(job, ask, width)) as outcomes:
        for cell, outcome in outcomes:
            # A worker may have died after its result was written.
            written = read_record(job.folder, cell.id) if isinstance(outcome, Killed) else None
            yield cell, written if written is not None and is_finished(written) else outcome
