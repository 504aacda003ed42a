"""From predictions and labels to accuracy, plain and balanced, and which of the two decides."""

from collections.abc import Callable, Mapping
from math import fsum
from types import MappingProxyType

from torch import Tensor, float64

from ablation.results.metrics import Score


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


def weights(labels: Tensor, score: Score) -> Tensor:
    """Return what each image counts in an accuracy, (N,) float64; they sum to 1.

    Example:
        >>> import torch
        >>> weights(torch.tensor([0, 0, 0, 1]), "balanced")
        tensor([0.1667, 0.1667, 0.1667, 0.5000], dtype=torch.float64)
    """
    if score == "top1":
        return labels.new_full(labels.shape, 1 / len(labels), dtype=float64)
    _, place, sizes = labels.unique(return_inverse=True, return_counts=True)
    weight: Tensor = 1 / (len(sizes) * sizes.double())
    return weight[place]


ACCURACY: Mapping[Score, Callable[[Tensor, Tensor], float]] = MappingProxyType(
    {"top1": top1, "balanced": balanced}
)
