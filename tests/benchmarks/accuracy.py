"""Accuracy per second: how long a job pretrains until linear validation top-1 reaches a target.

    python tests/benchmarks/accuracy.py --npz PATH [--target 0.45] [--seeds 3] [--epochs 2 3 4 5 6 7]

The cell crop and color of `grids/cifar10.toml`, with `resnet-micro` as it was in protocol 3 and as it
is. A job of each number of epochs runs its own whole schedule; the first number at which the mean over the
seeds reaches the target counts. Seconds are those that one thread computes (of the processor's clock, which
stands while other work has the core), without evaluation. The test split is not looked at.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[2]))

from ablation.augment.views import TwoViews
from ablation.data.device import DeviceDataset, Images, Normalize
from ablation.evaluate.evaluation import evaluate
from ablation.grid.cells import Cell, cells
from ablation.grid.file.load import load_grid
from ablation.pretrain.features import extract
from ablation.pretrain.heads import build_head
from ablation.pretrain.loop import pretrain
from ablation.pretrain.network import Network, initial
from ablation.seeds import seeded
from tests.benchmarks.efficiency import GRID
from tests.benchmarks.first_encoder import FirstEncoder

Build = Callable[[Cell, int], Network]


def photographs(npz: str) -> DeviceDataset:
    with np.load(npz) as file:
        pixels = torch.from_numpy(file["train_x"]).movedim(3, 1).contiguous()
        labels = torch.from_numpy(file["train_y"]).long()
    train = Images(pixels, labels, None)
    # Ten training images stand for the test split.
    return DeviceDataset(
        train, Images(pixels[:10], labels[:10], None), pixels, Normalize.of(pixels), int(labels.max()) + 1
    )


def first(cell: Cell, seed: int) -> Network:
    with seeded(torch.device("cpu"), seed, "weights"):
        encoder = FirstEncoder(cell.recipe.pretrain.encoder.width)
        head = build_head(encoder.dimension, cell.recipe.pretrain)
        return Network(encoder, head, cell.recipe.pretrain.projection)


def present(cell: Cell, seed: int) -> Network:
    return initial(cell.recipe.pretrain, seed, torch.device("cpu"))


def job(build: Build, cell: Cell, data: DeviceDataset, seed: int, epochs: int) -> tuple[float, float]:
    """Seconds of pretraining, and linear validation top-1."""
    net = build(cell, seed)
    views = TwoViews.build(cell.steps, cell.recipe.views, data.size, seed)
    start = time.process_time()
    pretrain(net, data, views, cell.recipe.pretrain.model_copy(update={"epochs": epochs}), seed)
    seconds = time.process_time() - start
    train, test = (extract(net.encoder, split.pixels, data.normalize) for split in (data.train, data.test))
    return seconds, evaluate(train, test, data, cell.recipe.evaluate).scores.linear_top1_val or 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--npz", required=True)
    parser.add_argument("--target", type=float, default=0.45)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, nargs="+", default=[2, 3, 4, 5, 6, 7])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    data = photographs(arguments.npz)
    [cell] = [c for c in cells(load_grid(GRID).grid, "benchmark") if c.label == "crop → color"]
    seeds = range(arguments.seeds)
    reached: dict[str, float] = {}
    print(f"{'encoder':<10}{'epochs':>8}{'seconds':>9}{'val. top-1':>12}   of each seed")
    for epochs in arguments.epochs:
        for name, build in (("first", first), ("present", present)):
            if name in reached:
                continue
            seconds, top1 = zip(*(job(build, cell, data, seed, epochs) for seed in seeds), strict=True)
            print(
                f"{name:<10}{epochs:>8}{mean(seconds):>9.1f}{mean(top1):>12.3f}   "
                + " ".join(f"{score:.3f}" for score in top1),
                flush=True,
            )
            if mean(top1) >= arguments.target:
                reached[name] = mean(seconds)
    if len(reached) == 2:
        print(f"present / first: {reached['present'] / reached['first']:.2f} of the time")
    else:
        print(f"not reached by {', '.join({'first', 'present'} - set(reached))}")


if __name__ == "__main__":
    main()
