"""How far probes rank the cells as linear evaluation on all labels does, and which cells move."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ablation.results.frames.rows import named
from ablation.results.metrics import reported
from ablation.results.numbers import cell_name, written
from ablation.results.statistics.jackknife import jackknife
from ablation.results.statistics.ranks import spearman
from ablation.words import listed

FEWEST = 5  # cells: of fewer, not even equal orders would be unlikely by chance (2 of 4! = 24)
_MOVED = 3  # cells that are named


@dataclass(frozen=True)
class ProbeRanks:
    """Spearman's ρ between a probe and linear evaluation on all labels, and the means that it compares."""

    column: str  # the probe, and the share of the labels
    means: pd.DataFrame  # over seeds; a row a cell, columns `linear` and `probe`, in fractions
    rho: float
    low: float  # 95 %, jackknife over seeds; NaN with few of them
    high: float

    @property
    def ranks(self) -> pd.DataFrame:
        """Ranks of the cells, 1 for the best; ties share theirs."""
        return self.means.rank(ascending=False)

    @property
    def number(self) -> str:
        """ρ, with its interval where there is one."""
        return written(self.rho, ".2f") + ("" if np.isnan(self.low) else f" ({self._ends})")

    @property
    def words(self) -> str:
        """The number, and which cells move most."""
        known = not np.isnan(self.low)
        interval = f" (95 % over seeds {self._ends})" if known else ""
        return (
            f"{self.column[0].upper()}{self.column[1:]}: Spearman's ρ with linear evaluation on all labels "
            f"is {written(self.rho, '.2f')}{interval} over {len(self.means)} cells{_moved(self.ranks)}."
        )

    @property
    def _ends(self) -> str:
        return f"{written(self.low, '.2f')} to {written(self.high, '.2f')}"


def probe_ranks(lines: pd.DataFrame, results: pd.DataFrame) -> Iterator[ProbeRanks]:
    """Compare the ranks of the cells under each probe with those of linear evaluation on all labels.

    Args:
        lines: from `scored_probes`.
        results: from `load_results`.

    Yields:
        One for each probe and share of the labels that has five cells or more.
    """
    metric, plain = reported(results.attrs), named(results)
    pairs = zip(plain["first"], plain["second"], strict=True)
    cells = plain.assign(cell=[cell_name(pair) for pair in pairs])
    linear = cells.pivot_table(metric, "cell", "seed").dropna()
    for column in dict.fromkeys(lines["column"]):
        of_cells = lines[(lines["column"] == column) & lines["first"].notna()]
        probe = of_cells.pivot_table("score", "cell", "seed")
        both = linear.index.intersection(probe.dropna().index)
        seeds = linear.columns.intersection(probe.columns)
        if len(both) < FEWEST or seeds.empty:
            continue
        one, other = (table.loc[both, seeds].to_numpy(float) for table in (linear, probe))
        means = pd.DataFrame({"linear": one.mean(axis=1), "probe": other.mean(axis=1)}, both)
        if np.isnan(rho := _of_halves(means.to_numpy().T.ravel())):
            continue
        low, high = jackknife(np.vstack([one, other]), _of_halves, len(both))
        yield ProbeRanks(str(column), means, rho, low, high)


def _of_halves(means: NDArray[np.floating]) -> float:
    return spearman(*np.split(means, 2))


def _moved(ranks: pd.DataFrame) -> str:
    apart = (ranks["linear"] - ranks["probe"]).abs().sort_values(ascending=False, kind="stable")
    top = [str(name) for name in apart[apart >= 1].index[:_MOVED]]
    told = [
        f"{name} (rank {cast(float, ranks['linear'][name]):g} to {cast(float, ranks['probe'][name]):g})"
        for name in top
    ]
    return f"; most moved: {listed(told)}" if told else ""
