"""What the augmentations of a grid do to its images, computed by the code that makes the training views."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from ablation.augment.fast.crop import Crop
from ablation.augment.neighbours import Clips
from ablation.augment.operations import build
from ablation.augment.order import shuffled
from ablation.augment.views import BASE_CROP, TwoViews
from ablation.errors import GridError
from ablation.grid.augmentations import Step
from ablation.grid.recipe import Views
from ablation.seeds import generator

# Mean changes of an image, as shares of full brightness: plainly visible, and hardly visible.
PLAIN, HARDLY = 0.04, 0.01
TRIES, MOST_TRIES = 8, 32  # draws to find a plain change; more if all of these hardly change anything


def first_batch(
    n: int, batch_size: int, seed: int, clips: Clips | None = None, together: int | None = None
) -> Tensor:
    """Return which of n images form the first batch of a job, in order: (batch_size,).

    Of clips, a job may take several frames `together` (`ablation.augment.order`).

    Example:
        >>> first_batch(100, 4, seed=0).shape
        torch.Size([4])
    """
    return shuffled(n, generator(seed, "order"), clips, together)[:batch_size]


def view_pairs(
    label: str,
    steps: Sequence[Step],
    views: Views,
    pixels: Tensor,
    seed: int,
    step: int = 0,
    rows: Sequence[int] | None = None,
    others: Tensor | None = None,
) -> Tensor:
    """Return both views of a batch as a job sees them before normalisation: (R, 2, 3, S, S) uint8.

    Args:
        label: names the augmentation in error messages.
        steps: the steps of a cell, in order.
        views: the view settings of the grid.
        pixels: (N, 3, S, S) uint8, a whole batch, because the draws depend on its size.
        seed: seed of the job.
        step: number of the batch.
        rows: positions in the batch of the R images to return; by default all of them.
        others: (N, 3, S, S) uint8, the images of the second views; by default the same images.

    Raises:
        GridError: an operation fails on the batch, or does not return such a batch.

    Example:
        >>> from ablation.grid.operations import Noise
        >>> pixels = torch.zeros(4, 3, 32, 32, dtype=torch.uint8)
        >>> view_pairs("noise", [Step("noise", Noise())], Views(), pixels, seed=0).shape
        torch.Size([4, 2, 3, 32, 32])
    """
    two_views = TwoViews.build(steps, views, pixels.shape[-1], seed)
    return _pairs(label, two_views, pixels, step, range(len(pixels)) if rows is None else rows, others)


class Acting(NamedTuple):
    """A draw that changes an image: the result (3, S, S) uint8, and the step at which it is drawn."""

    picture: Tensor
    step: int
    change: float  # mean, as a share of full brightness


def acting_draw(
    label: str,
    steps: Sequence[Step],
    pixels: Tensor,
    position: int,
    seed: int,
    others: Callable[[int], Tensor | None] | None = None,
) -> Acting:
    """Return the first draw of an augmentation that plainly changes an image, otherwise the strongest draw.

    Many operations leave most images alone, because of their `p` or a mild draw. This tries the `TRIES` draws
    of the first steps, and up to `MOST_TRIES` while the image hardly changes.

    Args:
        label: names the augmentation in error messages.
        steps: the operations.
        pixels: (N, 3, S, S) uint8, the batch.
        position: position of the image in the batch.
        seed: seed of the job.
        others: from a step to the images of second views, (N, 3, S, S) uint8; then these are what is shown.

    Raises:
        GridError: as for `view_pairs`.

    Example:
        >>> from ablation.grid.operations import Invert
        >>> pixels = torch.zeros(4, 3, 32, 32, dtype=torch.uint8)
        >>> found = acting_draw("invert", [Step("invert", Invert())], pixels, position=0, seed=0)
        >>> found.picture.unique().tolist(), found.change
        ([255], 1.0)
    """
    strongest = Acting(pixels[position], 0, -1.0)
    two_views = TwoViews.build(steps, Views(), pixels.shape[-1], seed)
    for step in range(MOST_TRIES):
        if step >= TRIES and strongest.change >= HARDLY:
            break
        other = None if others is None else others(step)
        picture = _pairs(label, two_views, pixels, step, [position], other)[0, 0 if other is None else 1]
        change = float((picture.float() - pixels[position].float()).abs().mean()) / 255
        if change > strongest.change:
            strongest = Acting(picture, step, change)
        if change >= PLAIN:
            break
    return strongest


def view_boxes(crop: Step | None, views: Views, size: int, seed: int, n: int) -> tuple[Tensor, Tensor]:
    """Return the boxes that both views of a batch of n images show of the originals, at the first step.

    Args:
        crop: a built-in crop, after the base crop if there is one; None for only the base crop.
        views: the view settings of the grid.
        size: side of the images in pixels.
        seed: seed of the job.
        n: number of images in the batch; use the batch size to get the boxes of a job.

    Returns:
        Two tensors (N, 4) float64: left, top, right, bottom in pixels of the original. Without a crop, the
        box is the whole image.

    Example:
        >>> first, second = view_boxes(None, Views(), size=32, seed=0, n=2)
        >>> first.tolist(), torch.equal(first, second)
        ([[0.0, 0.0, 32.0, 32.0], [0.0, 0.0, 32.0, 32.0]], True)
    """
    two_views = TwoViews.build([], views, size, seed)
    module = None if crop is None else build(crop.operation, size)

    def box(view: int, augmented: bool) -> Tensor:
        shown = torch.tensor([0.0, 0.0, size, size], dtype=torch.float64).expand(n, 4)

        def cropped(operation: nn.Module, drawn_in: int, name: str) -> Tensor:
            with two_views.seeded(torch.device("cpu"), 0, drawn_in, name):
                return _inside(shown, _box(operation, n), size)

        if two_views.base_crop is not None:
            shown = cropped(two_views.base_crop, view if views.base_crop == "independent" else 0, BASE_CROP)
        if crop is not None and module is not None and augmented:
            shown = cropped(module, view, crop.name)
        return shown

    return box(0, augmented=True), box(1, augmented=views.branches == "both")


def _box(crop: nn.Module, n: int) -> Tensor:
    left, top, width, height = cast(Crop, crop).draw(n).boxes.double().unbind(1)
    return torch.stack([left, top, left + width, top + height], dim=1)


def _inside(outer: Tensor, inner: Tensor, size: int) -> Tensor:
    """Return the inner box, given within what the outer box shows, in pixels of the original: (N, 4)."""
    corner, extent = outer[:, :2].repeat(1, 2), (outer[:, 2:] - outer[:, :2]).repeat(1, 2)
    return corner + inner * extent / size


class _FaultError(Exception):
    """What an operation did wrong, as the end of a sentence that begins with its name."""


def _pairs(
    label: str,
    two_views: TwoViews,
    pixels: Tensor,
    step: int,
    rows: Sequence[int],
    others: Tensor | None = None,
) -> Tensor:
    try:
        pair = _made(two_views, pixels, step, others)
    except _FaultError as fault:
        raise GridError(_blamed(label, fault, two_views, pixels, step)) from fault
    # (R, 2, 3, S, S); a whole batch of large images would be copied for the few that are shown
    return (torch.stack([view[list(rows)] for view in pair], dim=1) * 255).round().to(torch.uint8)


def _made(
    two_views: TwoViews, pixels: Tensor, step: int, others: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    n, size = len(pixels), pixels.shape[-1]
    try:
        pair = two_views(pixels, step, others)
    except GridError:
        raise
    except Exception as error:  # an operation that is not built in may raise anything
        text = f"{type(error).__name__}: {error}".split("\n")[0]
        text = text if len(text) <= 160 else f"{text[:157]}..."
        raise _FaultError(f"fails on a batch of {n} images of {size}×{size} pixels: {text}") from error
    for view in pair:
        if view.shape != pixels.shape:
            raise _FaultError(
                f"returns {tuple(view.shape)} for {tuple(pixels.shape)}; it must keep the shape"
            )
        if not view.isfinite().all():
            raise _FaultError(
                f"returns values that are not finite for a batch of {n} images of {size}×{size} pixels"
            )
    return pair


def _blamed(label: str, fault: _FaultError, two_views: TwoViews, pixels: Tensor, step: int) -> str:
    """Say which operation is at fault: the last of the fewest first steps that go wrong."""
    for last in range(1, len(two_views.steps) + 1):
        try:
            _made(replace(two_views, steps=two_views.steps[:last]), pixels, step)
        except _FaultError as first:
            name = two_views.steps[last - 1][0]
            return f"{label}{'' if label == name else f': {name}'} {first}"
    return f"{label} {fault}"
