"""Efficiency: what share of pretraining is the encoder's own arithmetic.

    python tests/benchmarks/efficiency.py [--npz PATH] [--cells N] [--rounds 3]

For each cell of the 7x7 of `grids/cifar10.toml`, on one thread: the time of an encoder's forward and backward
passes alone, on tensors of the same shape, divided by the time of pretraining (data, augmentation, projection
head, objective, optimiser, recording). All are measured in turn within one process, and the medians of the
rounds are divided: when other work slows the machine, the ratios stand and the milliseconds do not.

The encoder is taken twice. `first` is `resnet-micro` as it was in protocol 3, a fixed yardstick: a step may
become faster than it. `present` is the one that the cell trains, and 1 minus its share is left to gain.
Without `--npz` the pictures are noise, which costs the same.
"""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import mean, median

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[2]))

from ablation.augment.views import TwoViews
from ablation.data.device import DeviceDataset, Images, Normalize
from ablation.grid.cells import Cell, cells
from ablation.grid.file.load import load_grid
from ablation.pretrain.features import effective_rank, extract
from ablation.pretrain.loop import RANK_IMAGES, pretrain
from ablation.pretrain.network import initial
from tests.benchmarks.first_encoder import FirstEncoder

STEPS = 12  # of a measurement
GRID = Path(__file__).parents[2] / "grids" / "cifar10.toml"


def pictures(npz: str | None) -> torch.Tensor:
    if npz is None:
        return torch.randint(0, 256, (10_000, 3, 32, 32), dtype=torch.uint8)
    return torch.from_numpy(np.load(npz)["train_x"]).movedim(3, 1).contiguous()


def dataset(pixels: torch.Tensor) -> DeviceDataset:
    split = Images(pixels, torch.zeros(len(pixels), dtype=torch.long), None)
    return DeviceDataset(split, split, pixels, Normalize.of(pixels), 10)


def encoder_alone(encoder: nn.Module, cell: Cell, data: DeviceDataset) -> float:
    """Seconds of one forward and backward pass of both views."""
    batch = data.pretrain[: 2 * cell.recipe.pretrain.batch_size]
    x = data.normalize(batch.float() / 255)  # (2N, 3, S, S)
    start = time.perf_counter()
    for _ in range(STEPS):
        encoder.zero_grad(set_to_none=True)
        encoder(x).sum().backward()
    return (time.perf_counter() - start) / STEPS


def whole_step(cell: Cell, data: DeviceDataset) -> float:
    """Seconds of one training step."""
    net = initial(cell.recipe.pretrain, 0, data.pretrain.device)
    views = TwoViews.build(cell.steps, cell.recipe.views, data.size, seed=0)
    few = replace(data, pretrain=data.pretrain[: STEPS * cell.recipe.pretrain.batch_size])
    settings = cell.recipe.pretrain.model_copy(update={"epochs": 1})
    [epoch] = pretrain(net, few, views, settings, seed=0).epochs
    return cell.recipe.pretrain.batch_size / epoch.images_per_second


def recording(cell: Cell, data: DeviceDataset) -> float:
    """Seconds that an epoch's effective rank takes, for each step of the epoch."""
    encoder = initial(cell.recipe.pretrain, 0, data.pretrain.device).encoder
    start = time.perf_counter()
    effective_rank(extract(encoder, data.pretrain[:RANK_IMAGES], data.normalize))
    return (time.perf_counter() - start) / (len(data.pretrain) // cell.recipe.pretrain.batch_size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--npz")
    parser.add_argument("--cells", type=int, help="measure every so-many-th cell only", default=1)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    data = dataset(pictures(arguments.npz))
    pairs = [cell for cell in cells(load_grid(GRID).grid, "benchmark") if cell.policy]
    print(f"{'cell':<20}{'first ms':>10}{'present ms':>12}{'step ms':>10}{'efficiency':>12}{'present':>10}")
    found = []
    for cell in pairs[:: arguments.cells]:
        first = FirstEncoder(cell.recipe.pretrain.encoder.width)
        present = initial(cell.recipe.pretrain, 0, data.pretrain.device).encoder
        times: dict[str, list[float]] = {"first": [], "present": [], "step": []}
        for _ in range(1 + arguments.rounds):  # the first warms up
            times["first"].append(encoder_alone(first, cell, data))
            times["step"].append(whole_step(cell, data) + recording(cell, data))
            times["present"].append(encoder_alone(present, cell, data))
        ms = {side: 1e3 * median(seconds[1:]) for side, seconds in times.items()}
        found.append((ms["first"] / ms["step"], ms["present"] / ms["step"]))
        print(
            f"{cell.label:<20}{ms['first']:>10.1f}{ms['present']:>12.1f}{ms['step']:>10.1f}"
            f"{found[-1][0]:>12.2f}{found[-1][1]:>10.2f}",
            flush=True,
        )
    for word, of in (("mean", mean), ("least", min)):
        print(
            f"{word:<52}"
            + "".join(
                f"{of(side):>{w}.2f}" for side, w in zip(zip(*found, strict=True), (12, 10), strict=True)
            )
        )


if __name__ == "__main__":
    main()
