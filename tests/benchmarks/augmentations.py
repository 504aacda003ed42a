"""Milliseconds per 256 images of every operation: ours, Kornia's and torchvision's, on one thread.

    python tests/benchmarks/augmentations.py [--sizes 32 96 224]

Ours and Kornia's draw the same parameters, image by image. torchvision applies one draw to the whole batch,
and always (its `p` is 1): what the arithmetic costs, and no augmentation for contrastive learning. The sides
are timed in turn within one process, and each number is a median: when other work slows the machine, the
ratios stand and the milliseconds do not.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from statistics import median

import kornia
import torch
import torchvision
from torch import Tensor, nn
from torchvision.transforms import v2

from ablation.augment.operations import build
from ablation.augment.paper import kernel_size
from ablation.grid.operations import OPERATIONS

Transform = Callable[[Tensor], Tensor]

SECONDS = 1.0  # of one operation at one size, over all sides; at least three rounds


def of_torchvision(name: str, size: int) -> Transform | None:
    """torchvision's operation with the default parameters of ours, where it has one for float images."""
    p = OPERATIONS[name]()
    jitter = v2.ColorJitter(0.8, 0.8, 0.8, 0.2)
    gray = v2.Grayscale(3)
    always: Mapping[str, Callable[[], Transform]] = {
        "crop": lambda: v2.Compose(
            [v2.RandomResizedCrop(size, p.scale, p.ratio, antialias=False), v2.RandomHorizontalFlip(1.0)]
        ),
        "cutout": lambda: v2.RandomErasing(1.0, (p.area, p.area), (1.0, 1.0)),
        "color": lambda: v2.Compose([jitter, gray]),
        "noise": lambda: v2.GaussianNoise(0.0, p.std, clip=False),
        "blur": lambda: v2.GaussianBlur(kernel_size(size), p.sigma),
        "rotate": lambda: v2.RandomRotation((90.0, 90.0)),
        "square-crop": lambda: v2.RandomResizedCrop(size, p.scale, (1.0, 1.0), antialias=False),
        "color-jitter": lambda: jitter,
        "color-drop": lambda: gray,
        "grayscale": lambda: gray,
        "flip": lambda: v2.RandomHorizontalFlip(1.0),
        "vertical-flip": lambda: v2.RandomVerticalFlip(1.0),
        "solarize": lambda: v2.RandomSolarize(p.threshold, 1.0),
        "posterize": lambda: v2.RandomPosterize(p.bits, 1.0),
        "equalize": lambda: v2.RandomEqualize(1.0),
        "sharpness": lambda: v2.RandomAdjustSharpness(p.factor[1], 1.0),
        "invert": lambda: v2.RandomInvert(1.0),
        "channel-shuffle": v2.RandomChannelPermutation,
        "perspective": lambda: v2.RandomPerspective(p.distortion, 1.0),
        "affine": lambda: v2.RandomAffine(
            p.degrees, (p.translate, p.translate), p.scale, (-p.shear, p.shear)
        ),
        "elastic": lambda: v2.ElasticTransform(sigma=p.sigma * size),
        "autoaugment": lambda: v2.AutoAugment(v2.AutoAugmentPolicy(p.policy)),
        "randaugment": lambda: v2.RandAugment(p.n, p.magnitude),
        "trivialaugment": v2.TrivialAugmentWide,
    }
    return always[name]() if name in always else None


def milliseconds(sides: Mapping[str, Transform | None], images: Tensor) -> dict[str, float]:
    """Median milliseconds per 256 images of each side, timed in turn under the same seeds."""
    times: dict[str, list[float]] = {side: [] for side, transform in sides.items() if transform is not None}
    begun = time.perf_counter()
    while len(times["ours"]) < 4 or time.perf_counter() - begun < SECONDS:
        for side in times:
            torch.manual_seed(len(times["ours"]))
            start = time.perf_counter()
            sides[side](images)  # type: ignore[misc]
            times[side].append(time.perf_counter() - start)
    # The first round warms up.
    return {side: 1000 * median(rounds[1:]) * 256 / len(images) for side, rounds in times.items()}


def row(name: str, sides: Mapping[str, Transform | None], images: Tensor) -> str:
    found = milliseconds(sides, images)
    same = f"{'same':>9}{'–':>7}"
    kornias = f"{found['kornia']:9.1f}{found['kornia'] / found['ours']:6.1f}x" if "kornia" in found else same
    torchvisions = f"{found['torchvision']:13.1f}" if "torchvision" in found else f"{'–':>13}"
    return f"{name:<18}{found['ours']:9.1f}{kornias}{torchvisions}"


def table(size: int, n: int) -> None:
    scaled = "" if n == 256 else f" ({n} at a time, scaled)"
    print(f"\n{size} x {size} pixels, milliseconds per 256 images{scaled}")
    print(f"{'':<18}{'ours':>9}{'Kornia':>9}{'ratio':>7}{'torchvision':>13}")
    images = torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(0))
    ours: dict[str, nn.Module] = {name: build(parameters(), size) for name, parameters in OPERATIONS.items()}
    theirs = {name: of_torchvision(name, size) for name in OPERATIONS}
    kornias = {name: getattr(operation, "reference", None) for name, operation in ours.items()}
    for name, operation in ours.items():
        print(
            row(name, {"ours": operation, "kornia": kornias[name], "torchvision": theirs[name]}, images),
            flush=True,
        )
    pair = ("crop", "color")
    both = {
        side: nn.Sequential(*(of[name] for name in pair))
        for side, of in (("ours", ours), ("kornia", kornias), ("torchvision", theirs))
    }
    print(row("+".join(pair), both, images))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[32, 96, 224], help="sides in pixels")
    sizes = parser.parse_args().sizes
    torch.set_num_threads(1)
    versions = ", ".join(
        f"{package.__name__} {package.__version__}" for package in (torch, kornia, torchvision)
    )
    print(f"{versions}, 1 thread")
    with torch.no_grad():
        for size in sizes:
            table(size, n=256 if size <= 48 else 64 if size <= 128 else 16)


if __name__ == "__main__":
    main()
