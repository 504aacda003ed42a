"""Where the cells of a run go: to processes of this machine, or to the workers of a cluster."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from ablation.errors import ClusterError
from ablation.runner.devices import devices, worker_count
from ablation.runner.run import CallJob


@dataclass(frozen=True)
class Asked:
    """Where and how a user wants a grid run."""

    backend: str = "processes"  # a key of BACKENDS
    address: str | None = None  # of a cluster
    device: str = "auto"  # or cpu, cuda, cuda:1
    # Processes, or cells in flight on a cluster; None is one a core, a slot of a CUDA device, or a worker.
    workers: int | None = None
    per_device: int = 1  # cells that may share a CUDA device
    budget: float | None = None  # seconds after which no cell is started


ANYWHERE = Asked()


@dataclass(frozen=True)
class Errand:
    """What has to be known elsewhere of a run."""

    pending: int  # cells
    deadline: float = float("inf")  # of `time.monotonic`
    sources: Mapping[str, bytes] = field(default_factory=dict)  # of the user's own operations


@dataclass(frozen=True)
class Place:
    """Where cells can be run now."""

    devices: tuple[str, ...]  # of all workers
    workers: int  # cells in flight
    call_job: CallJob | None = None  # None where they run in processes of this machine


@contextmanager
def place(asked: Asked, errand: Errand, say: Callable[[str], None]) -> Iterator[Place]:
    """Open the place that a user asked for, and leave it when the run ends.

    Args:
        asked: by the user.
        errand: what is to be run there.
        say: is given a sentence for the user.

    Raises:
        ClusterError: no such backend, or the cluster cannot be used.
        DeviceError: no such device.

    Example:
        >>> with place(Asked(device="cpu", workers=2), Errand(pending=9), say=print) as here:
        ...     here.workers, here.devices
        (2, ('cpu',))
    """
    if asked.backend not in BACKENDS:
        raise ClusterError(f"--backend {asked.backend}: no such backend; choose {' or '.join(BACKENDS)}")
    with BACKENDS[asked.backend](asked, errand, say) as opened:
        yield opened


@contextmanager
def _this_machine(asked: Asked, errand: Errand, _: Callable[[str], None]) -> Iterator[Place]:
    if asked.address is not None:
        raise ClusterError(f"--address {asked.address}: is for --backend dask")
    chosen = devices(asked.device)
    yield Place(chosen, worker_count(asked.workers, chosen, errand.pending, asked.per_device))


@contextmanager
def _dask(asked: Asked, errand: Errand, say: Callable[[str], None]) -> Iterator[Place]:
    from ablation.runner.dask.cluster import connected  # late: a local run needs nothing of it
    from ablation.runner.dask.spread import spread_on

    if asked.address is None:
        raise ClusterError("--backend dask needs the scheduler's address: --address tcp://host:8786")
    with connected(asked.address, asked.device, asked.per_device, say) as cluster:
        call_job = spread_on(cluster.client, asked.device, errand.sources, errand.deadline)
        yield Place(cluster.devices, min(asked.workers or cluster.workers, errand.pending), call_job)


Open = Callable[[Asked, Errand, Callable[[str], None]], AbstractContextManager[Place]]
BACKENDS: Mapping[str, Open] = {"processes": _this_machine, "dask": _dask}
