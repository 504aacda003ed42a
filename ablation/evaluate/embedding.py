"""A picture of h: a map of images in two dimensions, and how far neighbours in h share class and colour."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ablation.data.extras import install, installed
from ablation.errors import DataError

NEIGHBOURS = 10
PERPLEXITY = 30.0  # effective neighbours of an image on the map


@dataclass(frozen=True)
class Neighbourhood:
    """What the nearest images in h have in common, which a map in two dimensions can only hint at."""

    same_class: float | None  # share of the nearest that have the class of the image; None without labels
    chance: float | None  # the same of images drawn at random
    colour_r2: float  # R² of predicting an image's mean colour by that of its nearest; 0: as good as the mean


def embedded(h: Tensor, seed: int = 0) -> NDArray[np.float64]:
    """Lay representations out in two dimensions by t-SNE on cosine distances: (N, d) to (N, 2).

    Distances between far groups, and the sizes of groups, mean little. Source: van der Maaten and Hinton
    (2008); computed by openTSNE (Poličar et al., 2024).

    Args:
        h: of at least four images.
        seed: of the layout.

    Raises:
        DataError: openTSNE is not installed, or there are too few images.
    """
    if not installed("map"):
        raise DataError(f"a map of h needs openTSNE: {install('map')}")
    if len(h) < 4:
        raise DataError("a map of h takes at least four images; set data.test to 4 or more")
    from openTSNE import TSNE

    perplexity = min(PERPLEXITY, (len(h) - 1) / 3)
    layout = TSNE(perplexity=perplexity, metric="cosine", random_state=seed, n_jobs=1)
    return np.asarray(layout.fit(h.float().numpy(force=True)), dtype=np.float64)


def mean_colours(pixels: Tensor) -> Tensor:
    """Return the mean of each channel of images (N, C, S, S) uint8: (N, C) in [0, 1]."""
    return pixels.float().mean(dim=(2, 3)) / 255


def neighbourhood(h: Tensor, colours: Tensor, labels: Tensor | None) -> Neighbourhood:
    """Measure what an image shares with its nearest by cosine similarity of h.

    Args:
        h: (N, d).
        colours: (N, C), from `mean_colours`.
        labels: (N,) or None.

    Example:
        >>> h = torch.eye(2).repeat_interleave(20, dim=0)
        >>> found = neighbourhood(h, h, torch.arange(40) // 20)
        >>> found.same_class, round(found.chance, 2), found.colour_r2
        (1.0, 0.49, 1.0)
    """
    unit = F.normalize(h.float(), dim=1)
    near = unit @ unit.T  # (N, N)
    near.fill_diagonal_(-torch.inf)
    nearest = near.topk(min(NEIGHBOURS, len(h) - 1), dim=1).indices  # (N, K)
    residual = (colours - colours[nearest].mean(dim=1)).square().sum()
    total = (colours - colours.mean(dim=0)).square().sum()
    r2 = 1 - float(residual / total) if total > 0 else 0.0
    if labels is None:
        return Neighbourhood(None, None, r2)
    same = float((labels[nearest] == labels[:, None]).float().mean())
    counts = labels.bincount().double()
    chance = float((counts * (counts - 1)).sum() / (len(labels) * (len(labels) - 1)))
    return Neighbourhood(same, chance, r2)
