"""Cells in, records out: in order, within the budget, and past workers that die."""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing

from ablation.grid.cells import Cell
from ablation.results.stored.cells import is_finished, read_record
from ablation.results.stored.record import Record
from ablation.runner.job import Job, Outcome, killed_record
from ablation.runner.processes import Killed, in_processes

Spread = Callable[[Job, Iterator[Cell], int], Generator[tuple[Cell, Record | Killed], None, None]]


def run(
    cells: Sequence[Cell],
    job: Job,
    workers: int,
    deadline: float = float("inf"),
    tell: Callable[[str], None] = print,
    spread: Spread | None = None,
) -> Generator[Record, None, None]:
    """Run cells in worker processes and yield their records as they come, failed ones too.

    When a worker is killed, the cells in flight are run again with half as many workers, down to one:
    a cell that dies alone has itself to blame and gets an error record. The others lose time only.

    Args:
        cells: what to run, in the order of work.
        job: what they share.
        workers: processes, or cells in flight on a cluster.
        deadline: of `time.monotonic`; no cell is started after it.
        tell: is given a sentence for the user when a worker was killed.
        spread: calls the job in processes elsewhere; None is `in_processes`.

    Raises:
        ResultsError: a result cannot be written.
    """
    batches = [(deque(cells), workers)]  # the last comes first
    while batches:
        todo, width = batches.pop()
        killed: list[tuple[Cell, Killed]] = []
        with closing((spread or in_processes)(job, _until(deadline, todo), width)) as outcomes:
            for cell, outcome in outcomes:
                if not isinstance(outcome, Killed):
                    yield outcome
                elif (record := read_record(job.folder, cell.id)) and is_finished(record):
                    yield record  # it died after its result was written
                else:
                    killed.append((cell, outcome))
        if todo and time.monotonic() < deadline:
            batches.append((todo, width))
        if killed and width == 1:
            for cell, outcome in killed:
                yield job.write(Outcome(killed_record(cell, outcome, job.devices[0])))
        elif killed:
            again = deque(cell for cell, _ in killed)
            tell(
                f"a worker process died ({killed[0][1].reason}); "
                f"running {', '.join(cell.label for cell in again)} again with {width // 2} at a time"
            )
            batches.append((again, width // 2))


def _until(deadline: float, todo: deque[Cell]) -> Iterator[Cell]:
    while todo and time.monotonic() < deadline:
        yield todo.popleft()
