"""Where the jobs of a run go: to processes on this machine, or to the workers of a cluster."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from ablation.errors import ClusterError
from ablation.runner.cluster.spread import Cluster, spread_on
from ablation.runner.devices import devices, worker_count
from ablation.runner.ranks import launched, led_by
from ablation.runner.run import CallJob


@dataclass(frozen=True)
class Asked:
    """Where and how a user wants a grid to run."""

    backend: str = "processes"  # a key of BACKENDS
    address: str | None = None  # of a cluster's scheduler
    device: str = "auto"  # or cpu, cuda, cuda:1
    # Processes, or jobs in flight on a cluster; None is one per core, CUDA device slot or cluster worker.
    workers: int | None = None
    per_device: int = 1  # jobs that share a CUDA device
    budget: float | None = None  # seconds after which no job is started
    cell_timeout: float | None = None  # seconds that a job may take


ANYWHERE = Asked()


@dataclass(frozen=True)
class Errand:
    """What a backend needs to know about a run."""

    pending: int  # jobs
    deadline: float = float("inf")  # of `time.monotonic`
    sources: Mapping[str, bytes] = field(default_factory=dict)  # code of the user's own operations


@dataclass(frozen=True)
class Place:
    """Where jobs can run now."""

    devices: tuple[str, ...]  # of all workers
    workers: int  # jobs in flight
    call_job: CallJob | None = None  # None if jobs run in processes on this machine
    world_size: int = 1  # processes that share a job


@contextmanager
def place(asked: Asked, errand: Errand, say: Callable[[str], None]) -> Iterator[Place]:
    """Open the place that a user asked for, and close it when the run ends.

    Args:
        asked: what the user asked for.
        errand: what will run there.
        say: called with sentences for the user.

    Raises:
        ClusterError: there is no such backend, or the cluster cannot be used.
        DeviceError: there is no such device.

    Example:
        >>> with place(Asked(device="cpu", workers=2), Errand(pending=9), say=print) as here:
        ...     here.workers, here.devices
        (2, ('cpu',))
    """
    if asked.backend not in BACKENDS:
        raise ClusterError(f"--backend {asked.backend}: no such backend; choose {', '.join(BACKENDS)}")
    with BACKENDS[asked.backend](asked, errand, say) as opened:
        yield opened


@contextmanager
def _this_machine(asked: Asked, errand: Errand, _: Callable[[str], None]) -> Iterator[Place]:
    if asked.address is not None:
        raise ClusterError(f"--address {asked.address}: only works with --backend dask or ray; add one")
    chosen = devices(asked.device)
    yield Place(chosen, worker_count(asked.workers, chosen, errand.pending, asked.per_device))


@contextmanager
def _dask(asked: Asked, errand: Errand, say: Callable[[str], None]) -> Iterator[Place]:
    from ablation.runner.cluster.dask import connected  # late: a local run does not need it

    address = _address(asked, "tcp://host:8786")
    with connected(address, asked.device, asked.per_device, say) as cluster:
        yield _spread(cluster, asked, errand, say)


@contextmanager
def _ray(asked: Asked, errand: Errand, say: Callable[[str], None]) -> Iterator[Place]:
    from ablation.runner.cluster.ray import connected  # late: a local run does not need it

    address = _address(asked, "host:6379")
    with connected(address, asked.device, asked.per_device, say) as cluster:
        yield _spread(cluster, asked, errand, say)


def _address(asked: Asked, example: str) -> str:
    _refuse_timeout(asked)
    if asked.address is None:
        raise ClusterError(f"--backend {asked.backend} needs the cluster's address: --address {example}")
    return asked.address


def _spread(cluster: Cluster, asked: Asked, errand: Errand, say: Callable[[str], None]) -> Place:
    call_job = spread_on(cluster, errand.sources, errand.deadline, say)
    return Place(cluster.devices, min(asked.workers or cluster.workers, errand.pending), call_job)


@contextmanager
def _torchrun(asked: Asked, _: Errand, say: Callable[[str], None]) -> Iterator[Place]:
    me = launched()
    if me is None:
        raise ClusterError("--backend torchrun: start the run with torchrun instead; it needs no --backend")
    _refuse_timeout(asked)
    device = me.device(asked.device)
    say(f"each job is trained by {me.size} processes together")
    yield Place((device,), 1, led_by(me), me.size)


def _refuse_timeout(asked: Asked) -> None:
    if asked.cell_timeout is not None:
        raise ClusterError("--cell-timeout: only works in processes on this machine; leave it out")


Open = Callable[[Asked, Errand, Callable[[str], None]], AbstractContextManager[Place]]
BACKENDS: Mapping[str, Open] = {
    "processes": _this_machine,
    "dask": _dask,
    "ray": _ray,
    "torchrun": _torchrun,
}
