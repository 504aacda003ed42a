"""Which augmentations to pretrain with: decided on validation, never on the test split."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablation.grid.augmentations import Step
from ablation.grid.layout import Pair
from ablation.results.findings.verdict import Verdict
from ablation.results.frames.rows import by_pair
from ablation.results.numbers import cell_name
from ablation.results.statistics.grid import Statistics
from ablation.results.stored.folder import ResultsFolder

CONFIRM = "confirm"  # the folder, within a results folder, of what `recommend --confirm` ran


@dataclass(frozen=True)
class Choice:
    """A policy, and how good it is: accuracies are fractions, intervals of 95 % (None with one seed)."""

    name: str
    steps: tuple[Step, ...]
    linear_top1_val: float
    low: float | None
    high: float | None
    below_best: float  # the gap to the best, a fraction
    gain: float | None  # over training without augmentation; None where the grid has not run that

    @property
    def operations(self) -> int:
        """How many operations are applied one after the other."""
        return len(self.steps)


@dataclass(frozen=True, eq=False)
class Recommendation:
    """What a grid recommends; `simplest` is None with one seed, for then nothing is known to be as good."""

    folder: ResultsFolder
    metric: str  # the validation accuracy that it is decided by
    best: Choice
    simplest: Choice | None
    alike: int  # cells not distinguishable from the best, itself counted
    cells: int  # that have a number
    seeds: int
    both_branches: bool  # as policies are used; a Figure 5 grid augments one
    confirmed: bool
    seconds_a_seed: float | None
    verdict: Verdict | str  # on colour as a shortcut; in words why, where there is none


def recommend_from(
    folder: ResultsFolder, found: Statistics, colour: Verdict | str, *, confirmed: bool
) -> Recommendation:
    """Recommend a policy of a folder.

    The simplest is, of the cells not distinguishable from the best (corrected for their number), the one of
    the fewest operations; of equals, the one with the higher accuracy.

    Args:
        folder: of results; of what `--confirm` ran where that is compared.
        found: its statistics of validation.
        colour: the verdict on colour.
        confirmed: whether these are the policies that `--confirm` ran.

    Raises:
        ValueError: no cell has a validation accuracy yet.
    """
    if found.leader is None:
        raise ValueError("no cell has a validation accuracy yet")
    choices = _choices(folder, found)
    alike = [choices[pair] for pair in found.not_distinguishable]
    several = len(found.seeds) > 1
    simplest = min(alike, key=lambda choice: (choice.operations, -choice.linear_top1_val))
    return Recommendation(
        folder,
        found.metric,
        choices[found.leader],
        simplest if several else None,
        len(alike),
        len(choices),
        len(found.seeds),
        folder.grid.views.branches == "both",
        confirmed,
        found.seconds_a_seed,
        colour,
    )


def candidates(folder: ResultsFolder, found: Statistics) -> list[Choice]:
    """List the policies of a folder that have a validation accuracy, the best first.

    Args:
        folder: of results.
        found: its statistics of validation.

    Raises:
        ValueError: there is none.
    """
    if found.leader is None:
        raise ValueError("no cell has a validation accuracy yet")
    return sorted(_choices(folder, found).values(), key=lambda choice: -choice.linear_top1_val)


def same_jobs(one: ResultsFolder, other: ResultsFolder) -> bool:
    """Whether two folders pretrain alike: a grid that was run again may have other images or settings."""
    same_images = one.environment.fingerprint == other.environment.fingerprint
    return same_images and one.grid.data == other.grid.data and one.grid.pretrain == other.grid.pretrain


def _choices(folder: ResultsFolder, found: Statistics) -> dict[Pair, Choice]:
    steps = {one.name: one.steps for one in folder.grid.resolved}
    gaps = by_pair(found.best)
    gains = _gains(found.gains)
    choices = {}
    for pair, row in by_pair(found.cells).items():
        if not row["n"]:
            continue
        first, second = pair
        choices[pair] = Choice(
            cell_name(pair),
            steps[first] if first == second else (*steps[first], *steps[second]),
            row["mean"],
            row["low"] if np.isfinite(row["low"]) else None,
            row["high"] if np.isfinite(row["high"]) else None,
            gaps[pair]["gap"],
            gains.get(pair),
        )
    return choices


def _gains(gains: pd.DataFrame) -> dict[Pair, float]:
    rows = zip(gains.index, gains["gain"], strict=True)
    return {(a, b): gain for (kind, a, b), gain in rows if kind == "no-augmentation" and np.isfinite(gain)}
