"""Overhead: what a grid and the commands cost where nothing is trained.

    python tests/benchmarks/overhead.py [--rounds 3] [--workers 2]

Every row is a process of its own, timed from its start to its end; medians over the rounds, taken in turn.

The grid is 49 cells of 10,000 made-up images of 32 x 32. `epochs = 0` is an ordinary setting; that evaluation
is off is not one, for a cell without a number is of no use. So the grid runs `untrained`, which does all that
`ablation.experiment.run_cell` does (data, views, encoder and head, optimiser, view pairs, record, files) but
evaluation, leak and use, whose place made-up scores take. The time holds the start of the workers, torch in
each of them, and the report.

The folder of 1,000 results holds made-up records of a 7x7 with 21 seeds; the study, those of a 3x3 under six
combinations of two settings, with three seeds.
"""

import argparse
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from zlib import crc32

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from ablation.grid.cells import Cell
from ablation.grid.file.load import load_grid
from ablation.results.stored.cells import CellResult, is_finished
from ablation.runner.backends import Asked
from tests.results.builder import arrays, build, record

GRID = Path(__file__).parents[2] / "grids" / "cifar10.toml"
NAMES = ["crop", "cutout", "color", "sobel", "noise", "blur", "rotate"]
SEEDS = 21
TWO_AXES = '[vary]\n"pretrain.batch_size" = [64, 128, 256]\n"pretrain.scaling" = ["none", "sqrt"]'


def untrained(cell: Cell, dataset: Path, device: str, keep_encoder: bool) -> CellResult:
    """All of a cell but what takes time on purpose."""
    import torch

    from ablation.augment.preview import view_pairs
    from ablation.augment.views import TwoViews
    from ablation.data.device import load_on
    from ablation.experiment import SHOWN
    from ablation.machine import Stages, environment, peak_memory, prepare_device
    from ablation.pretrain.features import frozen
    from ablation.pretrain.loop import pretrain
    from ablation.pretrain.network import initial

    torch.set_num_threads(1)
    place, stages, seed = torch.device(device), Stages(), cell.required_seed
    prepare_device(cell.recipe.pretrain.precision, place)
    data = load_on(dataset, place)
    net = initial(cell.recipe.pretrain, seed, place)
    views = TwoViews.build(cell.steps, cell.recipe.views, data.size, seed)
    epochs = pretrain(net, data, views, cell.recipe.pretrain, seed).epochs
    with frozen(net.encoder):
        batch = data.pretrain[: cell.recipe.pretrain.batch_size]
        pairs = view_pairs(cell.label, cell.steps, cell.recipe.views, batch, seed, rows=range(SHOWN))
    stages.end("pretrain")
    came_out = {
        "seconds": stages.seconds,
        "environment": environment(place),
        "peak_memory": peak_memory(place),
    }
    made_up = record(cell, 0.5, epochs=epochs, **came_out)
    return CellResult(made_up, replace(arrays(), views=pairs.to(torch.uint8).numpy()))


def pictures(path: Path, train: int = 10_000, test: int = 4_000) -> None:
    """Write made-up images of ten classes, 32 x 32."""
    random = np.random.default_rng(0)
    parts = {"train": train, "test": test}
    images = {f"{part}_x": random.integers(0, 256, (n, 32, 32, 3), np.uint8) for part, n in parts.items()}
    labels = {f"{part}_y": np.arange(n) % 10 for part, n in parts.items()}
    np.savez(path, **images, **labels)


def settings(npz: str) -> tuple[str, ...]:
    return ("data.source=npz", f"data.path={npz}", "pretrain.epochs=0", "baselines=[]")


def run_grid(npz: str, folder: str, workers: str) -> None:
    """Run the 49 cells; in a process of its own."""
    from ablation.cli.progress import TextShow
    from ablation.runner.launch import launch

    file = load_grid(GRID, settings(npz))
    with TextShow("overhead") as show:
        ending = launch(file, Path(folder), show, Asked(workers=int(workers)), experiment=untrained)
    assert all(is_finished(one) for one in ending.tally.records.values()), ending.tally.failed
    assert ending.tally.done == len(NAMES) ** 2


def varying(first: str, second: str, seed: int, at: dict[str, object] | None = None) -> float:
    """Make up an accuracy that every setting changes."""
    return 0.4 + crc32(f"{first}{second}{seed}{at}".encode()) / 2**32 / 5


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", default="2")
    arguments = parser.parse_args()
    with TemporaryDirectory() as name:
        place = Path(name)
        os.environ["ABLATION_CACHE"] = str(place / "cache")
        pictures(place / "made-up.npz")
        thousand = str(build(place / "thousand", NAMES, lambda *_: 0.5, seeds=list(range(SEEDS))))
        axes = place / "axes"
        build(axes, NAMES[:3], varying, [0, 1, 2], {}, TWO_AXES, varied=varying)
        ablation = [sys.executable, "-m", "ablation"]
        rows = {
            "ablation --help": [*ablation, "--help"],
            f"status, {SEEDS * len(NAMES) ** 2 + 2 + 3 * SEEDS} results": [*ablation, "status", thousand],
            "report, the same": [*ablation, "report", thousand],
            "report, two settings": [*ablation, "report", str(axes)],
        }
        found: dict[str, list[float]] = {}
        for turn in range(arguments.rounds):
            npz, folder = str(place / "made-up.npz"), str(place / f"grid-{turn}")
            runs = {
                "49 cells, nothing trained": [
                    *(sys.executable, __file__, "--grid", npz, folder, arguments.workers)
                ],
                "ablation run, all done": [
                    *(*ablation, "run", str(GRID), "--out", folder),
                    *(word for setting in settings(npz) for word in ("--set", setting)),
                ],
            }
            for what, command in (runs | rows).items():
                found.setdefault(what, []).append(seconds(command))
    print(f"{'':<26}{'seconds':>9}{'least':>8}{'most':>8}   medians of {arguments.rounds}")
    for what, times in found.items():
        print(f"{what:<26}{median(times):>9.2f}{min(times):>8.2f}{max(times):>8.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--grid"]:
        run_grid(*sys.argv[2:])
    else:
        main()
