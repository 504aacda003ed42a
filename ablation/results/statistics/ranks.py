"""Rank correlation: ranks with ties, and Spearman's rho."""

import numpy as np

from ablation.results.types import Floats


def ranks(values: Floats) -> Floats:
    """Rank values from 1; equal ones share the mean of their ranks.

    Example:
        >>> ranks(np.array([0.3, 0.1, 0.3])).tolist()
        [2.5, 1.0, 2.5]
    """
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    shared: Floats = (np.cumsum(counts) - (counts - 1) / 2)[which]
    return shared


def spearman(one: Floats, other: Floats) -> float:
    """Return Spearman's rank correlation; NaN of fewer than three values, or where one side is all alike.

    Example:
        >>> round(spearman(np.array([0.1, 0.2, 0.4]), np.array([1.0, 3.0, 9.0])), 6)
        1.0
    """
    if len(one) < 3:
        return float("nan")
    return float(np.clip(standardized(ranks(one)) @ standardized(ranks(other)), -1, 1))


def standardized(values: Floats) -> Floats:
    """Center values and scale them to length 1, so that the correlation of two is their product.

    Example:
        >>> standardized(np.array([1.0, 3.0])).round(3).tolist()
        [-0.707, 0.707]
    """
    centered = values - values.mean()
    with np.errstate(invalid="ignore"):
        unit: Floats = centered / np.linalg.norm(centered)
    return unit
