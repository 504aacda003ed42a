"""Connects to a Dask cluster, through Dask's own client."""

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ablation.errors import ClusterError
from ablation.grid.cells import Cell
from ablation.results.stored.cells import CellResult
from ablation.runner.cluster.spread import Cluster
from ablation.runner.cluster.task import Missing, Task
from ablation.runner.cluster.workers import died, inspect, look, not_installed, refuse_silence
from ablation.runner.devices import refuse_slots_of_the_cpu
from ablation.runner.interrupts import interrupts_deferred

_CONNECT = 10  # seconds
_WORKERS = 60  # seconds to wait for the first


@contextmanager
def connected(address: str, device: str, per_device: int, tell: Callable[[str], None]) -> Iterator[Cluster]:
    """Connect to a cluster and inspect its workers; at the end, cancel the jobs still waiting there.

    Args:
        address: address of the scheduler.
        device: a device on the workers: `auto`, `cpu`, `cuda` or `cuda:1`.
        per_device: jobs that share a CUDA device on a worker.
        tell: called with sentences for the user.

    Raises:
        ClusterError: Dask is not installed, no scheduler answers, there are no workers, or the workers have
            several threads or another version of ablation.
        DeviceError: a worker does not have this device.
    """
    client = _connect(address)
    with _quiet():
        try:
            workers = _workers(client, address, tell)
            found = inspect(client.run(look, device, on_error="return"), tell)
            refuse_slots_of_the_cpu(found, per_device)
            _tell_losses(client, set(workers), tell)
            executor = client.get_executor(pure=False)  # not pure: a job that failed can run again

            def submit(task: Task, cell: Cell) -> Any:
                return executor.submit(_run, task, cell)

            def call(worker: str, function: Callable[..., Any], *arguments: Any) -> Any:
                return client.run(function, *arguments, workers=[worker])[worker]

            yield Cluster(len(workers), found, device, submit, call, _given_up)
        finally:
            with interrupts_deferred():
                client.close()  # the scheduler then forgets this run's jobs, and no one else's


def _run(task: Task, cell: Cell) -> CellResult | Missing | None:
    from distributed import get_worker

    return task(cell, get_worker().address)


def _connect(address: str) -> Any:
    try:
        from distributed import Client
        from distributed.comm.addressing import get_address_host_port
    except ModuleNotFoundError:
        raise not_installed("Dask") from None
    try:
        refuse_silence(*get_address_host_port(address, strict=True), _CONNECT)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about versions, which are compared
            return Client(address, timeout=_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        said = str(error).splitlines() or [type(error).__name__]
        raise ClusterError(
            f"--address {address}: no Dask scheduler answers ({said[0]}); start one with `dask scheduler`"
        ) from None


def _workers(client: Any, address: str, tell: Callable[[str], None]) -> list[str]:
    if not client.nthreads():
        tell(f"{address} has no workers yet; waiting {_WORKERS} s for the first")
        try:
            client.wait_for_workers(1, timeout=_WORKERS)
        except TimeoutError:
            raise ClusterError(
                f"{address}: still no workers after {_WORKERS} s; start some with "
                f"`dask worker {address} --nworkers N --nthreads 1`"
            ) from None
    threads: Mapping[str, int] = client.nthreads()
    for worker, count in threads.items():
        if count != 1:
            raise ClusterError(
                f"worker {worker} has {count} threads, but each job needs a process to itself; start workers "
                "with --nthreads 1 (in dask-jobqueue, with as many processes as cores)"
            )
    return list(threads)


def _given_up(error: Exception) -> str | None:
    from distributed import KilledWorker

    if not isinstance(error, KilledWorker):
        return None
    return died(error.allowed_failures + 1, error.last_worker.address)


def _tell_losses(client: Any, workers: set[str], tell: Callable[[str], None]) -> None:
    def hear(event: tuple[float, Any]) -> None:
        message = event[1] if isinstance(event[1], dict) else {}
        match message.get("action"):
            case "add-worker":
                workers.add(message.get("worker", ""))
            case "remove-worker":
                workers.discard(message.get("worker", ""))
                if message.get("processing-tasks") and not message.get("expected"):
                    left = "" if workers else "; none are left, so the run waits for a new one"
                    tell(f"worker {message.get('worker')} was lost; its job will run on another{left}")

    client.subscribe_topic("all", hear)


@contextmanager
def _quiet() -> Iterator[None]:
    # What Dask logs about a lost worker is reported above, in one line.
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
