"""How sure a mean over seeds is."""

from collections.abc import Sequence
from math import cos, pi, sin, sqrt, tan
from statistics import fmean, stdev

CONFIDENCE = 0.95


def mean_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95 % t interval of the mean of independent values, None of fewer than two.

    Example:
        >>> low, high = mean_interval([0.1, 0.2, 0.3])
        >>> f"{low:.3f} to {high:.3f}"
        '-0.048 to 0.448'
    """
    if len(values) < 2:
        return None
    half = t_quantile(len(values) - 1) * stdev(values) / sqrt(len(values))
    return fmean(values) - half, fmean(values) + half


def t_quantile(freedom: int) -> float:
    """Return what the absolute value of Student's t stays below in 95 % of cases.

    By bisection of the closed form for whole degrees of freedom (Abramowitz and Stegun 26.7.3, 26.7.4).
    SciPy's value differs in its last digits, and from version to version; `shortcut.json` holds every digit
    and must be the same bytes wherever it is written.

    Example:
        >>> f"{t_quantile(1):.3f} {t_quantile(2):.3f}"
        '12.706 4.303'
    """
    odd = freedom % 2

    def below(angle: float) -> float:
        term = total = 1.0 if freedom > 1 else 0.0
        for k in range(1, freedom // 2):
            term *= cos(angle) ** 2 * (2 * k - 1 + odd) / (2 * k + odd)
            total += term
        return 2 / pi * (angle + sin(angle) * cos(angle) * total) if odd else sin(angle) * total

    low, high = 0.0, pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) < CONFIDENCE else (low, middle)
    return sqrt(freedom) * tan(low)
