"""From predictions and labels to accuracy, plain and balanced, and which of the two decides."""

from collections.abc import Callable, Mapping
from math import fsum
from types import MappingProxyType
from typing import Literal

from torch import Tensor

from ablation.results.metrics import Score

UNEQUAL = 1.5  # times the images of the smallest class, in the largest: from here on, accuracy is balanced


def deciding_score(setting: Literal["auto", "top1", "balanced"], labels: Tensor) -> Score:
    """Say which accuracy decides: balanced where classes are unequal, because top-1 rewards the largest.

    Args:
        setting: of the grid file; `auto` goes by the labels.
        labels: of all training images, (N,).

    Example:
        >>> import torch
        >>> deciding_score("auto", torch.tensor([0, 0, 0, 1])), deciding_score("auto", torch.tensor([0, 1]))
        ('balanced', 'top1')
    """
    if setting != "auto":
        return setting
    counts = labels.unique(return_counts=True)[1]
    return "balanced" if int(counts.max()) > UNEQUAL * int(counts.min()) else "top1"


def top1(predictions: Tensor, labels: Tensor) -> float:
    """Return the share of correct predictions.

    Example:
        >>> import torch
        >>> top1(torch.tensor([0, 1, 1]), torch.tensor([0, 1, 0])) == 2 / 3
        True
    """
    return int((predictions == labels).sum()) / len(labels)


def balanced(predictions: Tensor, labels: Tensor) -> float:
    """Return the accuracy of each class that occurs, averaged over these classes.

    Example:
        >>> import torch
        >>> balanced(torch.tensor([0, 0, 0, 0]), torch.tensor([0, 0, 0, 1]))
        0.5
    """
    present = labels.unique()
    # fsum, because a sum of rounded shares would end in meaningless digits, which the tables would show.
    return fsum(top1(predictions[labels == c], labels[labels == c]) for c in present) / len(present)


ACCURACY: Mapping[Score, Callable[[Tensor, Tensor], float]] = MappingProxyType(
    {"top1": top1, "balanced": balanced}
)
