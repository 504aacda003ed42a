"""Colour jitter and grayscale, block by block, computed only for the images drawn."""

import kornia.augmentation as K
import torch
from torch import Tensor, nn

from ablation.augment.fast.blocks import images_in_a_block
from ablation.augment.fast.draws import applied, drawn

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


def brightness_(x: Tensor, factor: Tensor) -> None:
    """Scale a block (N, 3, P) by a factor (N, 1, 1), in place."""
    x.mul_(factor).clamp_(0, 1)


def contrast_(x: Tensor, factor: Tensor) -> None:
    """Move a block away from its mean luma, in place."""
    mean = luma(x.mean(dim=2, keepdim=True))  # (N, 1, 1)
    x.mul_(factor).add_(mean * (1 - factor)).clamp_(0, 1)


def saturation_(x: Tensor, factor: Tensor) -> None:
    """Move a block away from its luma, in place."""
    gray = luma(x).mul_(1 - factor)  # (N, 1, P)
    x.mul_(factor).add_(gray).clamp_(0, 1)


def hue_(x: Tensor, factor: Tensor) -> None:
    """Rotate the hue of a block by a factor in turns, in place.

    On the hexagon of HSV, a channel is a trapezoid of the hue's distance from the channel's own, in sixths
    of a turn: lowest + span * clamp(2 - distance, 0, 1). Red is at 0, green at 2, blue at 4, and the hue is
    ±(1 + (g + b - r - lowest) / span), with the sign of g - b, so no pixel needs to know its sextant.
    """
    red, green, blue = x[:, 0:1], x[:, 1:2], x[:, 2:3]  # (N, 1, P) each
    lowest = x.amin(dim=1, keepdim=True)
    span = x.amax(dim=1, keepdim=True).sub_(lowest)
    # A gray pixel has no span and any hue; the bound keeps its quotient finite.
    at = torch.add(green, blue).sub_(red).sub_(lowest).div_(span.clamp_min(1e-12))
    at.add_(1).copysign_(green - blue)  # in [-3, 3]
    centres = torch.arange(0, 6, 2, device=x.device)[:, None]  # (3, 1)
    shift = (6 * factor - centres + 3).remainder_(6).sub_(3)  # (N, 3, 1) in [-3, 3)
    # On the circle of 6 the distance is 3 - ||at + shift| - 3|.
    torch.add(at, shift, out=x).abs_().sub_(3).abs_().clamp_(1, 2)  # (N, 3, P), the trapezoid + 1
    x.mul_(span).add_(lowest.sub_(span))


def luma(x: Tensor) -> Tensor:
    """Return the luma (N, 1, P) of a block (N, 3, P)."""
    red, green, blue = LUMA
    return (x[:, 0:1] * red).add_(x[:, 1:2], alpha=green).add_(x[:, 2:3], alpha=blue)


STEPS = (brightness_, contrast_, saturation_, hue_)  # in the order of Kornia's numbers
FACTORS = ("brightness_factor", "contrast_factor", "saturation_factor", "hue_factor")


class ColorJitter(nn.Module):
    """Brightness, contrast, saturation and hue, in an order drawn per batch, with factors drawn per image.

    Takes and returns (N, 3, S, S) float32 in [0, 1]. Images that `p` leaves out are returned unchanged.

    Args:
        strength: 1 draws factors from 0.2 to 1.8, and rotates the hue by up to 0.2 turns either way.
        p: probability of the jitter, for each image.

    Source: SimCLR paper, Appendix A.

    Example:
        >>> ColorJitter(0.5, p=0.8)(torch.rand(2, 3, 32, 32)).shape
        torch.Size([2, 3, 32, 32])
    """

    def __init__(self, strength: float, p: float) -> None:
        super().__init__()
        around_one = (max(0.0, 1 - 0.8 * strength), 1 + 0.8 * strength)
        # ColorJitter, not ColorJiggle: only the former computes the same as torchvision's. Hue is in turns.
        self.reference: nn.Module = K.ColorJitter(
            brightness=around_one,
            contrast=around_one,
            saturation=around_one,
            hue=(-0.2 * strength, 0.2 * strength),
            p=p,
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the jittered images of a batch."""
        parameters = drawn(self.reference, x.shape)
        chosen = applied(parameters).nonzero().squeeze(1)  # (M,)
        factors = torch.stack([parameters[name] for name in FACTORS])[:, chosen, None, None]  # (4, M, 1, 1)
        factors, chosen = factors.to(x.device, non_blocking=True), chosen.to(x.device, non_blocking=True)
        result = x.clone(memory_format=torch.contiguous_format)
        pixels = result.flatten(2)  # (N, 3, P), the same memory
        n = images_in_a_block(x)
        for images, block_factors in zip(chosen.split(n), factors.split(n, dim=1), strict=True):
            block = pixels.index_select(0, images).clamp_(0, 1)
            for step in parameters["order"].tolist():
                STEPS[step](block, block_factors[step])
            pixels.index_copy_(0, images, block.clamp_(0, 1))
        return result


class Grayscale(nn.Module):
    """Luma in all three channels, for each image with probability p; takes and returns (N, 3, S, S).

    Example:
        >>> bool((Grayscale(1.0)(torch.rand(1, 3, 8, 8)).diff(dim=1) == 0).all())
        True
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p
        self.reference: nn.Module = K.RandomGrayscale(p=p)

    def forward(self, x: Tensor) -> Tensor:
        """Return the images of a batch, some of them gray."""
        if self.p == 1:  # if no image is left out, Kornia's own is fastest
            gray: Tensor = self.reference(x)
            return gray
        return self.gray_(x.clone(memory_format=torch.contiguous_format))

    def gray_(self, x: Tensor) -> Tensor:
        """Make some images of a contiguous batch gray, in place."""
        chosen = applied(drawn(self.reference, x.shape)).nonzero().squeeze(1)
        pixels = x.flatten(2)
        for images in chosen.to(x.device, non_blocking=True).split(images_in_a_block(x)):
            pixels.index_copy_(0, images, luma(pixels.index_select(0, images)).expand(-1, 3, -1))
        return x


class Color(nn.Module):
    """Colour jitter, then grayscale; takes and returns (N, 3, S, S) float32 in [0, 1].

    Args:
        strength: as for `ColorJitter`.
        p: probability of the jitter, for each image.
        grayscale: probability of gray, for each image.

    Source: SimCLR paper, Appendix A.

    Example:
        >>> Color(1.0, p=0.8, grayscale=0.2)(torch.rand(2, 3, 32, 32)).shape
        torch.Size([2, 3, 32, 32])
    """

    def __init__(self, strength: float, p: float, grayscale: float) -> None:
        super().__init__()
        self.jitter = ColorJitter(strength, p)
        self.grayscale = Grayscale(grayscale)
        self.reference = nn.Sequential(self.jitter.reference, self.grayscale.reference)

    def forward(self, x: Tensor) -> Tensor:
        """Return the distorted images of a batch."""
        return self.grayscale.gray_(self.jitter(x))
