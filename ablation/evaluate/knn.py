"""k nearest neighbours in h, by cosine."""

import torch
import torch.nn.functional as F
from torch import Tensor

BLOCK = 1024  # most queries at once
SCORES = 2**22  # most scores in a block: 16 MB


def knn_predict(
    bank: Tensor,
    labels: Tensor,
    queries: Tensor,
    classes: int,
    temperature: float = 0.1,
    rows: Tensor | None = None,
) -> Tensor:
    """Predict classes by votes of the k nearest neighbours, each weighted by exp(cosine / temperature).

    Args:
        bank: training features, (M, d); k is min(200, V // 50), at least 1, if V of them vote.
        labels: their classes, (M,).
        queries: features to classify, (N, d).
        classes: number of classes.
        temperature: temperature of the votes (Wu et al., 2018).
        rows: rows of the bank that vote; by default all.

    Returns:
        Classes, (N,).

    Example:
        >>> bank = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
        >>> knn_predict(bank, torch.tensor([0, 1]), torch.tensor([[2.0, 0.1]]), classes=2).tolist()
        [0]
    """
    if rows is None:
        unit = F.normalize(bank, dim=1)
    else:
        unit, labels = bank[rows], labels[rows]
        F.normalize(unit, dim=1, out=unit)  # in place: it is a copy already
    k = max(1, min(200, len(unit) // 50))
    predictions = []
    blocks = queries.split(max(1, min(BLOCK, SCORES // len(unit))))
    # If allocated for each block, they would be scattered over the heap and stay there.
    scores = unit.new_empty(len(blocks[0]), len(unit))
    for block in blocks:
        torch.mm(F.normalize(block, dim=1), unit.T, out=scores[: len(block)])
        cosine, neighbours = scores[: len(block)].topk(k, dim=1)  # (B, k)
        votes = torch.zeros(len(block), classes, device=bank.device)
        # Subtracting the largest cosine changes no vote's share and keeps exp in range at low temperature.
        weights = ((cosine - cosine[:, :1]) / temperature).exp()
        votes.scatter_add_(1, labels[neighbours], weights)
        predictions.append(votes.argmax(dim=1))
    return torch.cat(predictions)


def nearest(h: Tensor, queries: Tensor, k: int = 5) -> Tensor:
    """Return the k nearest neighbours, by cosine, of some rows of h among the other rows.

    Args:
        h: features, (N, d).
        queries: row indices, (Q,).
        k: how many neighbours; fewer than N.

    Returns:
        Row indices, nearest first, (Q, k).

    Example:
        >>> h = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
        >>> nearest(h, torch.tensor([0]), k=1).tolist()
        [[1]]
    """
    unit = F.normalize(h, dim=1)
    cosine = unit[queries] @ unit.T  # (Q, N)
    cosine[torch.arange(len(queries), device=h.device), queries] = -torch.inf
    return cosine.topk(min(k, len(h) - 1), dim=1).indices
