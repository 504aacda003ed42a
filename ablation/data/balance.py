"""Classes of unequal size: which accuracy decides, and what the images of a split are worth."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ablation.results.metrics import Score

UNEQUAL = 1.5  # times the images of the smallest class, in the largest: from here on, accuracy is balanced


def deciding_score(setting: Literal["auto", "top1", "balanced"], labels: NDArray[np.int64]) -> Score:
    """Say which accuracy decides: balanced where classes are unequal, because top-1 rewards the largest.

    Args:
        setting: of the grid file; `auto` goes by the labels.
        labels: of all training images, (N,).

    Example:
        >>> deciding_score("auto", np.array([0, 0, 0, 1])), deciding_score("auto", np.array([0, 1]))
        ('balanced', 'top1')
    """
    if setting != "auto":
        return setting
    counts = np.unique(labels, return_counts=True)[1]
    return "balanced" if counts.max() > UNEQUAL * counts.min() else "top1"


def equal_images(labels: NDArray[np.int64]) -> float:
    """Return how many images, equally many of each class, make a balanced accuracy as certain as these do.

    Each of K classes counts alike, however few its n images, so this is K² / Σ 1/n: the number of images
    where classes are equal, and less otherwise.

    Example:
        >>> equal_images(np.array([0, 0, 1, 1])), equal_images(np.array([0, 0, 0, 1]))
        (4.0, 3.0)
    """
    counts = np.unique(labels, return_counts=True)[1]
    return float(len(counts) ** 2 / (1 / counts).sum())
