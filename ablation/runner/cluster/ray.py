"""Connects to a Ray cluster, of which this machine is a part."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from ablation.errors import ClusterError, DeviceError
from ablation.grid.cells import Cell
from ablation.results.stored.cells import CellResult
from ablation.runner.cluster.driver import Driver, driving
from ablation.runner.cluster.spread import Cluster, WorkerLostError
from ablation.runner.cluster.task import Missing, Task
from ablation.runner.cluster.workers import Seen, inspect, look, not_installed, refuse_silence
from ablation.runner.devices import refuse_slots_of_the_cpu

_CONNECT = 30  # seconds
_WORKERS = 60  # seconds to wait for the first
_POLL = 1.0  # seconds


@dataclass(frozen=True)
class Node:
    """A machine of the cluster."""

    id: str
    name: str  # address of its raylet
    cpus: float
    gpus: float


@contextmanager
def connected(address: str, device: str, per_device: int, tell: Callable[[str], None]) -> Iterator[Cluster]:
    """Connect to a cluster and inspect its nodes; at the end, end the jobs that are still there.

    Args:
        address: as `ray start --head` prints it.
        device: `auto`, `cpu` or `cuda`; Ray gives each job a CUDA device, or a share of one.
        per_device: jobs that share a CUDA device.
        tell: called with sentences for the user.

    Raises:
        ClusterError: Ray is not installed, no cluster answers, there are no workers, or a node has another
            version of ablation.
        DeviceError: no node has this device.
    """
    if find_spec("ray") is None:
        raise not_installed("Ray")
    _refuse_silence(address)
    with driving(address) as driver:
        _await(driver, address)
        nodes = _nodes(driver, address, tell)
        on_cuda = _on_cuda(device, nodes)
        chosen = [node for node in nodes if (node.gpus if on_cuda else node.cpus) >= 1]
        found = ("cuda:0",) if on_cuda else ("cpu",)  # a job sees only the device that it was given
        refuse_slots_of_the_cpu(found, per_device)
        inspect({node.name: _seen(driver, node) for node in chosen}, tell)
        slots = sum(int(node.gpus) * per_device if on_cuda else int(node.cpus) for node in chosen)
        resources = {"num_cpus": 0, "num_gpus": 1 / per_device} if on_cuda else {"num_cpus": 1.0}

        def submit(task: Task, cell: Cell) -> Future[Any]:
            return driver.request(_run, task, cell, resources=resources)

        def call(node: str, function: Callable[..., Any], *arguments: Any) -> Any:
            return driver.request(function, *arguments, resources={"num_cpus": 0}, node=node).result()

        yield Cluster(slots, found, "cuda" if on_cuda else "cpu", submit, call)


def _run(task: Task, cell: Cell) -> CellResult | Missing | None:
    import ray

    return task(cell, ray.get_runtime_context().get_node_id())


def alive() -> list[Node]:
    """Return the machines of the cluster; called in the driver."""
    import ray

    return [
        Node(
            node["NodeID"],
            f"{node['NodeManagerAddress']}:{node['NodeManagerPort']}",
            node["Resources"].get("CPU", 0),
            node["Resources"].get("GPU", 0),
        )
        for node in ray.nodes()
        if node["Alive"]
    ]


def _refuse_silence(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdecimal():
        raise ClusterError(
            f"--address {address}: not an address of a Ray cluster; give the one that `ray start --head` "
            "prints, such as host:6379"
        )
    try:
        refuse_silence(host.strip("[]"), int(port), _CONNECT)
    except (OSError, OverflowError) as error:
        raise _silent(address, getattr(error, "strerror", None) or str(error)) from None


def _await(driver: Driver, address: str) -> None:
    try:
        driver.connected.result(_CONNECT)
    except TimeoutError:
        raise _silent(address, f"nothing for {_CONNECT} s; is it the port of another service?") from None
    except CancelledError:
        raise _silent(address, "Ray gave up") from None
    except ClusterError as error:
        raise _silent(address, getattr(error, "strerror", None) or str(error)) from None


def _silent(address: str, why: str) -> ClusterError:
    return ClusterError(
        f"--address {address}: no Ray cluster answers ({why}); start one with `ray start --head`, and let "
        f"this machine join it with `ray start --address={address} --num-cpus=0`"
    )


def _nodes(driver: Driver, address: str, tell: Callable[[str], None]) -> list[Node]:
    patience, told = time.monotonic() + _WORKERS, False
    while True:
        nodes: list[Node] = driver.request(alive).result()
        if any(max(node.cpus, node.gpus) >= 1 for node in nodes):
            return nodes
        if time.monotonic() > patience:
            raise ClusterError(
                f"{address}: still no node with a CPU or GPU after {_WORKERS} s; add machines with "
                f"`ray start --address={address}`"
            )
        if not told:
            tell(f"{address} has no node with a CPU or GPU yet; waiting {_WORKERS} s for the first")
            told = True
        time.sleep(_POLL)


def _on_cuda(device: str, nodes: list[Node]) -> bool:
    if device not in ("auto", "cpu", "cuda"):
        raise DeviceError(f"--device {device}: Ray gives each job its device; choose auto, cpu or cuda")
    has = any(node.gpus >= 1 for node in nodes)
    if device == "cuda" and not has:
        raise DeviceError("--device cuda: no node of the Ray cluster has a GPU; choose auto or cpu")
    return has and device != "cpu"


def _seen(driver: Driver, node: Node) -> Seen | Exception:
    # Asked for the CPU: the others are Ray's to count, and may all be taken.
    try:
        seen: Seen = driver.request(look, "cpu", resources={"num_cpus": 0}, node=node.id).result()
    except WorkerLostError as error:
        return OSError(str(error))
    except Exception as error:
        return error
    return seen
