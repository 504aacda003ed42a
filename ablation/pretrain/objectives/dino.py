"""DINO: share out images among prototypes as a slow teacher does (Caron et al., 2021, arXiv 2104.14294)."""

from copy import deepcopy
from math import log

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from ablation.augment.fast.crop import Crop
from ablation.grid.objectives import DINO
from ablation.grid.recipe import Pretrain
from ablation.pretrain.batches import Batch
from ablation.pretrain.network import Network
from ablation.pretrain.objectives.apart import measured, points_one_way
from ablation.pretrain.objectives.base import Loss, Objective
from ablation.pretrain.objectives.byol import momentum_at
from ablation.results.stored.record import Epoch
from ablation.seeds import seeded

# Bits that a prototype tells about an image. Jobs that learn keep 1 or more; without centring, or without
# sharpening, there are 0.0 from the second epoch on (shapes, 14 epochs).
UNSHARED = 0.2


class Distilled(Objective):
    """DINO, where asked for with small crops of the views (multi-crop); each view passes by itself.

    The prototypes are directions (length 1), as in the paper's code; the teacher has slow copies of them.
    """

    def __init__(self, settings: Pretrain, chosen: DINO, net: Network) -> None:  # noqa: ARG002
        super().__init__()
        layer = nn.Linear(net.projection, chosen.prototypes, bias=False)
        self.prototypes = weight_norm(layer)
        self.prototypes.parametrizations.weight.original0.data.fill_(1).requires_grad_(False)
        self.teacher = deepcopy(net).requires_grad_(False)
        self.teacher_prototypes = deepcopy(self.prototypes).requires_grad_(False)
        self.chosen = chosen
        self.register_buffer("center", torch.zeros(chosen.prototypes))
        self.center: Tensor  # (K,)
        self.seed = int(torch.randint(2**62, ()))  # of the small crops

    def forward(self, net: Network, batch: Batch) -> Loss:
        """Return the loss of both views against the teacher's of the other, and what shows a collapse."""
        x1, x2 = batch.by_view
        z1, z2 = net(x1)[1], net(x2)[1]  # (N, p) each
        own = [self._outputs(z, self.prototypes) for z in (z1, z2)]  # (N, K) each
        with torch.no_grad():
            theirs = [self._outputs(self.teacher(x)[1], self.teacher_prototypes) for x in (x1, x2)]
            shares = [sharpened(one, self.center, self.chosen.teacher_temperature) for one in theirs]
            self.center.lerp_(torch.cat(theirs).mean(dim=0), 1 - self.chosen.center_momentum)
        local = small_crops(batch, self.chosen, self.seed)
        if local:
            own += self._outputs(net(torch.cat(local))[1], self.prototypes).chunk(len(local))
        # Never against its own view: where only one branch is distorted, a crop has its view's very colours.
        losses = [
            distilled(one, shares[1 - position % 2], self.chosen.temperature)
            for position, one in enumerate(own)
        ]
        loss = measured(sum(losses[1:], losses[0]) / len(losses), z1, z2)
        return Loss(loss.value, {**loss.measures, "prototype_bits": bits_of(torch.cat(shares))})

    def _outputs(self, z: Tensor, prototypes: nn.Module) -> Tensor:
        outputs: Tensor = prototypes(
            F.normalize(z.to(self.center.dtype), dim=1)
        )  # float32, also under autocast
        return outputs

    def collapsed(self, epoch: Epoch) -> bool:
        """Whether all images have the same shares, projections point the same way, or h has lost its rank."""
        told = epoch.measures["prototype_bits"]
        return (told is not None and told < UNSHARED) or points_one_way(epoch) or super().collapsed(epoch)

    @torch.no_grad()
    def after_step(self, net: Network, done: float) -> None:
        """Move the teacher's weights and prototypes towards the network's."""
        momentum = momentum_at(done, self.chosen.momentum, self.chosen.momentum_schedule)
        slow = [*self.teacher.parameters(), *self.teacher_prototypes.parameters()]
        for kept, new in zip(slow, [*net.parameters(), *self.prototypes.parameters()], strict=True):
            kept.lerp_(new, 1 - momentum)


def small_crops(batch: Batch, settings: DINO, seed: int) -> list[Tensor]:
    """Cut the small crops of a batch out of its views, one view after the other, (N, C, s, s) each.

    They have the augmentations of the view that they come from.

    Example:
        >>> batch = Batch(torch.zeros(6, 3, 32, 32), views=2)
        >>> [crop.shape[2] for crop in small_crops(batch, DINO(local_crops=3, local_size=12), seed=0)]
        [12, 12, 12]
    """
    crop = Crop(batch.x.shape[-1], settings.local_scale, (3 / 4, 4 / 3), flip=0.0, to=settings.local_size)
    crops = []
    for position in range(settings.local_crops):
        with seeded(batch.x.device, seed, batch.step, "small crop", position):
            crops.append(crop(batch.by_view[position % 2]))
    return crops


def sharpened(outputs: Tensor, center: Tensor, temperature: float) -> Tensor:
    """Return the shares of images in prototypes: centred, against one for all; sharpened, against even ones.

    Args:
        outputs: the teacher's, (N, K).
        center: the mean of earlier outputs, (K,).
        temperature: above 0; the lower, the sharper.

    Returns:
        (N, K); each row sums to 1.
    """
    return F.softmax((outputs - center) / temperature, dim=1)


def distilled(outputs: Tensor, shares: Tensor, temperature: float) -> Tensor:
    """Return the cross-entropy of the network's shares and the teacher's (equation 2), in nats.

    Args:
        outputs: from one view, (N, K).
        shares: the teacher's from the other view, (N, K).
        temperature: divides the outputs; above 0.

    Example:
        >>> even = torch.full((3, 4), 0.25)
        >>> round(float(distilled(torch.zeros(3, 4), even, temperature=0.1)), 4)  # log 4
        1.3863
    """
    return F.cross_entropy(outputs / temperature, shares)


@torch.no_grad()
def bits_of(shares: Tensor) -> Tensor:
    """Return how many bits a prototype tells about which image of the batch it is: 0 where all share alike.

    Args:
        shares: (N, K), rows that sum to 1.

    Example:
        >>> float(bits_of(torch.eye(4))), float(bits_of(torch.full((4, 4), 0.25)))
        (2.0, 0.0)
    """

    def entropy(p: Tensor) -> Tensor:
        terms: Tensor = torch.special.xlogy(p, p)
        return -terms.sum(dim=-1) / log(2)

    return entropy(shares.mean(dim=0)) - entropy(shares).mean()
