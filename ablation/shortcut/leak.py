"""Leak: how well the colour histograms of views alone tell which two are of one image (paper Figure 6)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ablation.augment.draws import generator
from ablation.evaluate.histograms import HISTOGRAMS, Kind
from ablation.evaluate.scores import top1
from ablation.shortcut.readers import Name, Pairs, Reader, best, distance, fitted, info_nce, learn

# uint8 pixels (N, 3, S, S), step -> two views (N, 3, S, S) float32 in [0, 1]; TwoViews is one
PairOfViews = Callable[[Tensor, int], tuple[Tensor, Tensor]]

IMAGES = 3072  # at most, but never less than three batches
TRAIN_PAIRS = 3072  # for the critic; few images are drawn again, which helps it as new images do
DRAWS = 4  # of an image, at most
STEPS = 100  # of the critic
VALIDATION, TEST = 0.2, 0.3  # of the batches
KINDS: tuple[Kind, ...] = ("joint", "intensity", "chroma")


@dataclass(frozen=True)
class Leak:
    """What one kind of histogram gives away, by the reader that did better on validation."""

    bits: float  # log2 N − loss / ln 2; 0 to log2 N, a little below 0 where nothing is found
    bits_se: float  # standard error of it over the test pairs; over test batches it is the same (measured)
    top1: float  # share of first views whose own partner scores highest
    chance: float  # 1 / N
    candidates: int  # N, the batch size
    reader: Name
    separation: float  # AUC: P(distance to the own partner < distance to another image's view)


@torch.no_grad()
def leak(
    views: PairOfViews,
    images: Tensor,
    candidates: int,
    seed: int = 0,
    kinds: Sequence[Kind] = KINDS,
    effort: int = 1,
) -> dict[Kind, Leak]:
    """Measure how well histograms alone find view 2 of an image among the N of a batch.

    The images are split by the seed into three parts of whole batches: to learn from, to choose on (the
    temperatures, when the critic stops, and which reader is reported), and to report. No encoder is
    needed, so the images may be those of pretraining. Bits are a lower bound, as good as the reader.

    Args:
        views: makes two views of a batch of pixels. It is called with batches of N images and steps 0,
            1, ...: what it draws is what training's first steps draw, of other images.
        images: uint8, (M, 3, S, S); 3,072 of them are used, or 3 N where that is more.
        candidates: N, the batch size of training.
        seed: of the split and of the critic.
        kinds: of histograms.
        effort: multiplies images, pairs and steps, and so time. 4 finds .3 to .7 bits more than 1 (crops of
            CIFAR-10, N = 256): compare leaks of one effort only.

    Raises:
        ValueError: N < 2, or M < 3 N, or the views are no RGB images in [0, 1].

    Example:
        >>> images = torch.randint(0, 256, (64, 3, 1, 1)).expand(64, 3, 8, 8).to(torch.uint8)
        >>> same = leak(lambda pixels, step: (pixels / 255, pixels / 255), images, candidates=2)
        >>> same["joint"].chance, same["joint"].candidates
        (0.5, 2)
    """
    found = {}
    for kind, (train, validation, test) in _draw(views, images, candidates, seed, kinds, effort).items():
        critic = learn(train, validation, seed, STEPS * effort)
        readers = fitted("distance", distance, validation), fitted("critic", critic, validation)
        found[kind] = _report(readers, validation, test)
    return found


def distance_top1(first: Tensor, second: Tensor) -> float:
    """Return the share of rows whose nearest row of the other side is their own, among all of them.

    Args:
        first: histograms of first views, (M, d).
        second: of the second views, row by row of the same images, (M, d).

    Example:
        >>> distance_top1(torch.eye(4), torch.eye(4)[[0, 1, 3, 2]])
        0.5
    """
    found = torch.cat([distance(rows, second).argmax(dim=1) for rows in first.split(1024)])
    return top1(found, torch.arange(len(first), device=first.device))


def separation(first: Tensor, second: Tensor) -> float:
    """Return the AUC: P(distance of two views of one image < distance of views of two images).

    Args:
        first: histograms of first views, batch by batch, (B, N, d).
        second: of the second views, (B, N, d); only views of one batch are compared.

    Returns:
        0.5 where distances tell nothing, 1 where every image is nearest to itself; equals count half.

    Example:
        >>> separation(torch.eye(4)[None], torch.eye(4)[None])
        1.0
    """
    near = distance(first, second)  # (B, N, N), minus the distances
    own = near.diagonal(dim1=1, dim2=2).flatten().contiguous()
    others = near[:, ~torch.eye(near.shape[1], dtype=torch.bool, device=near.device)].flatten().sort().values
    below, up_to = (torch.searchsorted(others, own, right=right) for right in (False, True))
    return float((below + up_to).double().mean() / 2 / len(others))


def _draw(
    views: PairOfViews, images: Tensor, candidates: int, seed: int, kinds: Sequence[Kind], effort: int
) -> dict[Kind, tuple[Pairs, Pairs, Pairs]]:
    """Return histograms of the views of the three parts; those of the first are drawn several times."""
    train, validation, test = _batches(len(images), candidates, effort)
    count = train + validation + test
    order = torch.randperm(len(images), generator=generator(seed, "leak parts")).to(images.device)
    rows = order[: count * candidates].view(count, candidates)
    draws = max(1, min(DRAWS, round(effort * TRAIN_PAIRS / (train * candidates))))
    drawn = [*range(count), *list(range(train)) * (draws - 1)]  # the position of each is its step

    histograms: dict[Kind, list[Tensor]] = {kind: [] for kind in kinds}
    for step, batch in enumerate(drawn):
        both = views(images[rows[batch]], step)
        if step == 0:
            _check(both)
        for kind in kinds:
            histograms[kind].append(torch.stack([HISTOGRAMS[kind](view) for view in both]))  # (2, N, d)

    def parts(q: Tensor) -> tuple[Pairs, Pairs, Pairs]:  # (2, B, N, d)
        first, second = q[:, :train], q[:, count:]
        return (
            Pairs(*torch.cat([first, second], dim=1)),
            Pairs(*q[:, train : train + validation]),
            Pairs(*q[:, train + validation : count]),
        )

    return {kind: parts(torch.stack(q, dim=1)) for kind, q in histograms.items()}


def _check(both: Sequence[Tensor]) -> None:
    """Tell views that cannot be meant: most likely normalised ones."""
    for view in both:
        low, high = (float(x) for x in view.aminmax())
        if view.ndim != 4 or view.shape[1] != 3 or not -1e-3 < low <= high < 1 + 1e-3:
            raise ValueError(
                f"views of shape {tuple(view.shape)} with values from {low:.3g} to {high:.3g}: leak takes "
                "RGB, (N, 3, S, S) in [0, 1]; give it the views before they are normalised"
            )


def _batches(images: int, candidates: int, effort: int) -> tuple[int, int, int]:
    """Return the batches of each part: to learn from, to choose on, to report."""
    if candidates < 2:
        raise ValueError(f"leak among {candidates} candidates means nothing; it takes two or more")
    count = min(images // candidates, max(3, effort * IMAGES // candidates))
    if count < 3:
        raise ValueError(
            f"leak among {candidates} candidates needs {3 * candidates} images, three batches, "
            f"and there are {images}; give it more, or lower the batch size"
        )
    validation, test = max(1, round(VALIDATION * count)), max(1, round(TEST * count))
    return count - validation - test, validation, test


def _report(readers: Sequence[Reader], validation: Pairs, test: Pairs) -> Leak:
    """Choose a reader on validation, and report it on test."""
    reader = best(readers, validation)
    logits = reader.logits(test)  # (B, N, N)
    losses = info_nce(logits).double().flatten() / math.log(2)
    candidates = logits.shape[-1]
    truth = torch.arange(candidates, device=logits.device).expand(logits.shape[:2])
    return Leak(
        bits=math.log2(candidates) - float(losses.mean()),
        bits_se=float(losses.std() / math.sqrt(len(losses))),
        top1=top1(logits.argmax(dim=-1).flatten(), truth.flatten()),
        chance=1 / candidates,
        candidates=candidates,
        reader=reader.name,
        separation=separation(test.first, test.second),
    )
