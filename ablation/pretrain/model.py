"""What a cell evaluates: a map from images to features, by a trained encoder, or without one (a floor)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ablation.data.pixels import Pixels
from ablation.pretrain.features import Transform, extract


@dataclass(frozen=True)
class Model:
    """Features h of images, and the encoder f and head g that they come from, if any.

    Example:
        >>> model = Model.of(nn.Flatten(), nn.Linear(12, 2), normalize=lambda x: x)
        >>> h = model.features(torch.zeros(5, 3, 2, 2, dtype=torch.uint8))
        >>> h.shape, model.project(h).shape
        (torch.Size([5, 12]), torch.Size([5, 2]))
    """

    features: Callable[[Pixels], Tensor]  # pixels (N, C, S, S), uint8 or in [0, 1] -> h (N, d) float32
    encoder: nn.Module | None = None  # f: normalised images to h
    head: nn.Module | None = None  # g: h to z; None if none was trained

    @classmethod
    def of(cls, encoder: nn.Module, head: nn.Module | None, normalize: Transform) -> "Model":
        """Freeze an encoder, and its head if it has one."""
        return cls(lambda pixels: extract(encoder, pixels, normalize), encoder, head)

    @torch.no_grad()
    def project(self, h: Tensor) -> Tensor:
        """Return z, (N, p) float32, for h (N, d); the head is left as it was.

        Raises:
            ValueError: there is no head.
        """
        if self.head is None:
            raise ValueError("there is no z without a projection head")
        training = self.head.training
        self.head.eval()
        z: Tensor = self.head(h).float()
        self.head.train(training)
        return z
