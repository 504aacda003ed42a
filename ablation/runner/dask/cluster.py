"""Connects to a Dask cluster, and inspects its workers before any job is sent to them."""

import logging
import socket
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ablation.errors import AblationError, ClusterError
from ablation.grid.cells import PROTOCOL_VERSION
from ablation.results.stored.environment import versions
from ablation.runner.devices import devices, refuse_slots_of_the_cpu
from ablation.runner.processes import interrupts_deferred
from ablation.version import DISTRIBUTION
from ablation.words import counted

_CONNECT = 10  # seconds
_WORKERS = 60  # seconds to wait for the first


@dataclass(frozen=True)
class Cluster:
    """A cluster whose workers can run jobs."""

    client: Any  # distributed.Client
    workers: int
    devices: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """What is installed on a worker, and its devices."""

    protocol: int
    versions: Mapping[str, str]
    devices: tuple[str, ...]


def look(device: str) -> Seen:
    """Return what is installed where this function is called: on a worker, or here.

    Raises:
        DeviceError: there is no such device.
        ModuleNotFoundError: a package is missing.

    Example:
        >>> look("cpu").devices
        ('cpu',)
    """
    return Seen(PROTOCOL_VERSION, versions(), devices(device))


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
            seen = _seen(client, device)
            for sentence in _differences(seen):
                tell(f"note: {sentence}")
            found = tuple(dict.fromkeys(name for one in seen.values() for name in one.devices))
            refuse_slots_of_the_cpu(found, per_device)
            _tell_losses(client, set(workers), tell)
            yield Cluster(client, len(workers), found)
        finally:
            with interrupts_deferred():
                client.close()  # the scheduler then forgets this run's jobs, and no one else's


def _connect(address: str) -> Any:
    try:
        from distributed import Client
        from distributed.comm.addressing import get_address_host_port
    except ModuleNotFoundError:
        raise ClusterError(
            f'--backend dask needs Dask, which is not installed: pip install "{DISTRIBUTION}[dask]"'
        ) from None
    try:
        # A client that finds no scheduler would delay Ctrl-C, and the exit of this process.
        with socket.create_connection(get_address_host_port(address, strict=True), _CONNECT):
            pass
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about versions, which are compared below
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


def _seen(client: Any, device: str) -> Mapping[str, Seen]:
    found: dict[str, Seen] = {}
    for worker, one in client.run(look, device, on_error="return").items():
        if isinstance(one, AblationError):
            raise type(one)(f"worker {worker}: {one}")
        if isinstance(one, OSError):
            continue  # just lost; Dask knows
        if isinstance(one, Exception):
            raise ClusterError(cannot_run(f"worker {worker}", one))
        if one.protocol != PROTOCOL_VERSION:
            raise ClusterError(other_protocol(worker, one.protocol))
        found[worker] = one
    if not found:
        raise ClusterError("all workers of the cluster have just been lost; their logs say why")
    return found


def cannot_run(worker: str, error: Exception) -> str:
    """Say that a worker lacks ablation, or something that this version needs there.

    Example:
        >>> cannot_run("worker tcp://node7:4000", ImportError("no torch"))
        'worker tcp://node7:4000 cannot run this version of ablation (no torch); install it there'
    """
    return f"{worker} cannot run this version of ablation ({error}); install it there"


def other_protocol(worker: str, protocol: int) -> str:
    """Say that a worker would compute other numbers.

    Example:
        >>> other_protocol("tcp://node7:4000", 2)[:68]
        'worker tcp://node7:4000 follows protocol 2 of ablation, this machine'
    """
    return (
        f"worker {worker} follows protocol {protocol} of ablation, this machine protocol {PROTOCOL_VERSION}; "
        "install the same version there"
    )


def _differences(seen: Mapping[str, Seen]) -> list[str]:
    elsewhere: dict[tuple[str, str], list[str]] = {}
    ours = versions()
    for worker, one in seen.items():
        for package, version in one.versions.items():
            if version != ours[package]:
                elsewhere.setdefault((package, version), []).append(worker)
    return [
        f"{package} {version} on {len(workers)} of {counted(len(seen), 'worker')} "
        f"({'' if len(workers) == 1 else 'such as '}{workers[0]}), {ours[package]} here; "
        "numbers may differ for that reason"
        for (package, version), workers in elsewhere.items()
    ]


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
