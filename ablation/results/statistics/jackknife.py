"""Intervals over seeds of a rank correlation, by leaving out one seed at a time."""

from collections.abc import Callable

import numpy as np

from ablation.results.statistics.intervals import CONFIDENCE
from ablation.results.types import Floats

_ALMOST = 1 - 1e-9  # Fisher's z of 1 is infinite


def jackknife(seeds: Floats, rho: Callable[[Floats], float]) -> tuple[float, float]:
    """Return a 95 % interval of a correlation of means over seeds: Fisher's z, with Student's t.

    Args:
        seeds: (C, S) numbers without gaps.
        rho: of the C means over some of the seeds.

    Returns:
        NaN with one seed, and where leaving out any of them leaves the correlation as it is: it moves in
        steps, and that it did not move does not make it certain.

    Example:
        >>> from ablation.results.statistics.ranks import spearman
        >>> table = np.array([[0.1, 0.3, 0.1], [0.2, 0.1, 0.3], [0.4, 0.5, 0.6], [0.5, 0.4, 0.7]])
        >>> low, high = jackknife(table, lambda means: spearman(means, np.arange(4.0)))
        >>> low < 1 <= high + 1e-6
        True
    """
    from scipy.stats import t

    n = seeds.shape[1]
    if n < 2:
        return float("nan"), float("nan")

    def z(chosen: Floats) -> float:
        return float(np.arctanh(np.clip(rho(chosen.mean(axis=1)), -_ALMOST, _ALMOST)))

    left_out = np.array([z(np.delete(seeds, seed, axis=1)) for seed in range(n)])
    if np.ptp(left_out) == 0:
        return float("nan"), float("nan")
    pseudo = n * z(seeds) - (n - 1) * left_out
    half = t.ppf((1 + CONFIDENCE) / 2, n - 1) * pseudo.std(ddof=1) / np.sqrt(n)
    return float(np.tanh(z(seeds) - half)), float(np.tanh(z(seeds) + half))
