"""Which cells of a race run longer: those most likely to be the best after the longest jobs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ablation.results.numbers import DECIMALS
from ablation.results.statistics.intervals import CONFIDENCE
from ablation.results.statistics.leader import leading
from ablation.results.statistics.paired import Images, gaps_to_line
from ablation.results.statistics.ranks import spearman
from ablation.results.statistics.studentised_range import range_quantile
from ablation.results.types import Floats

# What the ranks of jobs of one or two epochs were worth, and what that weighs, in cells: docs/race.md.
_PRIOR_RHO, _PRIOR_CELLS = 0.8, 4
Bools = NDArray[np.bool_]
_SURE = 1.645  # one-sided 95 %


@dataclass(frozen=True)
class Rung:
    """The cells of a race at one number of epochs."""

    epochs: int
    table: Floats  # (C, S) validation accuracies of all C cells; NaN for those that are not on this rung
    images: Images  # variance over images of contrasts of the C cells


@dataclass(frozen=True, eq=False)
class Judged:
    """What the last of some rungs says of each of C cells; NaN for those that are not on it."""

    leader: int
    gaps: Floats  # (C,) to the leader, fractions
    closed: Floats  # (C,) how much smaller the gap is than one rung before; NaN on the first
    margins: Floats  # (C,) what chance, and what ranks change from rung to rung, may add to a gap or take off
    possible: Bools  # (C,) not credibly worse than the best, at the end
    closing: Bools  # (C,) on the way to overtake the leader
    rho: float  # rank correlation from rung to rung so far

    def stay(
        self, most: int, wanted: Sequence[Collection[int]] = (), always: Collection[int] = ()
    ) -> list[int]:
        """Choose the cells that run longer, the best first.

        Every place is taken, if need be by cells that are credibly not the best: the race costs no more than
        it may, and what looks certain on a short rung has been wrong.

        Args:
            most: how many stay; cells on the way to overtake the leader stay beyond it.
            wanted: groups of cells that get the places after the best two, each if there are places for all
                that it holds, the first before the others.
            always: cells that stay in any case, and take no place.
        """
        known = np.flatnonzero(np.isfinite(self.gaps))
        every = sorted(map(int, known), key=lambda i: (self.gaps[i], i != self.leader, i))
        order = [i for i in every if i not in always]
        kept = order[: min(2, most)]
        for group in wanted:
            others = [i for i in order if i in group and i not in kept]
            if len(kept) + len(others) <= most:
                kept += others
        kept += [i for i in order if i not in kept][: most - len(kept)]
        return [i for i in every if i in kept or i in always or self.closing[i]]


def judge_rung(rungs: Sequence[Rung], longest: int, operations: Sequence[int]) -> Judged:
    """Judge the cells of the last rung: which of them may be the best after the longest jobs?

    Gaps to the leader are paired over seeds, with simultaneous intervals (studentised range). They are
    widened by what ranks change from rung to rung: a score predicts another whose ranks correlate with it by
    ρ up to sqrt(1 − ρ²) of the spread of the cells. A cell is `closing` if its gap has become smaller since
    the rung before by more than chance (one-sided, 5 %), and, if that goes on with the logarithm of the
    epochs, is gone at the last rung. With one seed there are no intervals: all cells are possible, none is
    closing.

    Args:
        rungs: those run so far, the shortest first.
        longest: epochs of the longest jobs.
        operations: (C,) how many each cell applies, which decides between equals.

    Raises:
        ValueError: no cell has a number.

    Example:
        >>> table = np.array([[0.50, 0.51, 0.52], [0.49, 0.51, 0.53], [0.20, 0.21, 0.22]])
        >>> rung = Rung(2, table, lambda weights: np.zeros(len(weights)))
        >>> judged = judge_rung([rung], 32, operations=[1, 1, 2])
        >>> judged.leader, judged.gaps.round(2).tolist(), judged.stay(most=2)
        (0, [0.0, 0.0, 0.3], [0, 1])
    """
    now = rungs[-1]
    on = np.flatnonzero(np.isfinite(now.table).any(axis=1))
    means = np.nanmean(now.table[on], axis=1)
    leader = leading(now.table[on], [operations[int(i)] for i in on])
    if leader is None:
        raise ValueError("no cell has a number")
    found = gaps_to_line(now.table[on], leader, _part(now, on))
    gaps = np.maximum(found.numbers.round(DECIMALS), 0.0)  # equals may differ by rounding
    error = np.sqrt(found.variance)
    freedom = np.where(np.isfinite(found.total_freedom), np.maximum(found.total_freedom, 1.0), 1.0)
    chance = range_quantile(1 - CONFIDENCE, max(len(on), 2), freedom) / np.sqrt(2) * error
    rho = _rank_correlation(rungs)
    drift = np.nanstd(means, ddof=1) * np.sqrt(2 * (1 - max(rho, 0.0) ** 2)) if len(on) > 1 else 0.0
    margins = np.hypot(np.nan_to_num(chance, nan=np.inf), _SURE * drift)
    closed, closing = np.full(len(on), np.nan), np.zeros(len(on), bool)
    if len(rungs) > 1:
        before = rungs[-2]
        earlier = gaps_to_line(before.table[on], leader, _part(before, on))
        left = np.log(longest / now.epochs) / np.log(now.epochs / before.epochs)  # steps as the last one
        closed = earlier.numbers - gaps
        sure = closed > _SURE * np.sqrt(found.variance + earlier.variance)
        closing = sure & (gaps - closed * left <= 0)
    every = len(now.table)
    return Judged(
        int(on[leader]),
        _spread(gaps, on, every),
        _spread(closed, on, every),
        _spread(margins, on, every),
        _spread((gaps - margins <= 0).astype(float), on, every) == 1,
        _spread(closing.astype(float), on, every) == 1,
        rho,
    )


def _rank_correlation(rungs: Sequence[Rung]) -> float:
    # Fisher's z, so that a few cells that happen to agree do not make ranks certain.
    z, weight = _PRIOR_CELLS * np.arctanh(_PRIOR_RHO), float(_PRIOR_CELLS)
    for one, other in pairwise(rungs):
        a, b = one.table.mean(axis=1), other.table.mean(axis=1)
        both = np.isfinite(a) & np.isfinite(b)
        cells = int(both.sum())
        rho = spearman(a[both], b[both])
        if cells > 3 and np.isfinite(rho):
            z += (cells - 3) * np.arctanh(np.clip(rho, -0.99, 0.99))
            weight += cells - 3
    return float(np.tanh(z / weight))


def _part(rung: Rung, on: NDArray[np.intp]) -> Images:
    def images(weights: Floats) -> Floats:
        every = np.zeros((len(weights), len(rung.table)))
        every[:, on] = weights
        return rung.images(every)

    return images


def _spread(values: Floats, on: NDArray[np.intp], every: int) -> Floats:
    spread = np.full(every, np.nan)
    spread[on] = values
    return spread
