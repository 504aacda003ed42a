"""Whether a policy is better than its floors: what needs no pretraining, or no augmentation."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from ablation.grid.layout import Pair

# What it takes to reach a floor, as part of a sentence.
WITHOUT: Mapping[str, str] = MappingProxyType(
    {
        "majority": "always naming the largest class",
        "raw-pixels": "a classifier of raw pixels",
        "color-histogram": "counting colours",
        "random-init": "the same encoder before training",
        "no-augmentation": "pretraining without augmentation",
    }
)


@dataclass(frozen=True)
class Floor:
    """A floor beside a policy: fractions of validation images; the interval of 95 % is None with one seed.

    Intervals are corrected for all cells of the grid, because the policy was chosen among them.
    """

    kind: str
    score: float
    gain: float  # of the policy over it, paired
    low: float | None
    high: float | None

    @property
    def passed(self) -> bool:
        """Whether the policy is above it, beyond chance where that is known.

        Example:
            >>> Floor("random-init", 0.38, 0.02, -0.01, 0.05).passed
            False
        """
        return (self.gain if self.low is None else self.low) > 0


def floors_below(gains: pd.DataFrame, pair: Pair, score: float) -> tuple[Floor, ...]:
    """Compare a cell with each floor that has a number.

    Args:
        gains: of `Statistics`, on validation.
        pair: the cell.
        score: its accuracy, a fraction.
    """
    found = []
    for kind in WITHOUT:
        if (kind, *pair) not in gains.index:
            continue
        row = gains.loc[[(kind, *pair)]].iloc[0]
        if np.isfinite(row["gain"]):
            known = bool(np.isfinite(row["low"]))
            low, high = (float(row["low"]), float(row["high"])) if known else (None, None)
            found.append(Floor(kind, score - float(row["gain"]), float(row["gain"]), low, high))
    return tuple(found)
