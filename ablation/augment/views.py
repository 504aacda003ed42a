"""Two views of each image: base crop, then the cell's augmentations, on one branch or both (section 3.1)."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ablation.augment.operations import build
from ablation.augment.paper import resized_crop
from ablation.grid.augmentations import Step
from ablation.grid.recipe import Views
from ablation.seeds import seeded

BASE_CROP = "/base crop"  # seeds its draws, as an operation's name does; names contain no slashes


@dataclass(frozen=True)
class TwoViews:
    """Makes the two views of a batch, repeatably: `x1, x2 = two_views(pixels, step)`.

    The first view is the augmented one. Draws are seeded from (seed, step, view, name, occurrence), never
    from the position of an operation, so an operation that two cells share draws the same in both.

    Example:
        >>> from ablation.grid.operations import Noise
        >>> two_views = TwoViews.build([Step("noise", Noise())], Views(), size=32, seed=0)
        >>> x1, x2 = two_views(torch.zeros(4, 3, 32, 32, dtype=torch.uint8), step=0)
        >>> x1.shape, bool(x1.any()), bool(x2.any())
        (torch.Size([4, 3, 32, 32]), True, False)
    """

    steps: tuple[tuple[str, nn.Module], ...]
    base_crop: nn.Module | None
    views: Views
    seed: int

    @classmethod
    def build(cls, steps: Sequence[Step], views: Views, size: int, seed: int) -> "TwoViews":
        """Build the steps of a cell for square images of `size` pixels."""
        crop = None if views.base_crop == "none" else resized_crop(size, views.base_scale, (3 / 4, 4 / 3))
        return cls(tuple((step.name, build(step.operation, size)) for step in steps), crop, views, seed)

    @torch.no_grad()
    def __call__(self, pixels: Tensor, step: int, others: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return both views, (N, 3, S, S) float32 in [0, 1], of uint8 pixels (N, 3, S, S).

        Args:
            pixels: the batch; the draws depend on its size, so keep that fixed.
            step: number of the batch in the whole of pretraining.
            others: (N, 3, S, S) uint8, the images of the second views; by default the same images.
        """
        shared = self.views.base_crop != "independent"
        with torch.autocast(pixels.device.type, enabled=False):
            x = pixels.float().div_(255)
            base = self._base(x, step, view=0)
            if others is None and shared:
                other = base
            else:
                other = self._base(
                    x if others is None else others.float().div_(255), step, view=0 if shared else 1
                )
            first = self._augment(base, step, view=0)
            second = self._augment(other, step, view=1) if self.views.branches == "both" else other
        return first, second

    def seeded(
        self, device: torch.device, step: int, view: int, name: str, occurrence: int = 0
    ) -> AbstractContextManager[None]:
        """Seed the draws that an operation makes in a view of a batch (`BASE_CROP` for the base crop)."""
        return seeded(device, self.seed, step, view, name, occurrence)

    def _base(self, x: Tensor, step: int, view: int) -> Tensor:
        return x if self.base_crop is None else self._draw(self.base_crop, x, step, view, BASE_CROP, 0)

    def _augment(self, x: Tensor, step: int, view: int) -> Tensor:
        for position, (name, operation) in enumerate(self.steps):
            occurrence = sum(name == earlier for earlier, _ in self.steps[:position])
            x = self._draw(operation, x, step, view, name, occurrence)
        return x

    def _draw(
        self, operation: nn.Module, x: Tensor, step: int, view: int, name: str, occurrence: int
    ) -> Tensor:
        with self.seeded(x.device, step, view, name, occurrence):
            # ColorJitter clamps by itself and noise does not: without this, the order of two operations
            # would matter for a meaningless reason.
            result: Tensor = operation(x).clamp(0, 1)
        return result
