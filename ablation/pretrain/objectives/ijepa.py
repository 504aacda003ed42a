"""I-JEPA: predict a slow teacher's tokens of hidden blocks (Assran et al., 2023, arXiv 2301.08243)."""

from copy import deepcopy
from dataclasses import dataclass
from math import sqrt
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ablation.grid.encoders import PATCH
from ablation.grid.objectives import IJEPA
from ablation.grid.recipe import Pretrain
from ablation.pretrain.batches import Batch
from ablation.pretrain.network import Network, TokenEncoder
from ablation.pretrain.objectives.base import Loss, Objective
from ablation.pretrain.objectives.byol import momentum_at
from ablation.pretrain.vit import Block, chosen, positions
from ablation.results.stored.record import Epoch
from ablation.seeds import generator

# Deviation of the teacher's tokens over images, of 1 at most.
COLLAPSED = 0.05
CROWDED = 10  # an image is, where less than one part in so many of its patches is left


class JointEmbedding(Objective):
    """I-JEPA on the first view alone: no other view, no head and no negatives are needed."""

    def __init__(self, settings: Pretrain, chosen: IJEPA, net: Network) -> None:  # noqa: ARG002
        super().__init__()
        self.predictor = Predictor(net.dimension, chosen.predictor_width, chosen.predictor_depth)
        self.teacher = deepcopy(net.encoder).requires_grad_(False)
        self.chosen = chosen
        self.seed = int(torch.randint(2**62, ()))  # of the blocks

    def forward(self, net: Network, batch: Batch) -> Loss:
        """Return the loss of all predicted tokens, and the measures that show a collapse."""
        x = batch.by_view[0]
        side = x.shape[-1] // PATCH
        blocks = draw_blocks(len(x), side, self.chosen, generator(self.seed, batch.step)).to(x.device)
        with net.autocast(x.device):
            with torch.no_grad():
                tokens = cast(TokenEncoder, self.teacher).tokens(x)  # (N, s s, d)
                tokens = F.layer_norm(tokens.float(), tokens.shape[2:])
            context = cast(TokenEncoder, net.encoder).tokens(x, blocks.context)  # (N, T, d)
            places = positions(side, side, self.predictor.width, context).expand(len(x), -1, -1)
            predicted = torch.stack(
                [self.predictor(context, places, blocks.context, one) for one in blocks.targets.unbind(1)], 1
            )  # (N, M, B, d)
        target = torch.stack([chosen(tokens, one) for one in blocks.targets.unbind(1)], 1)  # (N, M, B, d)
        value = F.smooth_l1_loss(predicted.float(), target)
        usual = tokens.mean(dim=0).expand_as(tokens)  # the same for every image, place by place
        constant = torch.stack([chosen(usual, one) for one in blocks.targets.unbind(1)], 1)  # (N, M, B, d)
        return Loss(
            value,
            {
                "target_spread": tokens.std(dim=0).mean(),
                "of_constant": (value / F.smooth_l1_loss(constant, target)).detach(),
                "context_tokens": torch.tensor(float(blocks.context.shape[1])),
            },
        )

    def collapsed(self, epoch: Epoch) -> bool:
        """Whether the teacher's tokens are the same for all images, or h has lost its rank."""
        spread = epoch.measures["target_spread"]
        return (spread is not None and spread < COLLAPSED) or super().collapsed(epoch)

    @torch.no_grad()
    def after_step(self, net: Network, done: float) -> None:
        """Move the teacher's weights towards the encoder's."""
        momentum = momentum_at(done, self.chosen.momentum, self.chosen.momentum_schedule)
        for kept, new in zip(self.teacher.parameters(), net.encoder.parameters(), strict=True):
            kept.lerp_(new, 1 - momentum)


class Predictor(nn.Module):
    """A narrow transformer: from tokens of the context, (N, T, d), to those of a target block, (N, B, d)."""

    def __init__(self, d: int, width: int, depth: int) -> None:
        super().__init__()
        self.width = width
        self.narrowed = nn.Linear(d, width)
        self.asked = nn.Parameter(0.02 * torch.randn(1, 1, width))
        self.blocks = nn.Sequential(*(Block(width) for _ in range(depth)))
        self.normalized = nn.LayerNorm(width)
        self.widened = nn.Linear(width, d)

    def forward(self, context: Tensor, places: Tensor, seen: Tensor, asked: Tensor) -> Tensor:
        """Return what stands at the places `asked`, (N, B), of an image seen at the places `seen`, (N, T).

        Args:
            context: tokens at the places seen, (N, T, d).
            places: of all patches, (N, s s, width).
            seen: indices of places.
            asked: indices of places.
        """
        known = self.narrowed(context) + chosen(places, seen)  # (N, T, width)
        tokens = self.blocks(torch.cat([known, self.asked + chosen(places, asked)], dim=1))
        y: Tensor = self.widened(self.normalized(tokens[:, known.shape[1] :]))
        return y


@dataclass(frozen=True)
class Blocks:
    """Which patches an image shows and which are to be predicted, as indices, row by row."""

    context: Tensor  # (N, T)
    targets: Tensor  # (N, M, B): M blocks of B patches

    def to(self, device: torch.device) -> "Blocks":
        """Move them to a device."""
        return Blocks(self.context.to(device), self.targets.to(device))


def draw_blocks(n: int, side: int, settings: IJEPA, draws: torch.Generator) -> Blocks:
    """Draw the blocks of n images of `side` x `side` patches (section 3 and Appendix A).

    Sizes are drawn for the batch, places for each image, as in the paper's code. The patches that targets
    leave of the context differ in number; each image keeps as many, drawn at random, as the one with the
    fewest. Where they leave hardly any, an image has the blocks of the one that keeps most.

    Example:
        >>> blocks = draw_blocks(5, 8, IJEPA(), generator("blocks"))
        >>> blocks.targets.shape[:2], bool((blocks.targets < 64).all())
        (torch.Size([5, 4]), True)
    """

    def between(interval: tuple[float, float]) -> float:
        return interval[0] + (interval[1] - interval[0]) * float(torch.rand((), generator=draws))

    def block(count: int, scale: tuple[float, float], ratio: tuple[float, float]) -> Tensor:
        area, aspect = between(scale) * side**2, between(ratio)
        height, width = (
            min(side, max(1, round(length))) for length in (sqrt(area * aspect), sqrt(area / aspect))
        )
        top = torch.randint(side - height + 1, (n, count, 1, 1), generator=draws)
        left = torch.randint(side - width + 1, (n, count, 1, 1), generator=draws)
        rows, columns = top + torch.arange(height)[:, None], left + torch.arange(width)
        return (rows * side + columns).flatten(2)  # (N, count, height width)

    targets = block(settings.targets, settings.target_scale, settings.target_ratio)
    free = torch.zeros(n, side**2).scatter_(1, block(1, settings.context_scale, (1.0, 1.0))[:, 0], 1.0)
    free.scatter_(1, targets.flatten(1), 0.0)  # (N, s s)
    left = free.sum(dim=1)  # (N,)
    blocks_of = torch.where(left < side**2 / CROWDED, left.argmax(), torch.arange(n))
    targets, free = targets[blocks_of], free[blocks_of]
    least = max(1, int(left[blocks_of].min()))
    ranked = (free + torch.rand(free.shape, generator=draws)).argsort(dim=1, descending=True)
    return Blocks(ranked[:, :least], targets)
