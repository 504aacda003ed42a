"""Which cell is the best: the one place where it is decided."""

from collections.abc import Sequence

import numpy as np

from ablation.results.numbers import DECIMALS
from ablation.results.statistics.additive import fit_additive
from ablation.results.types import Floats


def leading(table: Floats, operations: Sequence[int]) -> int | None:
    """Return the line with the highest mean over seeds; None where there is no number.

    A line that lacks a seed is corrected for it (`fit_additive`), so that a cell is not the best because it
    was run with a lucky seed only. Of lines that are equal, the one with the fewest operations is taken, and
    of these the first.

    Args:
        table: (C, S) accuracies of cells by seeds, NaN for a gap.
        operations: (C,) how many operations each cell applies.

    Example:
        >>> leading(np.array([[0.5, 0.6], [0.4, 0.7], [0.2, np.nan]]), [2, 1, 1])
        1
        >>> leading(np.array([[np.nan]]), [1]) is None
        True
    """
    if not table.size:
        return None
    whole = bool(np.isfinite(table).all())
    means = table.mean(axis=1) if whole else fit_additive(table).means
    known = [i for i, mean in enumerate(means) if np.isfinite(mean)]
    return min(known, key=lambda i: (-round(float(means[i]), DECIMALS), operations[i], i), default=None)
