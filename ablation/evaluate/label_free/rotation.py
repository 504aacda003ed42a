"""The rotation probe: whether frozen features tell which way up an image is."""

from collections.abc import Callable

import torch
from torch import Tensor

from ablation.evaluate.linear import fit_classifier
from ablation.evaluate.scores import top1
from ablation.grid.recipe import Evaluate
from ablation.seeds import generator

TURNS = 4
HELD_OUT = 0.2  # of the images
REGULARIZATION = 1e-3


def rotation_top1(features: Callable[[Tensor], Tensor], pixels: Tensor, seed: int) -> float:
    """Return how often a linear classifier of frozen features tells an image's rotation, on held-out images.

    Every image is turned by 0, 90, 180 and 270 degrees (SelfAugment: Reed et al., 2021).

    Args:
        features: uint8 pixels (N, 3, S, S) to h (N, d).
        pixels: square images, (N, 3, S, S); a fifth of them is held out, all four rotations of each.
        seed: seeds which.

    Returns:
        A share; .25 is chance.

    Example:
        >>> left = torch.zeros(20, 3, 4, 4, dtype=torch.uint8)
        >>> left[..., :2] = 255
        >>> rotation_top1(lambda x: x.flatten(1).float(), left, seed=0)
        1.0
    """
    order = torch.randperm(len(pixels), generator=generator(seed, "rotation probe")).to(pixels.device)
    held_out = max(1, round(HELD_OUT * len(pixels)))

    def turned(rows: Tensor) -> tuple[Tensor, Tensor]:
        h = [features(pixels[rows].rot90(k, dims=(2, 3))) for k in range(TURNS)]
        return torch.cat(h), torch.arange(TURNS, device=rows.device).repeat_interleave(len(rows))

    h, turns = turned(order[held_out:])
    classify = fit_classifier(h, turns, TURNS, REGULARIZATION, Evaluate())
    h, turns = turned(order[:held_out])
    return top1(classify(h), turns)
