"""The loop: epochs over images on the device, one optimiser step a batch, one record an epoch."""

import time
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ablation.augment.views import TwoViews
from ablation.data.device import DeviceDataset, Images
from ablation.errors import DataError
from ablation.grid.models import Pretrain
from ablation.pretrain.encoders import ResNet, build_encoder
from ablation.pretrain.features import effective_rank, extract
from ablation.pretrain.heads import build_head
from ablation.pretrain.objectives import OBJECTIVES, contrastive_top1
from ablation.pretrain.optimizers import build_optimizer, rate_at
from ablation.results.stored.record import Epoch
from ablation.seeds import generator, seeded

RANK_IMAGES = 1024  # the fixed training images whose h gives the effective rank

# Of a batch's image indices and the step: the loss, and the contrastive top-1 where there is one.
BatchLoss = Callable[[Tensor, int], tuple[Tensor, Tensor | None]]


def initial(settings: Pretrain, seed: int, device: torch.device) -> tuple[ResNet, nn.Module]:
    """Build f and g with the weights of a seed: the same for every cell of that seed.

    Example:
        >>> f, g = initial(Pretrain(width=8), seed=0, device=torch.device("cpu"))
        >>> same, _ = initial(Pretrain(width=8), seed=0, device=torch.device("cpu"))
        >>> all(torch.equal(a, b) for a, b in zip(f.parameters(), same.parameters()))
        True
    """
    with seeded(torch.device("cpu"), seed, "weights"):
        encoder = build_encoder(settings)
        head = build_head(encoder.dimension, settings)
    return encoder.to(device), head.to(device)


def pretrain(
    encoder: nn.Module, head: nn.Module, data: DeviceDataset, views: TwoViews, settings: Pretrain, seed: int
) -> tuple[Epoch, ...]:
    """Pretrain f and g in place by SimCLR (section 2), without labels.

    Args:
        encoder: f, normalised images (2N, 3, S, S) to h (2N, d).
        head: g, h to z (2N, p).
        data: supplies the images to pretrain on.
        views: makes both views of a batch.
        settings: the job.
        seed: orders the images.

    Returns:
        One record an epoch; it ends early, with a loss of None, when the loss is no longer finite.
    """
    objective = OBJECTIVES[settings.objective]

    def batch_loss(indices: Tensor, step: int) -> tuple[Tensor, Tensor]:
        x1, x2 = views(data.pretrain[indices], step)
        with autocast(settings, indices.device):
            # One forward of both: they share batch-norm statistics; two would be another experiment.
            h = encoder(data.normalize(x1, x2))  # (2N, d)
            z1, z2 = head(h).chunk(2)  # (N, p) each
        return objective(z1, z2, settings.temperature), contrastive_top1(z1, z2)

    return optimize([encoder, head], batch_loss, data, len(data.pretrain), settings, seed)


def supervise(
    encoder: nn.Module,
    classifier: nn.Module,
    data: DeviceDataset,
    images: Images,
    views: TwoViews,
    settings: Pretrain,
    seed: int,
) -> tuple[Epoch, ...]:
    """Train f with labels instead: same epochs, batch and optimiser, cross-entropy on the first view."""

    def batch_loss(indices: Tensor, step: int) -> tuple[Tensor, None]:
        x, _ = views(images.pixels[indices], step)
        with autocast(settings, indices.device):
            logits = classifier(encoder(data.normalize(x)))  # (N, classes)
        return F.cross_entropy(logits.float(), images.labels[indices]), None

    return optimize([encoder, classifier], batch_loss, data, len(images.pixels), settings, seed)


def optimize(
    modules: Sequence[nn.Module],
    batch_loss: BatchLoss,
    data: DeviceDataset,
    n: int,
    settings: Pretrain,
    seed: int,
) -> tuple[Epoch, ...]:
    """Minimise a batch loss over shuffled batches; the first module is the encoder whose h is recorded."""
    device = data.pretrain.device
    optimizer = build_optimizer(modules, settings)
    batch, batches = settings.batch_size, n // settings.batch_size  # the last, smaller batch is dropped
    if batches == 0:
        raise DataError(f"{n} images are no full batch of {batch}; set pretrain.batch_size to {n} or less")
    probe = data.pretrain[
        torch.linspace(0, len(data.pretrain) - 1, min(RANK_IMAGES, len(data.pretrain))).long()
    ]
    order = generator(seed, "order")
    epochs: list[Epoch] = []
    for module in modules:
        module.train()
    for epoch in range(settings.epochs):
        start = time.perf_counter()
        shuffled = torch.randperm(n, generator=order).to(device)
        losses, found = [], []
        for position, indices in enumerate(shuffled[: batches * batch].split(batch)):
            step = epoch * batches + position
            for group in optimizer.param_groups:
                group["lr"] = rate_at(step, settings.epochs * batches, settings)
            loss, top1 = batch_loss(indices, step)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())  # stays on the device: nothing waits inside an epoch
            if top1 is not None:
                found.append(top1)
        mean_loss = float(torch.stack(losses).mean())
        finite = mean_loss == mean_loss and abs(mean_loss) != float("inf")
        seconds = time.perf_counter() - start
        rank = effective_rank(extract(modules[0], probe, data.normalize))
        epochs.append(
            Epoch(
                loss=mean_loss if finite else None,
                contrastive_top1=float(torch.stack(found).mean()) if found else None,
                effective_rank=rank if rank == rank else None,
                images_per_second=batches * batch / seconds,
            )
        )
        if not finite:
            break
    return tuple(epochs)


def autocast(settings: Pretrain, device: torch.device) -> torch.autocast:
    """Autocast to bfloat16 where the settings ask for it, and nowhere else."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=settings.precision == "bf16")
