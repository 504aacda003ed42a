"""Sends jobs to a cluster and gets their results back, through Dask's own client; writes the files here."""

import threading
import time
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from ablation.errors import AblationError, ClusterError
from ablation.grid.cells import PROTOCOL_VERSION, Cell
from ablation.grid.data import Data
from ablation.results.stored.cells import CellResult
from ablation.results.stored.record import Record
from ablation.runner.dask.cluster import cannot_run, other_protocol
from ablation.runner.dask.images import SentImages, delivering
from ablation.runner.dask.user_code import with_its_code
from ablation.runner.devices import devices
from ablation.runner.job import Job, killed_record
from ablation.runner.processes import Killed
from ablation.runner.run import Ask, CallJob
from ablation.words import counted

# torch's generators and its number of threads belong to a process. Workers with several threads are refused
# when a run starts; with this lock, one that joins later also runs its jobs one by one.
_ONE_CELL = threading.Lock()


@dataclass(frozen=True, eq=False)
class Task:
    """What a worker does with a cell; returns None if time was up before the job could start."""

    job: Job
    images: Mapping[Data, SentImages]
    device: str
    sources: Mapping[str, bytes]
    until: float  # of `time.time`, by the worker's clock
    topic: str  # where to ask for the images
    protocol: int = PROTOCOL_VERSION

    def __call__(self, cell: Cell) -> CellResult | None:
        """Run a cell without writing files.

        Raises:
            ClusterError: this worker would compute other numbers.
            DataError: the images did not arrive.
            DeviceError: this worker does not have the device.
        """
        from distributed import get_worker

        worker = get_worker()
        if self.protocol != PROTOCOL_VERSION:
            raise ClusterError(other_protocol(worker.address, PROTOCOL_VERSION))
        with _ONE_CELL:
            if time.time() >= self.until:
                return None

            data = cell.recipe.data
            images = self.images[data]

            def ask(folder: str) -> None:
                asked = {"worker": worker.address, "folder": folder, "images": images.digest}
                worker.log_event(self.topic, asked)

            dataset = images.obtained(ask)
            here = devices(self.device)
            job = replace(self.job, datasets={data: dataset}, devices=here, prepare_again=None)
            return job.compute(with_its_code(cell, self.sources))


def spread_on(client: Any, device: str, sources: Mapping[str, bytes], deadline: float) -> CallJob:
    """Return a function that runs cells on the workers of a cluster and writes their files here.

    If a worker is lost, another one runs its job again. A job that Dask gives up on, because it killed
    several workers, is itself to blame and gets an error record. A job that is on its way to a worker when
    time is up does not start.

    Args:
        client: the client of the cluster.
        device: the device on its workers.
        sources: the code of the user's own operations.
        deadline: in `time.monotonic`.
    """

    def call_job(job: Job, ask: Ask, width: int) -> Generator[tuple[Cell, Record | Killed], None, None]:
        images = {data: SentImages.of(dataset) for data, dataset in job.datasets.items()}
        until = time.time() + deadline - time.monotonic()
        with delivering(client, images.values()) as topic:
            task = Task(job, images, device, sources, until, topic)
            with closing(_outcomes(client, task, ask, width)) as outcomes:
                for cell, outcome in outcomes:
                    if isinstance(outcome, Killed):
                        outcome = CellResult(killed_record(cell, outcome, job.devices[0]))
                    if outcome is not None:
                        yield cell, job.write(outcome)

    return call_job


def _outcomes(
    client: Any, task: Task, ask: Ask, width: int
) -> Generator[tuple[Cell, CellResult | Killed | None], None, None]:
    from distributed import as_completed  # late: it imports dask

    flight: dict[Any, Cell] = {}
    completed = as_completed(loop=client.loop, raise_errors=False)

    def take() -> None:
        while len(flight) < width and (cell := ask()) is not None:
            future = client.submit(task, cell, pure=False)  # not pure: a job that failed can run again
            flight[future] = cell
            completed.add(future)

    take()
    try:
        for future in completed:
            cell = flight.pop(future)
            take()  # before yielding: no worker waits while the caller looks at a result
            yield cell, _outcome(future)
            take()  # the caller may have made more work out of the result
    finally:
        client.cancel(list(flight))


def _outcome(future: Any) -> CellResult | Killed | None:
    from distributed import CancelledError, KilledWorker

    try:
        outcome: CellResult | None = future.result()
    except KilledWorker as error:
        last = error.last_worker.address
        return Killed(
            f"{counted(error.allowed_failures + 1, 'worker')} of the cluster died while running this job, "
            f"most recently {last}; its log says why"
        )
    except CancelledError:
        raise ClusterError(
            "the connection to the cluster's scheduler was lost; run the same command to continue"
        ) from None
    except AblationError:
        raise
    except Exception as error:  # the worker could not unpickle what it was sent
        raise ClusterError(cannot_run("a worker", error)) from error
    return outcome
