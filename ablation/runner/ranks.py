"""One job on several devices: torchrun starts a process each; rank 0 runs the grid, the others help train.

Rank 0 alone reads the grid, evaluates and writes. The others wait at torchrun's store for the next job that
trains. Each job has a process group of its own, so that after a failed one all ranks begin afresh.
"""

import os
import signal
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from ablation.errors import ClusterError, DeviceError, in_words
from ablation.grid.cells import Cell
from ablation.results.stored.cells import CellResult
from ablation.results.stored.record import Record
from ablation.runner.devices import device_slot, devices
from ablation.runner.job import Job
from ablation.runner.processes import Killed
from ablation.runner.run import Ask, CallJob
from ablation.words import counted

# Other imports are inside the functions: without torchrun, nothing here imports torch.

_PATIENCE = timedelta(minutes=30)  # for another rank, in the middle of a job
_FOREVER = timedelta(days=365)  # for the next job; torchrun ends the others where a process dies
_POLL = 0.01  # seconds
_TRAIN, _END = b"train", b"end"


class OtherRankError(Exception):
    """A job has failed on another rank first, so that this one could not go on."""


@dataclass(frozen=True)
class Rank:
    """Which of torchrun's processes this is."""

    rank: int
    size: int  # of the world: all processes
    local: int  # the rank among those of this machine
    here: int  # processes on this machine

    def device(self, choice: str) -> str:
        """Return this process's own device, given what `--device` says.

        Raises:
            DeviceError: there are fewer CUDA devices than processes on this machine.

        Example:
            >>> Rank(rank=1, size=2, local=1, here=2).device("cpu")
            'cpu'
        """
        found = devices(choice)
        if found[0] == "cpu":
            return "cpu"
        if len(found) < self.here:
            raise DeviceError(
                f"--device {choice}: {counted(len(found), 'CUDA device')} for {self.here} processes on this "
                "machine; start as many as there are devices"
            )
        return found[self.local]


def launched() -> Rank | None:
    """Return which of torchrun's processes this is; None if there is only one.

    Example:
        >>> launched() is None
        True
    """
    if "TORCHELASTIC_RUN_ID" not in os.environ or os.environ["WORLD_SIZE"] == "1":
        return None
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
    return Rank(*(int(os.environ[name]) for name in names))


@contextmanager
def leading(me: Rank | None) -> Iterator[None]:
    """Let the other ranks end when rank 0 does, whatever ends it."""
    try:
        yield
    finally:
        if me is not None:
            _post(_store(), _END)


def led_by(me: Rank) -> CallJob:
    """Return what calls a job in this process, one cell after the other, while the other ranks train along.

    Args:
        me: rank 0.
    """
    store = _store()

    def call_job(job: Job, ask: Ask, width: int) -> Generator[tuple[Cell, Record | Killed], None, None]:
        del width
        alone = job.experiment

        def together(cell: Cell, dataset: Path, device: str, keep_encoder: bool) -> CellResult:
            if "training" not in cell.identity:
                return alone(cell, dataset, device, keep_encoder)
            number = _post(store, _TRAIN)
            with _group(store, number, me, device):
                try:
                    _told([cell, dataset])
                    return alone(cell, dataset, device, keep_encoder)
                except Exception as error:
                    if first := _failed(store, number, ""):
                        raise OtherRankError(first) from error
                    raise

        job = replace(job, experiment=together)
        while (cell := ask()) is not None:
            _await_others(store, me)
            yield cell, job(cell)

    return call_job


def follow(me: Rank, choice: str) -> None:
    """Take part in the training of every job that rank 0 runs, until it ends.

    Args:
        me: another rank.
        choice: what `--device` says.
    """
    import torch
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    from ablation.experiment import train_along

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends Ctrl-C to all; rank 0 decides
    torch.set_num_threads(1)  # as `ablation.runner.job.on_one_thread`
    store, number = _store(), 0
    what = _next(store, number)
    while what == _TRAIN:
        device, what = me.device(choice), None
        with _group(store, number, me, device):
            try:
                cell, dataset = _told([None, None])
                with device_slot((device,)), threadpool_limits(1):
                    train_along(cell, dataset, device)
                what = _next(store, number + 1)  # in the group: rank 0 may be receiving what this one sent
            except Exception as error:
                # To leave the group ends the job on the other ranks, too; rank 0 records why.
                _failed(store, number, f"rank {me.rank}: {in_words(error)}")
        number += 1
        what = what or _next(store, number)


def refuse_other_places(
    me: Rank, backend: str, address: str | None, workers: int | None, per_device: int
) -> None:
    """Raise ClusterError if a run under torchrun is also asked to run jobs side by side or elsewhere.

    Example:
        >>> refuse_other_places(Rank(0, 2, 0, 2), "processes", None, None, 1)
    """
    asked = {
        f"--backend {backend}": backend != "processes",
        f"--address {address}": address is not None,
        f"--workers {workers}": workers is not None,
        f"--jobs-per-device {per_device}": per_device > 1,
    }
    if other := ", ".join(option for option, given in asked.items() if given):
        raise ClusterError(
            f"{other}: torchrun's {me.size} processes run one job after the other, all together; leave it "
            "out, or start the run without torchrun"
        )


def _store() -> Any:
    """Connect to torchrun's store."""
    from torch import distributed as dist

    store, _, _ = next(dist.rendezvous("env://", timeout=_PATIENCE))  # type: ignore[attr-defined]
    return store


def _post(store: Any, what: bytes) -> int:
    number = int(store.add("posted", 1)) - 1
    store.set(f"job {number}", what)
    return number


def _next(store: Any, number: int) -> bytes | None:
    """Say that this rank is free, and wait for what rank 0 posts."""
    store.add(f"free {number}", 1)
    store.wait([f"job {number}"], _FOREVER)
    found: bytes = store.get(f"job {number}")
    return found


def _await_others(store: Any, me: Rank) -> None:
    number, since = int(store.add("posted", 0)), time.monotonic()
    while store.add(f"free {number}", 0) < me.size - 1:
        if time.monotonic() - since > _PATIENCE.total_seconds():
            raise ClusterError(
                f"another of torchrun's {me.size} processes does not answer; run the same command to continue"
            )
        time.sleep(_POLL)  # where torch waits, Ctrl-C ends nothing


def _failed(store: Any, number: int, why: str) -> str:
    """Say why a job has failed, unless another rank has said so before; return what was said first."""
    first: bytes = store.compare_set(f"failed {number}", "", why or " ")
    return first.decode(errors="replace").strip()


@contextmanager
def _group(store: Any, number: int, me: Rank, device: str) -> Iterator[None]:
    import torch
    from torch import distributed as dist

    if device != "cpu":
        torch.cuda.set_device(device)  # not measured
    dist.init_process_group(
        "gloo" if device == "cpu" else "cpu:gloo,cuda:nccl",
        store=dist.PrefixStore(f"group {number}", store),  # type: ignore[attr-defined]
        rank=me.rank,
        world_size=me.size,
        timeout=_PATIENCE,
    )
    try:
        yield
    finally:
        dist.destroy_process_group()


def _told(objects: list[Any]) -> list[Any]:
    """Return the objects that rank 0 has."""
    import torch
    from torch import distributed as dist

    dist.broadcast_object_list(objects, src=0, device=torch.device("cpu"))
    return objects
