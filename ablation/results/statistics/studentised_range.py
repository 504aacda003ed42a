"""How far the best and the worst of many means lie apart by chance: the studentised range."""

from functools import lru_cache

import numpy as np

from ablation.results.types import Floats

_MOST = 1e6  # degrees of freedom: as good as infinitely many
_REACH = 8.0  # standard deviations


def range_exceeds(q: Floats, means: int, freedom: Floats) -> Floats:
    """Return the probability that the studentised range of independent means exceeds q.

    It is `scipy.stats.studentized_range.sf` to within 0.001, by quadrature of many values at once: SciPy
    takes 15 ms for each, and a grid asks for hundreds. Source: Tukey's honestly significant difference;
    Lund and Lund (1983), algorithm AS 190.

    Args:
        q: range divided by the standard error of one mean, ≥ 0.
        means: how many there are, at least 2.
        freedom: degrees of freedom of the standard error, at least 1; of the shape of `q`.

    Example:
        >>> range_exceeds(np.array([3.314]), 3, np.array([1e9])).round(3).tolist()
        [0.05]
    """
    from scipy.special import ndtr

    z, density = _normal()
    scale, weight = _scales(np.minimum(freedom, _MOST))
    within = ndtr(z) - ndtr(z - (q[:, None] * scale)[..., None])  # (n, u, z)
    below = means * (within ** (means - 1) @ density)
    exceeds: Floats = np.clip(1 - below @ weight, 0.0, 1.0)
    return exceeds


def range_quantile(level: float, means: int, freedom: Floats) -> Floats:
    """Return what the studentised range exceeds in a share `level` of cases; arguments as `range_exceeds`.

    Example:
        >>> range_quantile(0.05, 3, np.array([10.0])).round(2).tolist()
        [3.88]
    """
    from scipy.special import stdtrit

    distinct, which = np.unique(np.minimum(freedom, _MOST), return_inverse=True)
    low, high = (
        np.zeros(len(distinct)),
        -np.sqrt(2) * stdtrit(distinct, level / (means * (means - 1))),
    )  # Bonferroni's
    for _ in range(26):
        middle = (low + high) / 2
        over = range_exceeds(middle, means, distinct) > level
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    quantile: Floats = ((low + high) / 2)[which]
    return quantile


@lru_cache(maxsize=1)
def _normal() -> tuple[Floats, Floats]:
    nodes, weights = _legendre(96)
    z = _REACH * nodes
    return z, _REACH * weights * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


@lru_cache(maxsize=2)
def _legendre(count: int) -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(count)


def _scales(freedom: Floats) -> tuple[Floats, Floats]:
    # Quantiles of chi / sqrt(freedom), so that no density has to be followed as it narrows: (n, u), (u,).
    from scipy.special import gammaincinv

    nodes, weights = _legendre(32)
    half = freedom[:, None] / 2
    return np.sqrt(gammaincinv(half, (nodes + 1) / 2) / half), weights / 2
