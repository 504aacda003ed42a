"""Leak: how well colour histograms alone reveal which two views belong together (paper Figure 6)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ablation.augment.neighbours import Clips, Neighbours
from ablation.data.pixels import Pixels, indexed_on
from ablation.evaluate.channel_histograms import histograms_of
from ablation.evaluate.histograms import HISTOGRAMS
from ablation.evaluate.scores import top1
from ablation.results.stored.color import BATCHES, HistogramName, Leak, too_few_to_leak
from ablation.seeds import generator
from ablation.shortcut.readers import Pairs, Reader, best, distance, fitted, learn

# uint8 pixels (N, C, S, S), step -> two views (N, C, S, S) float32 in [0, 1]; TwoViews is one
PairOfViews = Callable[..., tuple[Tensor, Tensor]]

IMAGES = 3072  # at most, but never fewer than three batches
TRAIN_PAIRS = 3072  # for the critic; few images are drawn several times, which helps it as new images would
DRAWS = 4  # per image, at most
DISTANCES = 1024  # stored, to draw their densities
STEPS = 100  # of the critic
VALIDATION, TEST = 0.2, 0.3  # of the batches


@dataclass(frozen=True)
class Drawn:
    """Histograms of the views of disjoint images: to learn from, to choose on, and to report on."""

    train: Pairs
    validation: Pairs
    test: Pairs


@torch.no_grad()
def leak(
    views: PairOfViews,
    images: Tensor,
    candidates: int,
    seed: int = 0,
    kinds: Sequence[HistogramName] = tuple(HISTOGRAMS),
    effort: int = 1,
) -> dict[HistogramName, Leak]:
    """Measure how well histograms alone find view 2 of an image among the N of a batch.

    The images are split, by the seed, into three parts of whole batches: to learn from, to choose on (the
    temperatures, when the critic stops, and which reader is reported), and to report on. No encoder is
    needed, so the images may be those of pretraining. Bits are a lower bound, as good as the reader. Every
    reader keeps a doubt of 1 / (M + 2), where M is the number of validation pairs. It costs 1.44 / M bits if
    the reader never errs.

    Args:
        views: makes two views of a batch of pixels. It is called with batches of N images and steps 0, 1,
            ..., so it draws what the first steps of training draw, for other images.
        images: uint8, (M, C, S, S); 3,072 of them are used, or 3 N if that is more.
        candidates: N, the batch size of training.
        seed: seeds the split and the critic.
        kinds: kinds of histograms.
        effort: multiplies images, pairs and steps, and so the time. 4 finds .3 to .7 bits more than 1 (crops
            of CIFAR-10, N = 256), so only compare leaks of the same effort.

    Raises:
        ValueError: N < 2, or M < 3 N, or (`ViewsError`) the views are not such images in [0, 1].

    Example:
        >>> images = torch.randint(0, 256, (64, 3, 1, 1)).expand(64, 3, 8, 8).to(torch.uint8)
        >>> same = leak(lambda pixels, step: (pixels / 255, pixels / 255), images, candidates=2)
        >>> same["joint"].chance, same["joint"].candidates
        (0.5, 2)
    """
    drawn = draw(views, images, candidates, seed, effort)
    return {kind: read(drawn[kind], seed, effort) for kind in kinds}


@torch.no_grad()
def read(parts: Drawn, seed: int = 0, effort: int = 1) -> Leak:
    """Let both readers read histograms that were drawn; see `leak`."""
    critic = learn(parts.train, parts.validation, seed, STEPS * effort)
    readers = fitted("distance", distance, parts.validation), fitted("critic", critic, parts.validation)
    return _report(readers, parts.validation, parts.test)


def distances(pairs: Pairs, count: int = DISTANCES) -> Tensor:
    """Return sorted distances between views of one image, and between views of two: (2, K), from 0 to √2.

    If there are more than `count`, these are the middles of `count` equal shares of them. K is the number of
    pairs if that is less.

    Example:
        >>> (100 * distances(Pairs(torch.eye(2)[None], torch.eye(2)[None]))).round().tolist()
        [[0.0, 0.0], [141.0, 141.0]]
    """
    own, others = _distances(pairs)
    k = min(count, len(own))

    def middles(sorted_: Tensor) -> Tensor:
        places = (torch.arange(k, device=sorted_.device) + 0.5) * len(sorted_) / k
        return sorted_[places.long()]

    return torch.stack([middles(own.sort().values), middles(others.sort().values)])


def distance_top1(first: Tensor, second: Tensor) -> float:
    """Return the share of first views whose nearest second view, among all of them, is their own.

    Args:
        first: histograms of the first views, (M, d).
        second: histograms of the second views of the same images, row by row, (M, d).

    Example:
        >>> distance_top1(torch.eye(4), torch.eye(4)[[0, 1, 3, 2]])
        0.5
    """
    found = torch.cat([distance(rows, second).argmax(dim=1) for rows in first.split(1024)])
    return top1(found, torch.arange(len(first), device=first.device))


def separation(first: Tensor, second: Tensor) -> float:
    """Return the AUC: P(distance between views of one image < distance between views of two images).

    Args:
        first: histograms of the first views, batch by batch, (B, N, d).
        second: histograms of the second views, (B, N, d); only views of the same batch are compared.

    Returns:
        0.5 if distances tell nothing, 1 if every image is nearest to itself; ties count half.

    Example:
        >>> separation(torch.eye(4)[None], torch.eye(4)[None])
        1.0
    """
    own, others = _distances(Pairs(first, second))
    others = others.sort().values
    below, up_to = (torch.searchsorted(others, own, right=right) for right in (False, True))
    return 1 - float((below + up_to).double().mean() / 2 / len(others))


def _distances(pairs: Pairs) -> tuple[Tensor, Tensor]:
    """Return distances between views of one image, and between views of two images of a batch, flattened."""
    near = -distance(pairs.first, pairs.second)  # (B, N, N)
    other = ~torch.eye(near.shape[1], dtype=torch.bool, device=near.device)
    return near.diagonal(dim1=1, dim2=2).flatten().contiguous(), near[:, other].flatten()


@torch.no_grad()
def draw(
    views: PairOfViews,
    images: Pixels,
    candidates: int,
    seed: int = 0,
    effort: int = 1,
    neighbours: Neighbours | None = None,
) -> dict[HistogramName, Drawn]:
    """Draw views and return their histograms of every kind; those to learn from are drawn several times.

    Arguments and errors are those of `leak`. With `neighbours`, second views are of other frames of the same
    clips, and views are `TwoViews`, which know how. The readers then learn from other clips than those that
    they are tested on, but for the one that the border between two parts divides.
    """
    train, validation, test = _batches(len(images), candidates, effort)
    count = train + validation + test
    order = torch.randperm(len(images), generator=generator(seed, "leak parts")).to(indexed_on(images))
    if neighbours is not None:
        sizes = [part * candidates for part in (train, validation, test)]
        order = _clip_after_clip(order, neighbours.clips, sizes)
    rows = order[: count * candidates].view(count, candidates)
    draws = max(1, min(DRAWS, round(effort * TRAIN_PAIRS / (train * candidates))))
    drawn = [*range(count), *list(range(train)) * (draws - 1)]  # the position of each is its step
    # All batches to learn from end up side by side, so that no part needs a copy.
    learnt, every = train * draws, len(drawn)
    places = [*range(train), *range(learnt, every), *range(train, learnt)]

    of_kind = histograms_of(images)
    histograms: dict[HistogramName, Tensor] = {}
    for step, (batch, place) in enumerate(zip(drawn, places, strict=True)):
        if neighbours is None:
            both = views(images[rows[batch]], step)
        else:
            both = views(images[rows[batch]], step, images[neighbours(rows[batch], step)])
        _check(both, images.shape[1])
        for kind, histogram in of_kind.items():
            for branch, view in enumerate(both):
                found = histogram(view)  # (N, d)
                if kind not in histograms:
                    histograms[kind] = found.new_empty(2, every, *found.shape)
                histograms[kind][branch, place] = found

    parts = (learnt, validation, test)
    return {
        kind: Drawn(*(Pairs(*part) for part in q.split(parts, dim=1)))  # q is (2, B, N, d)
        for kind, q in histograms.items()
    }


def _clip_after_clip(order: Tensor, clips: Clips, parts: Sequence[int]) -> Tensor:
    """Reorder images so that clips follow each other, but for a random order within parts of these sizes."""
    drawn = torch.empty_like(order).scatter_(0, order, torch.arange(len(order), device=order.device))
    by_clip = drawn[clips.order[clips.first]].argsort(stable=True)  # as the first frames of clips were drawn
    return torch.cat([part[drawn[part].argsort()] for part in by_clip[: sum(parts)].split([*parts])])


class ViewsError(ValueError):
    """The views have no histogram: they have other channels, are not in [0, 1], or not finite."""


def _check(both: Sequence[Tensor], channels: int) -> None:
    """Refuse views that have other channels than the images, or are not in [0, 1]: perhaps normalised."""
    for view in both:
        low, high = (float(x) for x in view.aminmax())
        if view.ndim != 4 or view.shape[1] != channels or not -1e-3 < low <= high < 1 + 1e-3:
            raise ViewsError(
                f"views of shape {tuple(view.shape)} with values from {low:.3g} to {high:.3g}; leak takes "
                f"(N, {channels}, S, S) in [0, 1], before normalisation"
            )


def _batches(images: int, candidates: int, effort: int) -> tuple[int, int, int]:
    """Return the number of batches in each part: to learn from, to choose on, to report on."""
    if candidates < 2:
        raise ValueError(f"candidates must be 2 or more, not {candidates}")
    if few := too_few_to_leak(images, candidates):
        raise ValueError(few)
    count = min(images // candidates, max(BATCHES, effort * IMAGES // candidates))
    validation, test = max(1, round(VALIDATION * count)), max(1, round(TEST * count))
    return count - validation - test, validation, test


def _report(readers: Sequence[Reader], validation: Pairs, test: Pairs) -> Leak:
    """Choose a reader on validation, and report its results on test."""
    chosen = best(readers, validation)
    losses = {reader.name: reader.losses(test).double().flatten() / math.log(2) for reader in readers}
    found, lost = chosen.logits(test), losses[chosen.name]  # (B, N, N), (B N,)
    candidates = found.shape[-1]
    truth = torch.arange(candidates, device=found.device).expand(found.shape[:2])
    bits = {name: math.log2(candidates) - float(one.mean()) for name, one in losses.items()}
    return Leak(
        bits=bits[chosen.name],
        bits_se=float(lost.std() / math.sqrt(len(lost))),
        top1=top1(found.argmax(dim=-1).flatten(), truth.flatten()),
        chance=1 / candidates,
        candidates=candidates,
        reader=chosen.name,
        bits_by_reader=bits,
        separation=separation(test.first, test.second),
    )
