"""Shares: what of a job is not pretraining: start-up, evaluation, label-free scores, leak and use.

    python tests/benchmarks/shares.py [--npz PATH] [--epochs 8] [--cells 3]

One worker runs cells of `grids/cifar10.toml`, crop and color in either order. Stages are medians over all
cells but the first. Start-up is what the first takes longer than those (the process, torch, Kornia, what all
cells share); each of two workers pays it once for 27 of the grid's 54 jobs. The last column is the share of a
job of 45 seconds. Without `--npz` the pictures are noise, on which the evaluation's solver takes another
number of steps.
"""

import argparse
import os
import sys
import time
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2]))

from ablation.data.fingerprint import data_fingerprint
from ablation.data.prepare import prepare
from ablation.grid.cells import cells
from ablation.grid.file.load import load_grid
from ablation.runner.job import Job
from ablation.runner.processes import Killed, in_processes
from tests.benchmarks.overhead import GRID, pictures

JOBS = 27  # of a worker, in `grids/cifar10.toml` on two workers
SECONDS = 45.0  # of a job


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--npz")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--cells", type=int, default=3)
    arguments = parser.parse_args()
    with TemporaryDirectory() as name:
        place = Path(name)
        os.environ["ABLATION_CACHE"] = str(place / "cache")
        npz = arguments.npz or place / "made-up.npz"
        if arguments.npz is None:
            pictures(npz)
        settings = ("data.source=npz", f"data.path={npz}", f"pretrain.epochs={arguments.epochs}")
        grid = load_grid(GRID, settings).grid
        fingerprint = data_fingerprint(grid.data)
        pairs = [one for one in cells(grid, fingerprint) if one.label in ("crop → color", "color → crop")]
        job = Job(place, {grid.data: prepare(grid.data, fingerprint)}, ("cpu",))
        stages, walls, last = [], [], time.perf_counter()
        for _, outcome in in_processes(
            job, partial(next, islice(cycle(pairs), arguments.cells), None), workers=1
        ):
            assert not isinstance(outcome, Killed), outcome.reason
            assert outcome.error is None, outcome.error
            walls.append(time.perf_counter() - last)
            stages.append(outcome.seconds)
            last = time.perf_counter()
    later = {stage: median(one[stage] for one in stages[1:]) for stage in stages[0]}
    rows = {stage: later[stage] for stage in ("data", "pretrain", "evaluate", "label-free", "shortcut")}
    rows["record and files"] = max(0.0, median(walls[1:]) - later["total"])
    rows["start-up, a job's part"] = max(0.0, walls[0] - median(walls[1:])) / JOBS
    whole = sum(rows.values())
    print(f"{'':<24}{'seconds':>9}{'of the job':>12}{f'of {SECONDS:.0f} s':>9}")
    for stage, spent in rows.items():
        print(f"{stage:<24}{spent:>9.2f}{spent / whole:>12.1%}{spent / SECONDS:>9.1%}")
    rest = whole - rows["pretrain"]
    print(f"{'all but pretraining':<24}{rest:>9.2f}{rest / whole:>12.1%}{rest / SECONDS:>9.1%}")


if __name__ == "__main__":
    main()
