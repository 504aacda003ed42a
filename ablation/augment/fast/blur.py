"""Gaussian blur as shifted sums, computed only for the images drawn."""

import kornia.augmentation as K
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ablation.augment.fast.blocks import images_in_a_block
from ablation.augment.fast.draws import applied, drawn


class Blur(nn.Module):
    """Gaussian blur with a width drawn for each image; takes and returns (N, 3, S, S) float32.

    Images that `p` leaves out are returned unchanged.

    Args:
        side: side of the kernel in pixels, odd; half of it must be less than S.
        sigma: range of the Gaussian's standard deviation in pixels.
        p: probability of the blur, for each image.

    Source: SimCLR paper, Appendix A.

    Example:
        >>> flat = torch.full((2, 3, 8, 8), 0.5)
        >>> bool(torch.allclose(Blur(3, (0.1, 2.0), p=0.5)(flat), flat))
        True
    """

    def __init__(self, side: int, sigma: tuple[float, float], p: float) -> None:
        super().__init__()
        self.reach = side // 2
        self.reference: nn.Module = K.RandomGaussianBlur(
            (side, side), sigma=sigma, p=p, border_type="reflect"
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the images of a batch, some of them blurred."""
        parameters = drawn(self.reference, x.shape)
        chosen = applied(parameters).nonzero().squeeze(1)  # (M,)
        weights = self._weights(parameters["sigma"][chosen]).to(x.device, non_blocking=True)
        chosen = chosen.to(x.device, non_blocking=True)
        result = x.clone(memory_format=torch.contiguous_format)
        n = images_in_a_block(x)
        for images, kernel in zip(chosen.split(n), weights.split(n, dim=1), strict=True):
            block = F.pad(x.index_select(0, images), [self.reach] * 4, mode="reflect")
            # The kernel is separable: sums along rows, then along columns.
            result.index_copy_(0, images, self._sums(self._sums(block, kernel, axis=2), kernel, axis=3))
        return result

    def _weights(self, sigma: Tensor) -> Tensor:
        """Return weights by distance from the centre, (reach + 1, M, 1, 1, 1), for widths (M,)."""
        distance = torch.arange(self.reach + 1)[:, None]
        weights = torch.exp(-0.5 * (distance / sigma) ** 2)  # (reach + 1, M)
        weights = weights / (2 * weights.sum(dim=0) - weights[0])
        return weights[..., None, None, None]

    def _sums(self, x: Tensor, weights: Tensor, axis: int) -> Tensor:
        """Return weighted sums along an axis, which becomes `2 * reach` shorter."""
        reach, extent = self.reach, x.shape[axis] - 2 * self.reach
        total = x.narrow(axis, reach, extent) * weights[0]
        for k in range(1, reach + 1):
            both = x.narrow(axis, reach - k, extent) + x.narrow(axis, reach + k, extent)
            total.addcmul_(both, weights[k])
        return total
