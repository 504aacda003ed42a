"""Variances of few seeds, each made surer by those of its like: empirical Bayes, as in limma."""

from dataclasses import dataclass

import numpy as np

from ablation.results.types import Floats

_OUTLYING = 0.05  # of an F test of one variance against all
_LEAST = 1e-4  # of the median variance: accuracies come in steps, so three seeds may agree exactly
_ROUNDING, _TINY = (
    1e-18,
    1e-200,
)  # of the largest variance, and of any: below, it is rounding, or has no square


@dataclass(frozen=True)
class Moderated:
    """Variances after moderation, and their degrees of freedom then; NaN and 0 where there are none."""

    variances: Floats
    freedom: Floats
    pooled: float  # mean square of all
    total: float  # degrees of freedom of all together
    prior_freedom: float  # infinite where they do not differ by more than chance: then all are the pooled one


def moderate(variances: Floats, freedom: Floats) -> Moderated:
    """Shrink sample variances towards what they have in common, as far as they are alike.

    Variances are taken to be drawn from a scaled inverse chi-squared distribution, which is fitted to their
    logarithms by moments; each is then the mean of its own and the common one, weighted by degrees of
    freedom. Two degrees of freedom a cell, as of three seeds, so become those of a t-test with some power,
    while a cell that spreads more keeps a wider interval. Source: Smyth (2004), "Linear models and empirical
    Bayes methods for assessing differential expression in microarray experiments". Two departures, without
    which a few cells that spread much are found to differ too often (docs/statistics.md): the common variance
    is no less than the mean square, and a variance above it by more than chance is not shrunk at all (as do
    Phipson et al. 2016, "Robust hyperparameter estimation protects against hypervariable genes").

    Args:
        variances: (K,) sample variances, of anything alike.
        freedom: (K,) their degrees of freedom, which need not be whole; 0 where there is no variance.

    Example:
        >>> moderated = moderate(np.array([1.0, 1.2, 0.9, 1.1]), np.full(4, 2.0))
        >>> moderated.variances.round(2).tolist(), moderated.freedom.tolist()
        ([1.05, 1.05, 1.05, 1.05], [8.0, 8.0, 8.0, 8.0])
        >>> moderate(np.array([0.01, 1.0, 100.0, 1.0]), np.full(4, 9.0)).variances.round(1).tolist()
        [1.5, 2.4, 100.0, 2.4]
    """
    from scipy.special import fdtri

    known = freedom > 1e-9
    total = float(freedom[known].sum())
    if not known.any():
        return Moderated(np.full(len(variances), np.nan), np.zeros(len(variances)), float("nan"), 0.0, 0.0)
    least = max(_ROUNDING * float(variances[known].max()), _TINY)
    variances = np.where(variances < least, 0.0, variances)
    pooled = float(freedom[known] @ variances[known] / total)
    prior, prior_freedom = _prior(variances[known], freedom[known], pooled)
    own = np.where(known, freedom, 0.0)
    if np.isinf(prior_freedom):
        moderated = np.full(len(variances), pooled)
    else:
        moderated = (prior_freedom * prior + own * np.where(known, variances, 0.0)) / (prior_freedom + own)
    outlying = known & (variances > pooled * fdtri(np.where(known, freedom, 1.0), total, 1 - _OUTLYING))
    moderated = np.where(outlying, np.maximum(moderated, variances), moderated)
    # No more than all have together (limma): the common part was measured too.
    return Moderated(moderated, np.minimum(prior_freedom + own, total), pooled, total, prior_freedom)


def satterthwaite(parts: Floats, freedom: Floats, total: float) -> Floats:
    """Return the degrees of freedom of sums of moderated variances: (K, C) parts of K sums -> (K,).

    Args:
        parts: what is summed.
        freedom: the parts' degrees of freedom, (C,) or (K, C).
        total: of all variances together. No sum has more: moderated variances share what is common.

    Example:
        >>> satterthwaite(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([4.0, 4.0]), total=6.0).tolist()
        [6.0, 4.0]
    """
    freedom = np.maximum(freedom, 1e-9)
    with np.errstate(invalid="ignore", divide="ignore"):
        squares = (parts**2 / freedom).sum(1)
        ratio = np.where(squares > 0, parts.sum(1) ** 2 / squares, np.inf)
    return np.minimum(ratio, total)


def _prior(variances: Floats, freedom: Floats, pooled: float) -> tuple[float, float]:
    # Common variance and its degrees of freedom, by mean and variance of the logarithms (Smyth, section 6.2).
    from scipy.special import digamma, polygamma

    if len(variances) < 3 or pooled == 0:
        return pooled, float("inf")
    floored = np.maximum(variances, _LEAST * (np.median(variances) or pooled))
    logs = np.log(floored) - digamma(freedom / 2) + np.log(freedom / 2)
    excess = float(logs.var(ddof=1) - polygamma(1, freedom / 2).mean())
    if excess <= 0:
        return pooled, float("inf")
    prior_freedom = 2 * _trigamma_inverse(excess)
    center = float(logs.mean() + digamma(prior_freedom / 2) - np.log(prior_freedom / 2))
    return max(float(np.exp(center)), pooled), prior_freedom


def _trigamma_inverse(value: float) -> float:
    # Newton's method on 1 / trigamma, which is nearly a line (Smyth, appendix).
    from scipy.special import polygamma

    if value > 1e7:
        return float(value**-0.5)
    if value < 1e-6:
        return 1 / value
    x = 0.5 + 1 / value
    for _ in range(50):
        trigamma = float(polygamma(1, x))
        step = trigamma * (1 - trigamma / value) / float(polygamma(2, x))
        x += step
        if -step / x < 1e-10:
            break
    return x
