"""A square hole as a product."""

import kornia.augmentation as K
import torch
from torch import Tensor, nn

from ablation.augment.fast.draws import applied, drawn


class Cutout(nn.Module):
    """A square black hole, wholly inside the image; takes and returns (N, 3, S, S) float32 in [0, 1].

    Args:
        area: the hole's share of the image's area.
        p: probability of a hole.

    Example:
        >>> int((Cutout(0.25, 1.0)(torch.ones(1, 1, 32, 32)) == 0).sum())
        256
    """

    def __init__(self, area: float, p: float) -> None:
        super().__init__()
        self.reference: nn.Module = K.RandomErasing(scale=(area, area), ratio=(1.0, 1.0), value=0.0, p=p)

    def forward(self, x: Tensor) -> Tensor:
        """Return the images of a batch with their holes."""
        parameters = drawn(self.reference, x.shape)
        sides = parameters["heights"] * applied(parameters)  # a side of 0 is no hole
        hole = torch.stack([parameters["ys"], parameters["xs"], sides]).to(x.device, non_blocking=True)
        top, left, side = hole[:, :, None].unbind()  # (N, 1) each
        places = torch.arange(x.shape[-1], device=x.device)
        rows = ((places >= top) & (places < top + side)).to(x.dtype)  # (N, S)
        columns = ((places >= left) & (places < left + side)).to(x.dtype)
        return x * (1 - rows[:, :, None] * columns[:, None, :])[:, None]
