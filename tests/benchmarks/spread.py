"""Spread: what a job costs the parent of a run on a cluster, and whether that grows with the grid.

    python tests/benchmarks/spread.py [--seeds 10 31 102]

A grid of 7 x 7 cells runs on a Dask cluster of 20 workers, which are threads of this process. Its jobs are
empty: a worker returns a made-up record with arrays of ordinary size at once. What is counted, from the first
record to the last, is the processor time of this process, which other programs hardly change. It is the
parent's, and that of Dask's client, scheduler and workers. "Parent" is without Dask: 20 threads stand in for
the cluster. It holds a job's way there and back, its record and files, and an empty worker's side.

Two things concern all jobs so far: the progress that is shown, and the look for files that were deleted. They
have a column of their own, as a share of the run, because they are done less often where they take longer.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, TextIO
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parents[2]))

from rich.console import Console

from ablation.cli.progress import TextShow
from ablation.grid.cells import Cell
from ablation.grid.file.load import load_grid
from ablation.results.stored.cells import CellResult
from ablation.results.stored.record import Record
from ablation.runner import backends
from ablation.runner.backends import Asked, Errand, Place
from ablation.runner.cluster.spread import Cluster, spread_on
from ablation.runner.cluster.task import Task
from ablation.runner.launch import Ending, launch
from ablation.runner.seldom import Seldom
from ablation.runner.tally import Tally
from tests.benchmarks.overhead import GRID
from tests.results.builder import arrays, record

WORKERS = 20
IMAGES = 'data={ source = "shapes", train = 200, test = 100, size = 16 }'


LOOKING: list[Seldom] = []  # of the run


def noted(seldom: Seldom) -> None:
    """Remember what is done seldom."""
    create(seldom)
    LOOKING.append(seldom)


create = Seldom.__init__


def empty(cell: Cell, dataset: Path, device: str, keep_encoder: bool) -> CellResult:
    """A job that does nothing."""
    return CellResult(record(cell, 0.5), arrays())


class Times(TextShow):
    """Shows a run to nobody, and notes the processor time at each record, without that of showing it."""

    def __init__(self, nobody: TextIO) -> None:
        super().__init__("spread", Console(file=nobody))
        self.came: list[float] = []

    def record(self, record: Record, tally: Tally) -> None:
        super().record(record, tally)
        self.came.append(time.process_time() - sum(one.spent for one in LOOKING))

    def end(self, ending: Ending) -> None:
        super().end(ending)
        assert ending.tally.done == len(self.came), ending.tally.failed


@contextmanager
def threads(asked: Asked, errand: Errand, say: Any) -> Iterator[Place]:
    """A cluster that is nothing but threads."""
    with ThreadPoolExecutor(WORKERS) as pool:

        def submit(task: Task, cell: Cell) -> Future[Any]:
            return pool.submit(task, cell, "thread")

        cluster = Cluster(WORKERS, ("cpu",), "cpu", submit, call=lambda *_: None)
        yield Place(("cpu",), WORKERS, spread_on(cluster, {}, errand.deadline, say))


def times(folder: Path, seeds: int, asked: Asked) -> tuple[list[float], float]:
    """Run the grid with so many seeds; return the processor time at each record, and the share of looks."""
    file = load_grid(GRID, (IMAGES, "baselines=[]", f"seeds={list(range(seeds))}"))
    LOOKING.clear()
    began = time.perf_counter()
    with Path(os.devnull).open("w") as nobody, Times(nobody) as shown:
        launch(file, folder, shown, asked, experiment=empty)
    return shown.came, sum(one.spent for one in LOOKING) / (time.perf_counter() - began)


def main() -> None:
    from distributed import LocalCluster

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[10, 31, 102])
    arguments = parser.parse_args()
    # The report's time is not the jobs'.
    sys.modules["ablation.report.write"] = SimpleNamespace(write_report=lambda *_, **__: None)  # type: ignore
    print(f"milliseconds of processor time a job, {WORKERS} simulated workers")
    print(f"{'':<16}{'cells':>8}{'a job':>8}{'first 20 %':>12}{'last 20 %':>12}{'looks':>8}")
    with (
        TemporaryDirectory() as name,
        patch.dict(backends.BACKENDS, {"threads": threads}),
        patch.object(Seldom, "__init__", noted),
    ):
        measure("parent", Path(name), arguments.seeds, Asked("threads", "here", "cpu"))
        with LocalCluster(  # its idle workers take time, too
            n_workers=WORKERS,
            threads_per_worker=1,
            processes=False,
            protocol="tcp://",
            dashboard_address=None,
            silence_logs=logging.CRITICAL + 1,
        ) as cluster:
            asked = Asked("dask", cluster.scheduler_address, "cpu")
            measure("parent and Dask", Path(name), arguments.seeds, asked)


def measure(what: str, place: Path, sizes: list[int], asked: Asked) -> None:
    """Print a row for each number of seeds."""
    for seeds in sizes:
        came, looks = times(place / f"{asked.backend}-{seeds}", seeds, asked)
        fifth = len(came) // 5
        parts = (came, came[: fifth + 1], came[-fifth - 1 :])
        whole, first, last = (1000 * (part[-1] - part[0]) / (len(part) - 1) for part in parts)
        row = f"{what:<16}{len(came):>8}{whole:>8.1f}{first:>12.1f}{last:>12.1f}{looks:>8.1%}"
        print(row, flush=True)


if __name__ == "__main__":
    main()
