"""Cells to a cluster and their results back, through `joblib.Parallel`; this process writes the files."""

import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from ablation.errors import ClusterError
from ablation.grid.cells import PROTOCOL_VERSION, Cell
from ablation.results.stored.cells import CellResult
from ablation.results.stored.record import Record
from ablation.runner.dask.cluster import other_protocol
from ablation.runner.dask.images import SentImages, delivering
from ablation.runner.dask.user_code import with_its_code
from ablation.runner.devices import devices
from ablation.runner.job import Job, killed_record
from ablation.runner.processes import Killed
from ablation.runner.run import Ask, CallJob

# torch's generators and its number of threads belong to a process. Workers with several threads are refused
# when a run starts; one that joins later runs its cells one by one all the same.
_ONE_CELL = threading.Lock()


@dataclass(frozen=True, eq=False)  # joblib hashes it, which a mapping in it forbids
class Task:
    """What a worker does with a cell; called there, it returns the cell with its outcome.

    None stands for a cell that the time did not allow to start.
    """

    job: Job
    images: SentImages
    device: str
    sources: Mapping[str, bytes]
    until: float  # of `time.time`, by the worker's clock
    topic: str  # where to ask for the images
    protocol: int = PROTOCOL_VERSION

    def __call__(self, cell: Cell) -> tuple[Cell, CellResult | None]:
        """Run a cell, and write nothing.

        Raises:
            ClusterError: this worker would compute other numbers.
            DataError: the images did not arrive.
            DeviceError: this worker has no such device.
        """
        from distributed import get_worker

        worker = get_worker()
        if self.protocol != PROTOCOL_VERSION:
            raise ClusterError(other_protocol(worker.address, PROTOCOL_VERSION))
        with _ONE_CELL:
            if time.time() >= self.until:
                return cell, None

            def ask(folder: str) -> None:
                worker.log_event(self.topic, {"worker": worker.address, "folder": folder})

            dataset = self.images.obtained(ask)
            job = replace(self.job, dataset=dataset, devices=devices(self.device))
            return cell, job.compute(with_its_code(cell, self.sources))


def spread_on(client: Any, device: str, sources: Mapping[str, bytes], deadline: float) -> CallJob:
    """Return what runs cells on the workers of a cluster and writes their files here, as they arrive.

    A cell of a worker that is lost is run again by another. A cell that dask gives up, because it was the
    end of several workers, has itself to blame and gets an error record. A cell that is on its way to a
    worker when the time is up is not started.

    Args:
        client: of the cluster.
        device: on its workers.
        sources: of the user's own operations.
        deadline: of `time.monotonic`.
    """

    def spread(job: Job, ask: Ask, width: int) -> Generator[tuple[Cell, Record | Killed], None, None]:
        from ablation.runner.dask.backend import backend  # late: it imports dask

        images, until = SentImages.of(job.dataset), time.time() + deadline - time.monotonic()
        with delivering(client, images) as topic:
            task = Task(job, images, device, sources, until, topic)
            with closing(_outcomes(task, iter(ask, None), width, backend(client))) as outcomes:
                for cell, outcome in outcomes:
                    if isinstance(outcome, Killed):
                        outcome = CellResult(killed_record(cell, outcome, job.devices[0]))
                    if outcome is not None:
                        yield cell, job.write(outcome)

    return spread


Call = Callable[[Cell], tuple[Cell, CellResult | None]]


def _outcomes(
    call: Call, cells: Iterator[Cell], width: int, backend: Any
) -> Generator[tuple[Cell, CellResult | Killed | None], None, None]:
    from joblib import Parallel, delayed, parallel_config

    with parallel_config(backend=backend):
        parallel = Parallel(return_as="generator_unordered", batch_size=1, pre_dispatch=width)
    outcomes = parallel(delayed(call)(cell) for cell in cells)
    try:
        for outcome in outcomes:  # noqa: UP028 - `yield from` would close it before the warning is off
            yield outcome
    except CancelledError:
        raise ClusterError(
            "the connection to the cluster's scheduler was lost; the same command continues"
        ) from None
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that results which were computed are not used: on Ctrl-C
            outcomes.close()
