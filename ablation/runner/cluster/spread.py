"""Sends jobs to a cluster and gets their results back; writes the files here."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from ablation.errors import AblationError, ClusterError
from ablation.grid.cells import Cell
from ablation.results.stored.cells import CellResult
from ablation.results.stored.record import Record
from ablation.runner.cluster.images import SentImages, send
from ablation.runner.cluster.task import Missing, Task
from ablation.runner.cluster.workers import cannot_run, died
from ablation.runner.job import Job, killed_record
from ablation.runner.processes import Killed
from ablation.runner.run import Ask, CallJob

Say = Callable[[str], None]

_LOSSES = 3  # workers that a job may lose before it is itself to blame


class WorkerLostError(Exception):
    """The worker was lost on which a job ran, for which it may not be to blame; the message names it."""


@dataclass(frozen=True)
class Cluster:
    """Workers that can run jobs, and how to reach them."""

    workers: int
    devices: tuple[str, ...]  # of all workers
    device: str  # what each job asks its worker for
    # Runs a task on any free worker; the future raises what the task raised, or WorkerLostError.
    submit: Callable[[Task, Cell], Future[Any]]
    # Calls a function with arguments on a worker, at once, and waits for what it returns.
    call: Callable[..., Any]
    # Says why the cluster itself gave a job up, if it did.
    given_up: Callable[[Exception], str | None] = lambda _: None


def spread_on(cluster: Cluster, sources: Mapping[str, bytes], deadline: float, say: Say) -> CallJob:
    """Return a function that runs cells on the workers of a cluster and writes their files here.

    If a worker is lost, another one runs its job again. A job that loses several workers is itself to blame
    and gets an error record. A job that is on its way to a worker when time is up does not start.

    Args:
        cluster: where to run.
        sources: the code of the user's own operations.
        deadline: in `time.monotonic`.
        say: called with a sentence when a worker was lost.
    """

    def call_job(job: Job, ask: Ask, width: int) -> Generator[tuple[Cell, Record | Killed], None, None]:
        images = {data: SentImages.of(dataset) for data, dataset in job.datasets.items()}
        task = Task(job, images, cluster.device, sources, time.time() + deadline - time.monotonic())
        with closing(_outcomes(cluster, task, ask, width, say)) as outcomes:
            for cell, outcome in outcomes:
                if isinstance(outcome, Killed):
                    outcome = CellResult(killed_record(cell, outcome, job.devices[0]))
                if outcome is not None:
                    yield cell, job.write(outcome)

    return call_job


@dataclass(frozen=True)
class _Again:
    """The job should be sent once more: its images have arrived, or its worker was lost."""

    lost: str = ""


def _outcomes(
    cluster: Cluster, task: Task, ask: Ask, width: int, say: Say
) -> Generator[tuple[Cell, CellResult | Killed | None], None, None]:
    flight: dict[Future[Any], Cell] = {}
    losses = Counter[str]()
    over = threading.Event()
    courier = ThreadPoolExecutor(1)  # of images: a single one, so each machine gets them once

    def take() -> None:
        while len(flight) < width and (cell := ask()) is not None:
            flight[cluster.submit(task, cell)] = cell

    def deliver(images: SentImages, worker: str) -> _Again:
        try:
            send(images, partial(cluster.call, worker), go_on=lambda: not over.is_set())
        except AblationError:
            raise
        except Exception as error:
            return _Again(lost=f"worker {worker} ({type(error).__name__})")
        return _Again()

    take()
    try:
        while flight:
            done, _ = wait(flight, return_when=FIRST_COMPLETED)
            ended: list[tuple[Cell, CellResult | Killed | None]] = []
            for future in done:
                cell = flight.pop(future)
                outcome = _outcome(cluster, future)
                if isinstance(outcome, Missing):
                    flight[courier.submit(deliver, task.images[cell.recipe.data], outcome.worker)] = cell
                elif not isinstance(outcome, _Again):
                    ended.append((cell, outcome))
                elif outcome.lost and losses[cell.id] == _LOSSES:
                    ended.append((cell, Killed(died(_LOSSES + 1, outcome.lost))))
                else:
                    if outcome.lost:
                        losses[cell.id] += 1
                        say(f"{outcome.lost} was lost; its job will run on another")
                    flight[cluster.submit(task, cell)] = cell
            take()  # before yielding: no worker waits while the caller looks at a result
            yield from ended
            take()  # the caller may have made more work out of the results
    finally:
        over.set()
        courier.shutdown(wait=False, cancel_futures=True)
        for future in flight:
            future.cancel()


def _outcome(cluster: Cluster, future: Future[Any]) -> CellResult | Killed | Missing | _Again | None:
    try:
        outcome: CellResult | Missing | _Again | None = future.result()
    except CancelledError:
        raise ClusterError(
            "the connection to the cluster was lost; run the same command to continue"
        ) from None
    except WorkerLostError as error:
        return _Again(lost=str(error))
    except AblationError:
        raise
    except Exception as error:
        if reason := cluster.given_up(error):
            return Killed(reason)
        raise ClusterError(cannot_run("a worker", error)) from error  # could not unpickle what it was sent
    return outcome
