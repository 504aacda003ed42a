"""AutoAugment, RandAugment and TrivialAugment, with a choice drawn for each image."""

from collections.abc import Sequence

import torch
from kornia.augmentation import auto
from kornia.augmentation.auto.autoaugment import autoaugment as _auto
from kornia.augmentation.auto.rand_augment import rand_augment as _rand
from kornia.augmentation.auto.trivial_augment import trivial_augment as _trivial
from torch import Tensor, nn

from ablation.grid import operations as named


class PerImage(nn.Module):
    """Applies `n` distinct operations to each image, in a random order, both drawn for that image.

    Kornia defines the operations, and what is drawn within them. But its policies draw the operation once per
    batch, whereas the papers draw it for each image. Here, each image draws its own, and images that drew the
    same operation are augmented together. Takes and returns (N, 3, S, S) float32 in [0, 1].

    Example:
        >>> both = PerImage([nn.Identity(), nn.Hardtanh(0.0, 0.5)], n=1)
        >>> both(torch.ones(64, 3, 1, 1)).unique()
        tensor([0.5000, 1.0000])
    """

    def __init__(self, operations: Sequence[nn.Module], n: int) -> None:
        super().__init__()
        self.operations = nn.ModuleList(operations)
        self.n = n

    def draw(self, images: int) -> Tensor:
        """Draw which operations each image gets, in order: (images, n) int64.

        They are drawn on the CPU, so that the sizes of the groups are known without waiting for a GPU.
        """
        return torch.rand(images, len(self.operations)).argsort(dim=1)[:, : self.n]

    def forward(self, x: Tensor) -> Tensor:
        """Return a batch in which each image is augmented as it drew."""
        for choice in self.draw(len(x)).unbind(dim=1):  # (N,) for the first operation of each image, ...
            groups = [(choice == k).nonzero().flatten() for k in range(len(self.operations))]
            parts = [
                operation(x[group.to(x.device, non_blocking=True)])
                for operation, group in zip(self.operations, groups, strict=True)
                if len(group)
            ]
            back = torch.cat(groups).argsort().to(x.device, non_blocking=True)
            x = torch.cat(parts)[back]
        return x


def autoaugment(parameters: named.AutoAugmentPolicy, _: int) -> nn.Module:
    """One of 25 pairs (arXiv 1805.09501)."""
    pairs = {
        "imagenet": _auto.imagenet_policy,
        "cifar10": _auto.cifar10_policy,
        "svhn": _auto.svhn_policy,
    }[parameters.policy]
    return PerImage([auto.AutoAugment([pair]) for pair in pairs], n=1)


def randaugment(parameters: named.RandAugmentPolicy, _: int) -> nn.Module:
    """Distinct operations of one magnitude (arXiv 1909.13719)."""
    single = [auto.RandAugment(n=1, m=parameters.magnitude, policy=[one]) for one in _rand.default_policy]
    return PerImage(single, n=parameters.n)


def trivialaugment(_: named.TrivialAugmentPolicy, __: int) -> nn.Module:
    """One operation of a random magnitude (arXiv 2103.10158)."""
    return PerImage([auto.TrivialAugment([one]) for one in _trivial.default_policy], n=1)
