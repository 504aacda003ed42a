"""α-ReQ: how fast the eigenvalues of the features' covariance decay."""

import torch
from torch import Tensor

from ablation.evaluate.label_free.ranks import gram
from ablation.evaluate.spectrum import spectrum

RANKS = range(6, 101)  # that reptrix fits by default: past the largest eigenvalues, before the noise
ROUNDING = 1e-12  # of the sum of squares


def alpha_req(features: Tensor) -> float | None:
    """Return α, where the k-th eigenvalue of the covariance falls as k^−α (Agrawal et al., 2022).

    As in reptrix, a library of one of the authors, log λ_k is regressed on log k over the ranks 6 to 100 (or
    as many as there are), each weighted by 1 / k (Stringer et al., 2019).

    Args:
        features: h, (N, d).

    Returns:
        α, by the paper best when near 1; None if fewer than two of these eigenvalues are not rounding errors.

    Example:
        >>> falling = torch.diag(torch.arange(1, 65, dtype=torch.float64) ** -0.5)
        >>> round(alpha_req(torch.cat([falling, -falling])), 6)
        1.0
    """
    values = spectrum(gram(features - features.mean(dim=0)))[0].flip(0)  # N times those of the covariance
    kept = int((values > ROUNDING * features.square().sum(dtype=torch.float64)).sum())
    last = min(RANKS.stop - 1, kept)
    if last <= RANKS.start:
        return None
    ranks = torch.arange(RANKS.start, last + 1, dtype=torch.float64, device=values.device)
    x, y, weight = ranks.log(), values[ranks.long() - 1].log(), 1 / ranks
    x, y = (v - (weight * v).sum() / weight.sum() for v in (x, y))
    return -float((weight * x * y).sum() / (weight * x * x).sum())
