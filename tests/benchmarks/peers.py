"""Image pairs a second on the whole machine: ours, lightly's, and a plain PyTorch + Kornia loop's.

    python tests/benchmarks/peers.py [--npz PATH] [--steps 20] [--rounds 3]

The same cell on all sides: crop and color (strength .5) on both branches of 32 x 32 images, `resnet-micro`
with its patch stem, the same head, NT-Xent, AdamW, batches of 256.

- lightly, as its documentation shows for CIFAR-10: `SimCLRTransform` without blur over a data set of PIL
  images, a DataLoader with one worker a core, its NTXentLoss, the network in the parent: on all cores, or on
  one thread, which leaves the workers more.
- The plain loop: pixels resident as one tensor, Kornia's own operations batch by batch. One process on all
  cores, or one single-threaded process a core.
- Ours: one single-threaded process a core, as `ablation run` has them; `pretrain` as a job calls it, whose
  recording (the effective rank) counts as well.

Pairs a core-second divide by the processor time of all of a side's processes. When other work slows the
machine, a second depends on how many processes a side has, and a core-second does not; it grants a side that
its processes never wait for each other.

Of the two ways of a peer the better counts. Every side takes its turn in every round, after a round that
warms up; medians. The time of lightly's loader to start is left out. Without `--npz` the pictures are noise,
which costs the same.
"""

import argparse
import os
import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from statistics import mean, median
from typing import NamedTuple

import kornia.augmentation as K
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from ablation.augment.views import TwoViews
from ablation.data.device import DeviceDataset, Images, Normalize
from ablation.grid.augmentations import Step
from ablation.grid.operations import Color, Crop
from ablation.grid.recipe import Pretrain, Views
from ablation.pretrain.loop import pretrain
from ablation.pretrain.network import initial
from ablation.pretrain.objectives.nt_xent import nt_xent

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
BATCH, STRENGTH, TEMPERATURE = 256, 0.5, 0.2
SETTINGS = Pretrain(epochs=1, batch_size=BATCH, temperature=TEMPERATURE, optimizer="adamw")
SKIPPED = 8  # batches that lightly's loader fetches ahead, and a few more
CPU = torch.device("cpu")

Pixels = NDArray[np.uint8]  # (N, 32, 32, 3)


class Rate(NamedTuple):
    """Image pairs."""

    second: float
    core_second: float


class Clock:
    """Times a process and those it started and waited for."""

    def __init__(self) -> None:
        self.restart()
        self._used = self._processor()

    @staticmethod
    def _processor() -> float:
        both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(one.ru_utime + one.ru_stime for one in both)

    def restart(self) -> None:
        """Start the seconds again, and not the core-seconds."""
        self._start = time.perf_counter()

    def rate(self, steps: int, skipped: int = 0) -> Rate:
        seconds = time.perf_counter() - self._start
        return Rate(steps * BATCH / seconds, (steps + skipped) * BATCH / (self._processor() - self._used))


def pictures(npz: str | None, count: int) -> Pixels:
    if npz is None:
        return np.random.default_rng(0).integers(0, 256, (count, 32, 32, 3), np.uint8)
    found: Pixels = np.load(npz)["train_x"]
    return np.concatenate([found] * (1 + count // len(found)))[:count]


def resident(pixels: Pixels) -> Tensor:
    return torch.from_numpy(pixels).movedim(3, 1).contiguous()


class Pictures(Dataset[tuple[list[Tensor], int]]):
    """Gives PIL images to a transform, as torchvision's CIFAR10 does."""

    def __init__(self, pixels: Pixels, transform: Callable[[Image.Image], list[Tensor]]) -> None:
        self.pixels, self.transform = pixels, transform

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int) -> tuple[list[Tensor], int]:
        return self.transform(Image.fromarray(self.pixels[index])), 0


def lightly(pixels: Pixels, steps: int, threads: int) -> Rate:
    from lightly.loss import NTXentLoss
    from lightly.transforms import SimCLRTransform

    torch.set_num_threads(threads)
    transform = SimCLRTransform(input_size=32, cj_strength=STRENGTH, gaussian_blur=0.0)
    loader = DataLoader(
        Pictures(pixels[: (steps + SKIPPED) * BATCH], transform),
        batch_size=BATCH,
        shuffle=True,
        drop_last=True,
        num_workers=CORES,
    )
    net = initial(SETTINGS, 0, CPU)
    criterion = NTXentLoss(temperature=TEMPERATURE)
    optimizer = torch.optim.AdamW(net.parameters())
    clock = Clock()
    for step, ((x0, x1), _) in enumerate(loader):
        if step == SKIPPED:
            clock.restart()
        loss = criterion(net(x0)[1], net(x1)[1])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return clock.rate(steps, SKIPPED)


def plain(pixels: Pixels, steps: int, threads: int) -> Rate:
    torch.set_num_threads(threads)
    data = resident(pixels)
    mean, std = (data[:1000].float() / 255).mean((0, 2, 3)), (data[:1000].float() / 255).std((0, 2, 3))
    jitter = 0.8 * STRENGTH, 0.8 * STRENGTH, 0.8 * STRENGTH, 0.2 * STRENGTH
    augment = nn.Sequential(
        K.RandomResizedCrop((32, 32), scale=(0.08, 1.0)),
        K.RandomHorizontalFlip(),
        K.ColorJitter(*jitter, p=0.8),
        K.RandomGrayscale(p=0.2),
        K.Normalize(mean, std),
    )
    net = initial(SETTINGS, 0, CPU)
    optimizer = torch.optim.AdamW(net.parameters())
    clock = Clock()
    for indices in torch.randperm(len(data))[: steps * BATCH].split(BATCH):
        x = data[indices].float() / 255
        with torch.no_grad():
            both = torch.cat([augment(x), augment(x)])
        z0, z1 = net(both)[1].chunk(2)
        loss = nt_xent(z0, z1, TEMPERATURE)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return clock.rate(steps)


def ours(pixels: Pixels, steps: int) -> Rate:
    torch.set_num_threads(1)
    data = resident(pixels[: steps * BATCH])
    split = Images(data, torch.zeros(len(data), dtype=torch.long), None)
    dataset = DeviceDataset(split, split, data, Normalize.of(data), 10)
    crop_and_color = [Step("crop", Crop()), Step("color", Color(strength=STRENGTH))]
    clock = Clock()
    views = TwoViews.build(crop_and_color, Views(branches="both"), 32, seed=0)
    pretrain(initial(SETTINGS, 0, CPU), dataset, views, SETTINGS, seed=0)
    return clock.rate(steps)


def on_every_core(pool: ProcessPoolExecutor, work: Callable[[], Rate]) -> Rate:
    """Run the same work in one process a core at once; the sum of rates, and the mean by core-second."""
    rates = [future.result() for future in [pool.submit(work) for _ in range(CORES)]]
    return Rate(sum(one.second for one in rates), mean(one.core_second for one in rates))


def rounds(pixels: Pixels, steps: int, count: int, pool: ProcessPoolExecutor) -> Iterator[dict[str, Rate]]:
    for _ in range(count):
        yield {
            "ours": on_every_core(pool, partial(ours, pixels, steps)),
            "lightly, all cores": lightly(pixels, steps, CORES),
            "lightly, one thread": lightly(pixels, steps, 1),
            "plain, one process": plain(pixels, steps, CORES),
            "plain, one a core": on_every_core(pool, partial(plain, pixels, steps, 1)),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--npz")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    pixels = pictures(arguments.npz, (arguments.steps + SKIPPED) * BATCH)
    with ProcessPoolExecutor(CORES, mp_context=get_context("spawn")) as pool:
        list(rounds(pixels, 2, 1, pool))  # warm
        found = list(rounds(pixels, arguments.steps, arguments.rounds, pool))
    print(f"{CORES} cores, batches of {BATCH}, medians of {arguments.rounds} rounds")
    print(f"{'':<20}{'pairs/s':>9}{'least':>8}{'most':>8}{'ratio':>8}{'pairs/core-s':>15}{'ratio':>8}")
    for side in found[0]:
        seconds = [one[side].second for one in found]
        mine = median(one["ours"].second for one in found)
        by_core, mine_by_core = (median(one[who].core_second for one in found) for who in (side, "ours"))
        print(
            f"{side:<20}{median(seconds):>9.0f}{min(seconds):>8.0f}{max(seconds):>8.0f}"
            f"{mine / median(seconds):>8.2f}{by_core:>15.0f}{mine_by_core / by_core:>8.2f}"
        )


if __name__ == "__main__":
    main()
