"""What a representation still knows of a transformation (Table 3): h keeps what z has given up."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ablation.augment.operations import build
from ablation.data.pixels import Pixels, indexed_on
from ablation.evaluate.linear import Standardize
from ablation.evaluate.scores import top1
from ablation.grid.operations import Grayscale, Noise, Sobel
from ablation.pretrain.model import Model
from ablation.pretrain.uncompiled import AdamW
from ablation.results.stored.color import Features
from ablation.results.stored.transformations import Known
from ablation.seeds import generator, seeded

IMAGES = 2_000  # at most
HELD_OUT = 0.2  # of the images, in all their versions
HIDDEN, EPOCHS, BATCH, PEAK = 256, 30, 256, 2e-3  # of the MLP that is asked

Versions = Callable[[Tensor], list[Tensor]]  # pixels (N, 3, S, S) uint8 -> the images, version by version


def _turned(pixels: Tensor) -> list[Tensor]:
    return [pixels.rot90(k, dims=(2, 3)) for k in range(4)]


def _with_and_without(operation: Grayscale | Noise | Sobel) -> Versions:
    def versions(pixels: Tensor) -> list[Tensor]:
        plain = pixels.float() / 255
        return [plain, build(operation, pixels.shape[-1])(plain).clamp(0, 1)]

    return versions


TASKS: Mapping[str, Versions] = MappingProxyType(
    {
        "gray": _with_and_without(Grayscale(p=1.0)),
        "rotation": _turned,
        "noise": _with_and_without(Noise()),
        "sobel": _with_and_without(Sobel()),
    }
)


def transformations_known(model: Model, pixels: Pixels, seed: int) -> dict[Features, Known]:
    """Say how often an MLP on frozen h, and on z, tells which transformation an image went through.

    Every image is there in all versions of a task: as it is and in gray, turned by 0, 90, 180 and 270
    degrees, as it is and with noise, as it is and under Sobel. A fifth of the images is held out. As in
    SimCLR (arXiv 2002.05709, Table 3), but versions are equally frequent: chance is 50 %, of rotations 25 %.

    Args:
        model: an encoder, and a head if there is one.
        pixels: uint8, (M, 3, S, S); at most 2,000 are used, the same for all models of a seed.
        seed: seeds the choice, the noise, and the MLP.

    Returns:
        For h, and for z if there is a head, the shares of held-out versions that are told.

    Example:
        >>> pixels = torch.randint(0, 256, (40, 3, 8, 8), dtype=torch.uint8, generator=generator("example"))
        >>> colors = lambda x: (x / 255 if x.dtype == torch.uint8 else x).mean(dim=(2, 3))
        >>> known = transformations_known(Model(colors, nn.Identity()), pixels, seed=0)["h"]
        >>> known.rotation < 0.4
        True
    """
    order = torch.randperm(len(pixels), generator=generator(seed, "transformations"))[:IMAGES]
    chosen = pixels[order.to(indexed_on(pixels))]
    found: dict[Features, dict[str, float]] = {"h": {}} if model.head is None else {"h": {}, "z": {}}
    for task, versions in TASKS.items():
        with torch.no_grad(), seeded(pixels.device, seed, task):
            h = torch.stack([model.features(version) for version in versions(chosen)])  # (V, N, d)
        for features, told in found.items():
            x = h if features == "h" else model.project(h.flatten(0, 1)).unflatten(0, h.shape[:2])
            told[task] = _told(x, seed)
    return {features: Known(**told) for features, told in found.items()}


def _told(x: Tensor, seed: int) -> float:
    """Return how often the version of held-out images is told from their features, (V, N, d)."""
    held_out = max(1, round(HELD_OUT * x.shape[1]))
    train, truth = _flat(x[:, held_out:])
    standardize = Standardize.by(train)
    train = standardize(train)
    with seeded(x.device, seed, "transformation probe"), torch.enable_grad():
        mlp = nn.Sequential(nn.Linear(x.shape[2], HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, len(x))).to(x.device)
        optimizer = AdamW(mlp.parameters(), lr=PEAK, weight_decay=1e-2)
        steps = -(-len(train) // BATCH) * EPOCHS
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        for _ in range(EPOCHS):
            for rows in torch.randperm(len(train), device=x.device).split(BATCH):
                loss = F.cross_entropy(mlp(train[rows]), truth[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
    with torch.no_grad():
        test, truth = _flat(x[:, :held_out])
        return top1(mlp(standardize(test)).argmax(dim=1), truth)


def _flat(x: Tensor) -> tuple[Tensor, Tensor]:
    return x.flatten(0, 1), torch.arange(len(x), device=x.device).repeat_interleave(x.shape[1])
