"""Leak of the policies that protocol and paper speak of, beside the values listed, and what a cell costs.

    python tests/benchmarks/leak.py --npz PATH [--effort 4]

Independent crops of CIFAR-10 images, the same operations on both branches. Zero-shot top-1: a view's nearest
histogram among the second views of 2,000 images is its own. Bits: what the better reader finds of 8, N = 256.
The last rows time one cell of a Figure 5 grid (one branch, N = 128) on one thread.
"""

import argparse
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from ablation.augment.views import TwoViews
from ablation.evaluate.histograms import joint
from ablation.grid.augmentations import Step
from ablation.grid.operations import OPERATIONS
from ablation.grid.recipe import Views
from ablation.shortcut.leakage import distance_top1, leak

Operations = Mapping[str, Mapping[str, Any]]  # name: parameters

CROP: Operations = {"crop": {}}
# operations, listed top-1 in %, listed bits of the learned critic
LISTED: Mapping[str, tuple[Operations, float, float | None]] = {
    "crop": (CROP, 70.8, 6.81),
    "+ blur": ({**CROP, "blur": {}}, 69.6, None),
    "+ rotate": ({**CROP, "rotate": {}}, 70.6, None),
    "+ cutout": ({**CROP, "cutout": {}}, 62.2, None),
    "+ noise": ({**CROP, "noise": {}}, 43.4, 5.72),
    "+ sobel": ({**CROP, "sobel": {}}, 22.7, 3.63),
    "+ gray": ({**CROP, "color-drop": {}}, 20.5, 3.99),
    "+ color .5": ({**CROP, "color": {"strength": 0.5}}, 6.7, 2.07),
    "+ color 1": ({**CROP, "color": {"strength": 1.0}}, 3.5, 0.76),
}
TIMED: tuple[Operations, ...] = ({"noise": {}}, {"sobel": {}}, {**CROP, "color": {"strength": 0.5}})


def two_views(operations: Operations, size: int, branches: str) -> TwoViews:
    steps = [Step(name, OPERATIONS[name](**parameters)) for name, parameters in operations.items()]
    return TwoViews.build(steps, Views(branches=branches), size, seed=0)


def histograms(views: TwoViews, images: torch.Tensor, batch: int = 250) -> tuple[torch.Tensor, torch.Tensor]:
    both = [[joint(view) for view in views(x, step)] for step, x in enumerate(images.split(batch))]
    first, second = (torch.cat(side) for side in zip(*both, strict=True))
    return first, second


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--npz", required=True)
    parser.add_argument("--effort", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    images = torch.from_numpy(np.load(arguments.npz)["train_x"]).movedim(3, 1).contiguous()
    images = images[torch.randperm(len(images), generator=torch.Generator().manual_seed(0))]
    size = images.shape[-1]

    print(f"{'both branches':<14}{'top-1 %':>8}{'listed':>8}{'bits':>14}{'listed':>8}{'top-1 %':>9}  reader")
    for name, (operations, listed_top1, listed_bits) in LISTED.items():
        views = two_views(operations, size, "both")
        zero_shot = distance_top1(*histograms(views, images[:2000]))
        found = leak(views, images, 256, kinds=["joint"], effort=arguments.effort)["joint"]
        print(
            f"{name:<14}{100 * zero_shot:>8.1f}{listed_top1:>8.1f}{found.bits:>8.2f} ±{found.bits_se:.2f}"
            f"{listed_bits or '':>8}{100 * found.top1:>9.1f}  {found.reader}",
            flush=True,
        )

    print(f"\n{'one branch':<16}{'joint':>7}{'intensity':>11}{'chroma':>8}   bits of 7   seconds a cell")
    for operations in TIMED:
        views = two_views(operations, size, "one")
        start = time.thread_time()
        cell = leak(views, images, 128, effort=arguments.effort)
        seconds = time.thread_time() - start
        bits = (cell[kind].bits for kind in ("joint", "intensity", "chroma"))
        print(
            f"{' + '.join(operations):<16}{{:>7.2f}}{{:>11.2f}}{{:>8.2f}}".format(*bits) + f"{seconds:>26.2f}"
        )


if __name__ == "__main__":
    main()
