"""A Dask cluster: connected to, and its workers looked at before a cell is sent to any of them."""

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
from ablation.runner.processes import interrupts_ignored

_CONNECT = 10  # seconds
_WORKERS = 60  # seconds to wait for the first


@dataclass(frozen=True)
class Cluster:
    """A cluster whose workers can run cells."""

    client: Any  # distributed.Client
    workers: int
    devices: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """What there is on a worker."""

    protocol: int
    versions: Mapping[str, str]
    devices: tuple[str, ...]


def look(device: str) -> Seen:
    """Say what there is where this is called: on a worker, or here.

    Raises:
        DeviceError: there is no such device.
        ModuleNotFoundError: a package is not installed.

    Example:
        >>> look("cpu").devices
        ('cpu',)
    """
    return Seen(PROTOCOL_VERSION, versions(), devices(device))


@contextmanager
def connected(address: str, device: str, per_device: int, tell: Callable[[str], None]) -> Iterator[Cluster]:
    """Connect to a cluster and look at its workers; at the end, cancel what is still waiting there.

    Args:
        address: of the scheduler.
        device: on the workers: `auto`, `cpu`, `cuda` or `cuda:1`.
        per_device: cells that may share a CUDA device of theirs.
        tell: is given a sentence for the user.

    Raises:
        ClusterError: distributed is not installed, nobody answers, there are no workers, they have several
            threads, or another ablation.
        DeviceError: a worker has no such device.
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
            with interrupts_ignored():
                client.close()  # the scheduler then forgets this run's cells, and nobody else's


def _connect(address: str) -> Any:
    try:
        from distributed import Client
        from distributed.comm.addressing import get_address_host_port
    except ModuleNotFoundError:
        raise ClusterError(
            '--backend dask needs Dask, which is not installed: pip install "ablation[dask]"'
        ) from None
    try:
        # A client that does not find its scheduler would hold up Ctrl-C, and this process at its end.
        with socket.create_connection(get_address_host_port(address, strict=True), _CONNECT):
            pass
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of versions; ours are compared below, in a line
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
                f"worker {worker} has {count} threads, and a cell needs a process of its own: start workers "
                "with --nthreads 1 (in dask-jobqueue, as many processes as cores)"
            )
    return list(threads)


def _seen(client: Any, device: str) -> Mapping[str, Seen]:
    found: dict[str, Seen] = {}
    for worker, one in client.run(look, device, on_error="return").items():
        if isinstance(one, AblationError):
            raise type(one)(f"worker {worker}: {one}")
        if isinstance(one, OSError):
            continue  # it was lost just now; dask knows
        if isinstance(one, Exception):
            raise ClusterError(cannot_run(f"worker {worker}", one))
        if one.protocol != PROTOCOL_VERSION:
            raise ClusterError(other_protocol(worker, one.protocol))
        found[worker] = one
    if not found:
        raise ClusterError("the workers of the cluster were lost just now; look at their logs")
    return found


def cannot_run(worker: str, error: Exception) -> str:
    """Say that there is no ablation on a worker, or one that lacks what this one needs there.

    Example:
        >>> cannot_run("worker tcp://node7:4000", ImportError("no torch"))
        'worker tcp://node7:4000 cannot run this ablation (no torch); install the same version there'
    """
    return f"{worker} cannot run this ablation ({error}); install the same version there"


def other_protocol(worker: str, protocol: int) -> str:
    """Say that a worker would compute other numbers.

    Example:
        >>> other_protocol("tcp://node7:4000", 2)[:67]
        'worker tcp://node7:4000 follows protocol 2 of ablation, and this is'
    """
    return (
        f"worker {worker} follows protocol {protocol} of ablation, and this is {PROTOCOL_VERSION}: "
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
        f"{package} {version} on {len(workers)} of {len(seen)} workers ({workers[0]}), {ours[package]} here; "
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
                    left = "" if workers else "; none are left, and the run waits for one"
                    tell(f"worker {message.get('worker')} was lost; its cell is run again by another{left}")

    client.subscribe_topic("all", hear)


@contextmanager
def _quiet() -> Iterator[None]:
    # What dask has to say of a lost worker is said above, in a line.
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
