"""Which augmentations to pretrain with: decided on validation, never on the test split."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ablation.grid.augmentations import Step
from ablation.results.findings.judgement import judge
from ablation.results.findings.verdict import Verdict
from ablation.results.frames.frame import load_baselines, load_results
from ablation.results.frames.rows import Pair, by_pair
from ablation.results.numbers import cell_name
from ablation.results.statistics.grid import Statistics, statistics_of
from ablation.results.stored.folder import ResultsFolder, open_folder
from ablation.results.stored.paths import GRID

METRIC = "linear_top1_val"
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
    best: Choice
    simplest: Choice | None
    alike: int  # cells not distinguishable from the best, itself counted
    cells: int  # that have a number
    seeds: int
    both_branches: bool  # as policies are used; a Figure 5 grid augments one
    confirmed: bool
    seconds_a_seed: float | None
    verdict: Verdict | str  # on colour as a shortcut; in words why, where there is none


def recommend(folder: str | Path) -> Recommendation:
    """Recommend a policy from a results folder: the best by validation top-1, and the simplest as good.

    The simplest is, of the cells not distinguishable from the best (corrected for their number), the one of
    the fewest operations; of equals, the one with the higher accuracy. Where `--confirm` has run to its end,
    its policies are compared instead, all of them trained with both branches augmented.

    Raises:
        ResultsError: it is no results folder.
        ValueError: no cell has a validation accuracy yet.

    Example:
        `ab.recommend("results/quick").best.name`
    """
    opened = open_folder(folder)
    colour = judge(load_results(folder), load_baselines(folder)).verdict
    if (opened.path / CONFIRM / GRID).is_file():
        run = open_folder(opened.path / CONFIRM)
        found = statistics_of(run.path, METRIC)
        if _same_jobs(run, opened) and found.cells["mean"].notna().all():
            return _recommended(run, found, colour, confirmed=True)
    return _recommended(opened, statistics_of(folder, METRIC), colour, confirmed=False)


def candidates(folder: ResultsFolder) -> list[Choice]:
    """List the policies of a folder that have a validation accuracy, the best first.

    Raises:
        ValueError: there is none.
    """
    found = statistics_of(folder.path, METRIC)
    if found.leader is None:
        raise ValueError("no cell has a validation accuracy yet")
    return sorted(_choices(folder, found).values(), key=lambda choice: -choice.linear_top1_val)


def _same_jobs(one: ResultsFolder, other: ResultsFolder) -> bool:
    # A grid that was run again with other images or settings is no longer what the policies were run with.
    same_images = one.environment.fingerprint == other.environment.fingerprint
    return same_images and one.grid.data == other.grid.data and one.grid.pretrain == other.grid.pretrain


def _recommended(
    folder: ResultsFolder, found: Statistics, colour: Verdict | str, *, confirmed: bool
) -> Recommendation:
    if found.leader is None:
        raise ValueError("no cell has a validation accuracy yet")
    choices = _choices(folder, found)
    alike = [choices[pair] for pair in found.not_distinguishable]
    several = len(found.seeds) > 1
    simplest = min(alike, key=lambda choice: (choice.operations, -choice.linear_top1_val))
    return Recommendation(
        folder,
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
