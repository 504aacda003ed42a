"""The loop: epochs over images on the device, one optimiser step per batch, one record per epoch."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ablation.augment.neighbours import Clips, Neighbours
from ablation.augment.order import shuffled
from ablation.data.device import DeviceDataset
from ablation.data.pixels import indexed_on
from ablation.errors import DataError
from ablation.grid.recipe import Pretrain
from ablation.pretrain.batches import Batches, ViewBatches, Views, pool_of
from ablation.pretrain.chunks import Chunked
from ablation.pretrain.features import effective_rank, extract
from ablation.pretrain.network import Network
from ablation.pretrain.objectives import build_objective
from ablation.pretrain.objectives.base import Objective
from ablation.pretrain.optimizers import build_optimizer, rate_at
from ablation.pretrain.ranks import average_gradients, divided
from ablation.pretrain.resume import Bookmark, Standing, Trained
from ablation.results.stored.record import Epoch, Outcome
from ablation.seeds import generator, seeded
from ablation.words import counted

RANK_IMAGES = 1024  # fixed training images from whose h the effective rank is computed


@dataclass(frozen=True)
class Training:
    """How training went: one record per epoch, and whether anything was learnt."""

    epochs: tuple[Epoch, ...] = ()
    outcome: Outcome = "ok"
    earlier: float = 0.0  # seconds that the job took before it was stopped, if it went on from there


def pretrain(
    net: Network,
    data: DeviceDataset,
    views: Views,
    settings: Pretrain,
    seed: int,
    neighbours: Neighbours | None = None,
    bookmark: Bookmark | None = None,
) -> Training:
    """Pretrain a network in place, without labels, with the objective that the settings name.

    Args:
        net: f and g.
        data: supplies the images to pretrain on.
        views: makes both views of a batch.
        settings: the settings of the job.
        seed: seeds the order of the images, and the objective's own weights.
        neighbours: the frames from which second views are taken, if they are not of the same image.
        bookmark: where the job keeps how far it is, if it does; it goes on from there.

    Returns:
        One record per epoch; training ends early, with a loss of None, when the loss is no longer finite.
    """
    net = divided(net, settings.world_size)
    objective = build_objective(settings, net, seed)
    batches = ViewBatches(pool_of(data.pretrain, neighbours), views, data.normalize)
    chunked = Chunked(net, settings.chunk) if settings.chunk else None
    with seeded(data.pretrain.device, seed, "training"):  # what the encoder itself draws, such as dropout
        return optimize(net, objective, batches, data, settings, seed, chunked, bookmark)


def optimize(
    net: Network,
    objective: Objective,
    batches: Batches,
    data: DeviceDataset,
    settings: Pretrain,
    seed: int,
    chunked: Chunked | None = None,
    bookmark: Bookmark | None = None,
) -> Training:
    """Minimise an objective over shuffled batches; the network is trained in place.

    Args:
        net: f and g; the effective rank of f's h is recorded.
        objective: what to minimise; it may have weights of its own, which are trained, too.
        batches: makes a batch from indices and a step.
        data: supplies the images whose h is recorded.
        settings: the settings of the job.
        seed: seeds the order of the images.
        chunked: the network, if it works through a batch in chunks.
        bookmark: where the job keeps how far it is, if it does.

    Raises:
        DataError: there is no full batch.
    """
    n, size, together = len(batches), settings.batch_size, settings.clip_frames
    clips = None if together is None or data.clips is None else Clips.of(data.clips)
    usable = n if clips is None or together is None else clips.whole(together)
    count = usable // size  # the last, smaller batch is dropped
    if count == 0:
        raise DataError(
            f"{counted(usable, 'image')} cannot fill a batch of {size}; "
            f"set pretrain.batch_size to {usable} or less"
        )
    optimizer = build_optimizer([net, objective], settings)
    probe = data.pretrain[
        torch.linspace(0, len(data.pretrain) - 1, min(RANK_IMAGES, len(data.pretrain))).long()
    ]
    order, steps = generator(seed, "order"), settings.epochs * count
    trained = Trained(net, objective, optimizer, order, data.pretrain.device)
    at = bookmark.restore(trained) if bookmark else Standing()
    net.train()
    objective.train()
    for epoch in range(len(at.epochs), settings.epochs):
        start, before, already = time.perf_counter(), order.get_state(), len(at.losses)
        every = shuffled(n, order, clips, together).to(indexed_on(data.pretrain))
        for position, rows in enumerate(every[: count * size].split(size)):
            if position < already:
                continue  # done before the job was stopped
            if bookmark:
                bookmark.keep(trained, at, before)
            step = epoch * count + position
            for group in optimizer.param_groups:
                group["lr"] = rate_at(step, steps, settings)
            loss = objective(chunked or net, batches(rows, step))
            optimizer.zero_grad(set_to_none=True)
            loss.value.backward()
            if chunked:
                chunked.finish()
            if settings.world_size > 1:
                average_gradients([net, objective])
            optimizer.step()
            objective.after_step(net, done=(step + 1) / steps)
            at.losses.append(
                loss.value.detach()
            )  # stays on the device, so that nothing waits within an epoch
            at.measured.append(loss.measures)
        mean_loss = float(torch.stack(at.losses).mean())
        seconds = time.perf_counter() - start
        rank = effective_rank(extract(net.encoder, probe, data.normalize))
        at.epochs.append(_epoch(mean_loss, at.measured, rank, (count - already) * size / seconds))
        at.losses, at.measured = [], []
        if not math.isfinite(mean_loss):
            break
    return Training(tuple(at.epochs), _outcome(at.epochs, objective), at.seconds)


def _epoch(loss: float, measured: Sequence[Mapping[str, Tensor]], rank: float, speed: float) -> Epoch:
    means = {
        name: _finite(float(torch.stack([one[name] for one in measured]).mean())) for name in measured[0]
    }
    return Epoch(
        loss=_finite(loss),
        contrastive_top1=means.pop("contrastive_top1", None),
        effective_rank=_finite(rank),
        images_per_second=speed,
        measures=means,
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _outcome(epochs: Sequence[Epoch], objective: Objective) -> Outcome:
    if not epochs:
        return "ok"
    if epochs[-1].loss is None or epochs[-1].effective_rank is None:
        return "diverged"
    return "collapsed" if objective.collapsed(epochs[-1]) else "ok"
