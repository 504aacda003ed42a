"""Random resized crop and flip as one `grid_sample`."""

from dataclasses import dataclass

import kornia.augmentation as K
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ablation.augment.fast.blocks import images_in_a_block
from ablation.augment.fast.draws import applied, drawn


@dataclass(frozen=True)
class Crops:
    """The crops of a batch: `boxes` (N, 4) int64, left, top, width, height in pixels; `flips` (N,) bool."""

    boxes: Tensor
    flips: Tensor


class Crop(nn.Module):
    """Random resized crop, then horizontal flip; equals torchvision's bilinear crop (antialias off).

    Takes (N, C, S, S), returns the same, or (N, C, S', S') where another size is asked for.

    Args:
        size: side S of the images in pixels.
        scale: range of the crop's share of the area.
        ratio: range of width / height.
        flip: probability of the flip.
        to: side S' of what is returned in pixels; None for S.

    Source: SimCLR paper, Appendix A.

    Example:
        >>> Crop(32, (0.08, 1.0), (3 / 4, 4 / 3), flip=0.5)(torch.rand(2, 3, 32, 32)).shape
        torch.Size([2, 3, 32, 32])
    """

    def __init__(
        self,
        size: int,
        scale: tuple[float, float],
        ratio: tuple[float, float],
        flip: float,
        to: int | None = None,
    ) -> None:
        super().__init__()
        self.size, self.to_size = size, to or size
        # Kornia's default align_corners=True is off by up to 0.20, and so is cropping_mode="resample".
        crop = K.RandomResizedCrop(
            (size, size),
            scale=scale,
            ratio=ratio,
            resample="bilinear",
            align_corners=False,
            cropping_mode="slice",
        )
        self.reference = nn.Sequential(crop, K.RandomHorizontalFlip(p=flip))

    def draw(self, n: int) -> Crops:
        """Draw the crops of n images, as `forward` does.

        Example:
            >>> crops = Crop(32, (0.25, 0.25), (1.0, 1.0), flip=0.0).draw(5)
            >>> crops.boxes.shape, crops.boxes[0, 2:].tolist(), crops.flips.any().item()
            (torch.Size([5, 4]), [16, 16], False)
        """
        crop, flip = self.reference
        shape = (n, 3, self.size, self.size)
        corners = drawn(crop, shape)["src"].long()  # (N, 4, 2): x, y, clockwise from the top left, inclusive
        boxes = torch.cat([corners[:, 0], corners[:, 2] - corners[:, 0] + 1], dim=1)
        return Crops(boxes, applied(drawn(flip, shape)))

    def forward(self, x: Tensor) -> Tensor:
        """Return the crops of a batch."""
        crops = self.draw(len(x))
        left, top, width, height = crops.boxes.to(x.device, x.dtype, non_blocking=True).unbind(1)
        flips = crops.flips.to(x.device, non_blocking=True)
        columns = self._centres(left, width)
        columns = torch.where(flips[:, None], columns.flip(1), columns)
        rows = self._centres(top, height)
        result = x.new_empty(*x.shape[:2], self.to_size, self.to_size)
        n = images_in_a_block(x)
        parts = zip(result.split(n), x.split(n), columns.split(n), rows.split(n), strict=True)
        for part, images, across, down in parts:
            shape = (len(images), self.to_size, self.to_size)
            grid = torch.stack([across[:, None, :].expand(shape), down[:, :, None].expand(shape)], dim=-1)
            part.copy_(F.grid_sample(images, grid, padding_mode="border", align_corners=False))
        return result

    def _centres(self, start: Tensor, extent: Tensor) -> Tensor:
        """Return where the centres of S' output pixels fall on the input, (N, S') in [-1, 1]."""
        steps = (torch.arange(self.to_size, device=start.device) + 0.5) / self.to_size
        pixels = start[:, None] + steps * extent[:, None]
        # Without the clamp, the border would mix with pixels outside the crop (a difference of 0.10).
        pixels = pixels.clamp((start + 0.5)[:, None], (start + extent - 0.5)[:, None])
        return pixels * (2 / self.size) - 1
