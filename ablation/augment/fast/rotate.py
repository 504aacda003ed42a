"""Quarter turns as a lookup of pixels."""

import kornia.augmentation as K
import torch
from torch import Tensor, nn

from ablation.augment.fast.draws import drawn


class Rotate(nn.Module):
    """Rotation by 0, 90, 180 or 270 degrees, all equally likely, bit-equal to `torch.rot90`.

    Takes and returns (N, 3, S, S).

    Example:
        >>> Rotate()(torch.rand(2, 3, 32, 32)).shape
        torch.Size([2, 3, 32, 32])
    """

    def __init__(self) -> None:
        super().__init__()
        # Integer `times=(0, 3)` would draw 0 and 270 degrees half as often.
        self.reference: nn.Module = K.RandomRotation90(times=(-1.5, 2.5), resample="nearest", p=1.0)

    def forward(self, x: Tensor) -> Tensor:
        """Return the rotated images of a batch."""
        times = drawn(self.reference, x.shape)["times"].round().long() % 4  # (N,), counter-clockwise
        places = torch.arange(x.shape[-1] ** 2, device=x.device).view(x.shape[-2:])
        table = torch.stack([torch.rot90(places, k).flatten() for k in range(4)])  # (4, S * S)
        index = table[times.to(x.device, non_blocking=True)]
        return x.flatten(2).gather(2, index[:, None].expand(-1, x.shape[1], -1)).view_as(x)
