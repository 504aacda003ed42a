"""What distorts the colours of images of any channels."""

import kornia.augmentation as K
import torch
from torch import Tensor, nn

from ablation.grid import operations as named


class ChannelJitter(nn.Module):
    """Brightness and contrast of each channel by itself, with factors drawn for each image and channel.

    Takes and returns (N, C, S, S) float32 in [0, 1]. A channel is scaled by the first factor, then moved away
    from its mean by the second, and clamped after each. Images that `p` leaves out are returned unchanged.

    Args:
        strength: 1 draws factors from 0.2 to 1.8, as the paper's jitter does for all channels at once.
        p: probability of the jitter, for each image.

    Example:
        >>> ChannelJitter(0.5, p=0.8)(torch.rand(2, 13, 32, 32)).shape
        torch.Size([2, 13, 32, 32])
    """

    def __init__(self, strength: float, p: float) -> None:
        super().__init__()
        self.low, self.high = max(0.0, 1 - 0.8 * strength), 1 + 0.8 * strength
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Return the jittered images of a batch."""
        n, channels = x.shape[:2]
        # On the CPU, as Kornia draws, so that a GPU draws the same.
        factors = self.low + (self.high - self.low) * torch.rand(n, 2, channels)
        factors[torch.rand(n) >= self.p] = 1
        factors = factors.to(x.device, non_blocking=True)[..., None, None]  # (N, 2, C, 1, 1)
        brightness, contrast = factors.unbind(1)
        x = (x * brightness).clamp_(0, 1)
        mean = x.mean(dim=(2, 3), keepdim=True)
        return torch.lerp(mean, x, contrast).clamp_(0, 1)


def channel_jitter(parameters: named.ChannelJitter, _: int) -> nn.Module:
    """Brightness and contrast, channel by channel."""
    return ChannelJitter(parameters.strength, parameters.p)


def channel_drop(parameters: named.ChannelDrop, _: int) -> nn.Module:
    """A random channel becomes black."""
    operation: nn.Module = K.RandomChannelDropout(num_drop_channels=1, p=parameters.p)
    return operation
