"""RankMe: how many dimensions features fill; and the entropy that LiDAR shares with it."""

import torch
from torch import Tensor

from ablation.evaluate.spectrum import spectrum

EPSILON = 1e-7  # both papers' smoothing
ROWS = 1024  # at a time, because a float64 copy of all features would set a job's peak memory


def rankme(features: Tensor) -> float:
    """Return RankMe: the exponential of the entropy of the normalised singular values, uncentred.

    With p_k = σ_k / ‖σ‖₁ + 1e-7, it is exp(−Σ p_k log p_k) (Garrido et al., 2023).

    Args:
        features: h or z, (N, d); the paper takes 25,600 of them.

    Returns:
        About 1 for features of one direction, about min(N, d) for features that fill the space evenly.

    Example:
        >>> round(rankme(torch.eye(8)), 3)
        8.0
    """
    return effective(spectrum(gram(features))[0].sqrt())


def effective(values: Tensor) -> float:
    """Return exp(−Σ p log p) with p = value / sum + 1e-7, of values of 0 or more that are not all 0.

    Example:
        >>> round(effective(torch.tensor([1.0, 1.0, 0.0])), 3)
        2.0
    """
    p = values / values.sum() + EPSILON
    return float(torch.special.entr(p).sum().exp())


def gram(features: Tensor) -> Tensor:
    """Return the smaller of the two products of features (N, d) with themselves, in float64.

    Its eigenvalues are the squared singular values.
    """
    x = features if features.shape[1] <= len(features) else features.T
    total = x.new_zeros(x.shape[1], x.shape[1], dtype=torch.float64)
    for block in x.split(ROWS):
        wide = block.double()
        total.addmm_(wide.T, wide)
    return total
