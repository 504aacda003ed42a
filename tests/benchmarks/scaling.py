"""Scaling: what two workers do beside one.

    python tests/benchmarks/scaling.py [--epochs 1] [--rounds 3]

The same few cells of equal cost, whole cells as `ablation run` runs them (pretraining, evaluation, leak,
use), by one worker and by two, in turn. Workers are warm: each has had a cell before, with torch loaded
and what all cells share computed. The clock starts when the first of them is, which never flatters two.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2]))

from ablation.data.fingerprint import data_fingerprint
from ablation.data.prepare import prepare
from ablation.grid.cells import Cell, cells
from ablation.grid.file.load import load_grid
from ablation.runner.job import Job
from ablation.runner.processes import Killed, in_processes
from tests.benchmarks.overhead import GRID, pictures

CELLS = 4  # of a measurement: divided by one and by two
WIDTHS = (1, 2)  # workers


def seconds(job: Job, cell: Cell, workers: int) -> float:
    """Run the cell `CELLS` times by so many warm workers."""
    warm: list[float] = []

    def work() -> Iterator[Cell]:
        yield from [cell] * workers  # warms
        yield from [cell] * CELLS

    for _, outcome in in_processes(job, partial(next, work(), None), workers):
        assert not isinstance(outcome, Killed), outcome.reason
        assert outcome.error is None, outcome.error
        warm = warm or [time.perf_counter()]
    return time.perf_counter() - warm[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with TemporaryDirectory() as name:
        place = Path(name)
        os.environ["ABLATION_CACHE"] = str(place / "cache")
        pictures(place / "made-up.npz")
        settings = ("data.source=npz", f"data.path={place / 'made-up.npz'}")
        grid = load_grid(GRID, [*settings, f"pretrain.epochs={arguments.epochs}", "baselines=[]"]).grid
        fingerprint = data_fingerprint(grid.data)
        [cell] = [one for one in cells(grid, fingerprint) if one.label == "crop → color"]
        job = Job(place, {grid.data: prepare(grid.data, fingerprint)}, ("cpu",))
        found: dict[int, list[float]] = {workers: [] for workers in WIDTHS}
        for _ in range(arguments.rounds):
            for workers, times in found.items():
                times.append(seconds(job, cell, workers))
    alone = median(found[1])
    print(f"{CELLS} cells of {arguments.epochs} epoch(s), medians of {arguments.rounds} rounds")
    print(f"{'':<12}{'seconds':>9}{'least':>8}{'most':>8}{'cells a minute':>16}{'ratio':>8}")
    for workers, times in found.items():
        many = 60 * CELLS / median(times)
        who = f"{workers} worker{'s' if workers > 1 else ''}"
        ratio = alone / median(times)
        print(f"{who:<12}{median(times):>9.1f}{min(times):>8.1f}{max(times):>8.1f}{many:>16.1f}{ratio:>8.2f}")


if __name__ == "__main__":
    main()
