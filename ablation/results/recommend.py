"""Which augmentations to pretrain with: decided on validation, never on the test split."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ablation.grid.augmentations import Step
from ablation.results.folder import ResultsFolder, open_folder
from ablation.results.frame import baselines_frame, load_records, results_frame
from ablation.results.images import correct_frame
from ablation.results.rows import Pair, by_pair, label
from ablation.results.statistics import Statistics, statistics
from ablation.results.verdict import Verdict, verdict

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
    own = _judged(opened)
    confirm = opened.path / CONFIRM
    if (confirm / "grid.toml").is_file():
        run = open_folder(confirm)
        found = _statistics(run)
        if found.leader is not None and found.cells["mean"].notna().all():
            return _recommended(run, found, own, confirmed=True)
    found = _statistics(opened)
    return _recommended(opened, found, own, confirmed=False)


def candidates(folder: ResultsFolder) -> list[Choice]:
    """List the policies of a folder that have a validation accuracy, the best first.

    Raises:
        ValueError: there is none.
    """
    found = _statistics(folder)
    if found.leader is None:
        raise ValueError("no cell has a validation accuracy yet")
    return sorted(_choices(folder, found).values(), key=lambda choice: -choice.linear_top1_val)


def _statistics(folder: ResultsFolder) -> Statistics:
    records = load_records(folder)
    results, baselines = results_frame(folder, records), baselines_frame(folder, records)
    return statistics(results, baselines, correct_frame(folder, records, METRIC), METRIC)


def _judged(folder: ResultsFolder) -> Verdict | str:
    records = load_records(folder)
    try:
        return verdict(results_frame(folder, records), baselines_frame(folder, records))
    except ValueError as error:
        return str(error)


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
            label(pair),
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
