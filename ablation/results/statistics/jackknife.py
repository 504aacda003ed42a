"""Intervals over seeds of a rank correlation, by leaving out one seed at a time."""

from collections.abc import Callable

import numpy as np

from ablation.results.statistics.intervals import CONFIDENCE
from ablation.results.types import Floats


def jackknife(seeds: Floats, rho: Callable[[Floats], float], ranked: int) -> tuple[float, float]:
    """Return a 95 % interval of a rank correlation of means over seeds: Fisher's z, with Student's t.

    Fisher's z of 1 is infinite. Spearman's ρ moves in steps of 12 / (n³ - n), so 1 stands for whatever is
    within half a step of it. The correlation is that of means over as many seeds: where things differ by less
    than seeds scatter, it is lower than that of many seeds.

    Args:
        seeds: (C, S) numbers without gaps.
        rho: of the C means over some of the seeds.
        ranked: how many things are ranked.

    Returns:
        NaN with one seed, and where leaving out any of them leaves the correlation as it is: it moves in
        steps, and that it did not move does not make it certain.

    Example:
        >>> from ablation.results.statistics.ranks import spearman
        >>> table = np.array([[0.1, 0.3, 0.1], [0.2, 0.1, 0.3], [0.4, 0.5, 0.6], [0.5, 0.4, 0.7]])
        >>> low, high = jackknife(table, lambda means: spearman(means, np.arange(4.0)), 4)
        >>> f"{low:.2f} to {high:.2f}"
        '0.00 to 0.99'
    """
    from scipy.stats import t

    n, most = seeds.shape[1], 1 - 6 / (ranked**3 - ranked)
    if n < 2:
        return float("nan"), float("nan")

    def z(chosen: Floats) -> float:
        return float(np.arctanh(np.clip(rho(chosen.mean(axis=1)), -most, most)))

    left_out = np.array([z(np.delete(seeds, seed, axis=1)) for seed in range(n)])
    if np.ptp(left_out) == 0:
        return float("nan"), float("nan")
    pseudo = n * z(seeds) - (n - 1) * left_out
    half = t.ppf((1 + CONFIDENCE) / 2, n - 1) * pseudo.std(ddof=1) / np.sqrt(n)
    return float(np.tanh(z(seeds) - half)), float(np.tanh(z(seeds) + half))
