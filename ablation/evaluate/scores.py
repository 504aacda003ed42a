"""Predictions and labels to accuracy, plain and balanced."""

from math import fsum

from torch import Tensor


def top1(predictions: Tensor, labels: Tensor) -> float:
    """Return the share of right predictions.

    Example:
        >>> import torch
        >>> top1(torch.tensor([0, 1, 1]), torch.tensor([0, 1, 0])) == 2 / 3
        True
    """
    return int((predictions == labels).sum()) / len(labels)


def balanced(predictions: Tensor, labels: Tensor) -> float:
    """Return the mean over the classes that occur of the share of each that is right.

    Example:
        >>> import torch
        >>> balanced(torch.tensor([0, 0, 0, 0]), torch.tensor([0, 0, 0, 1]))
        0.5
    """
    present = labels.unique()
    # fsum: a sum of rounded shares would end in digits that mean nothing, and that the tables would show.
    return fsum(top1(predictions[labels == c], labels[labels == c]) for c in present) / len(present)
