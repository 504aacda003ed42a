"""Which augmentations to pretrain with: decided on validation, never on the test split."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ablation.grid.augmentations import Step
from ablation.grid.layout import Pair
from ablation.results.findings.colors import changes_color
from ablation.results.findings.colour_trend import ColourTrend
from ablation.results.findings.floors import Floor, floors_below
from ablation.results.findings.verdict import Verdict
from ablation.results.frames.rows import by_pair
from ablation.results.metrics import LABEL_FREE
from ablation.results.numbers import cell_name
from ablation.results.statistics.grid import Statistics
from ablation.results.stored.folder import ResultsFolder


@dataclass(frozen=True)
class Choice:
    """A policy, and how good it is: accuracies are fractions, intervals of 95 % (None with one seed)."""

    name: str
    steps: tuple[Step, ...]
    score: float  # on validation
    low: float | None
    high: float | None
    below_best: float  # the gap to the best, a fraction
    gap: tuple[float, float] | None = None  # its interval, corrected for all cells
    floors: tuple[Floor, ...] = ()  # that the grid has run

    @property
    def operations(self) -> int:
        """How many operations are applied one after the other."""
        return len(self.steps)

    @property
    def stands(self) -> bool:
        """Whether it is above each of its floors."""
        return all(floor.passed for floor in self.floors)


@dataclass(frozen=True)
class Tested:
    """What a policy reaches on the test split, which had no part in choosing it; fractions."""

    name: str
    score: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Over:
    """By how much the best is better on the test split than a policy that `race.keep` names; fractions."""

    name: str
    gain: float
    low: float | None  # of its interval, corrected for all cells
    high: float | None


@dataclass(frozen=True, eq=False)
class Recommendation:
    """What a grid recommends; `simplest` is None with one seed, for then nothing is known to be as good."""

    folder: ResultsFolder
    metric: str  # the validation accuracy that it is decided by; rotation top-1 without labels
    best: Choice
    simplest: Choice | None
    alike: tuple[Choice, ...]  # not distinguishable from the best, itself first; with one seed, all
    cells: int  # that have a number
    seeds: int
    both_branches: bool  # as policies are used; a Figure 5 grid augments one
    confirmed: bool
    seconds_a_seed: float | None
    verdict: Verdict | str  # on colour as a shortcut; in words why, where there is none
    divided: bool  # some cells change colour, others do not
    tested: tuple[Tested, ...] = ()  # the best, then the simplest, if it is another
    remedies: tuple[str, ...] = ()  # what to change, where the best is not above its floors
    notes: tuple[str, ...] = ()  # what else to know: doses, classes that pay
    trend: ColourTrend | None = None  # of colour over the lengths of jobs, where there are several
    lengths: tuple[str, ...] = ()  # how the best changes with them, in words
    grown: bool = False  # whether these are the policies that `race --grow` ran
    over: tuple[Over, ...] = ()  # the policies that were kept to be compared with

    @property
    def epochs(self) -> int:
        """Of the jobs by which it is decided."""
        return self.folder.grid.pretrain.epochs

    @property
    def labelled(self) -> bool:
        """Whether it is decided by an accuracy, and not by a score that stands in for one."""
        return self.metric not in LABEL_FREE

    @property
    def colour_at_stake(self) -> bool:
        """Whether colour decides: by the verdict, or as all that may be the best hold it, or none does.

        Without labels nobody knows.
        """
        if not self.labelled:
            return False
        if isinstance(self.verdict, Verdict) and self.verdict.word in ("shortcut", "signal"):
            return True
        return self.seeds > 1 and self.divided and len({changes_color(one.steps) for one in self.alike}) == 1

    @property
    def run_longer(self) -> bool:
        """Whether longer jobs are advised first: colour is at stake in one length, or has not settled."""
        return self.colour_at_stake if self.trend is None else bool(self.trend.moves or self.trend.opposed)


def recommend_from(
    folder: ResultsFolder,
    found: Statistics,
    colour: Verdict | str,
    *,
    confirmed: bool,
    test: Statistics | None = None,
    remedies: Callable[[], tuple[str, ...]] = tuple,
    notes: tuple[str, ...] = (),
    trend: ColourTrend | None = None,
    lengths: tuple[str, ...] = (),
    grown: bool = False,
    kept: tuple[str, ...] = (),
) -> Recommendation:
    """Recommend a policy of a folder.

    The simplest is, of the cells not distinguishable from the best (corrected for their number), the one of
    the fewest operations; of equals, the one with the higher accuracy.

    Args:
        folder: of results; of what `--confirm` ran where that is compared.
        found: its statistics of validation.
        colour: the verdict on colour.
        confirmed: whether these are the policies that `--confirm` ran.
        test: its statistics of the test split, for what the policies reach there.
        remedies: says what to change; asked only where the best is not above its floors.
        notes: what else to say.
        trend: of colour over the lengths of jobs.
        lengths: how the best changes with them, in words.
        grown: whether these are the policies that `race --grow` ran.
        kept: augmentations that are compared with the best.

    Raises:
        ValueError: no cell has a validation accuracy yet.
    """
    if found.leader is None:
        raise ValueError(nothing_yet(found))
    choices = _choices(folder, found)
    alike = [choices[pair] for pair in found.not_distinguishable]
    best, several = choices[found.leader], len(found.seeds) > 1
    simplest = min(alike, key=lambda choice: (choice.operations, -choice.score)) if several else None
    names = dict.fromkeys(one.name for one in (best, simplest) if one is not None)
    return Recommendation(
        folder,
        found.metric,
        best,
        simplest,
        tuple(alike),
        len(choices),
        len(found.seeds),
        folder.grid.views.branches == "both",
        confirmed,
        found.seconds_a_seed,
        colour,
        len({changes_color(one.steps) for one in choices.values()}) > 1,
        _tested(names, test),
        () if best.stands else remedies(),
        notes,
        trend,
        lengths,
        grown,
        tuple(_over(kept, found.leader, test)),
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
        raise ValueError(nothing_yet(found))
    choices = _choices(folder, found)
    best = choices.pop(found.leader)
    return [best, *sorted(choices.values(), key=lambda choice: (-choice.score, choice.operations))]


def nothing_yet(found: Statistics) -> str:
    """Say why nothing can be chosen."""
    if found.metric not in LABEL_FREE:
        return "no cell has a validation accuracy yet"
    ran = (found.cells["n"] > 0).any()
    return "all cells collapsed, in one seed or more" if ran else "no cell has a result yet"


def _choices(folder: ResultsFolder, found: Statistics) -> dict[Pair, Choice]:
    steps = {one.name: one.steps for one in folder.grid.resolved}
    gaps = by_pair(found.best)
    choices = {}
    for pair, row in by_pair(found.cells).items():
        if not row["n"] or (found.metric in LABEL_FREE and row["state"] == "collapsed"):
            continue  # no label tells whether a job that collapsed has learnt anything
        first, second = pair
        gap = gaps[pair]
        choices[pair] = Choice(
            cell_name(pair),
            steps[first] if first == second else (*steps[first], *steps[second]),
            row["mean"],
            *_interval(row),
            gap["gap"],
            (gap["low"], gap["high"]) if np.isfinite(gap["low"]) else None,
            floors_below(found.gains, pair, row["mean"]),
        )
    return choices


def _tested(names: Iterable[str], test: Statistics | None) -> tuple[Tested, ...]:
    rows = {} if test is None else {cell_name(pair): row for pair, row in by_pair(test.cells).items()}
    return tuple(Tested(name, rows[name]["mean"], *_interval(rows[name])) for name in names if name in rows)


def _over(kept: Iterable[str], leader: Pair, test: Statistics | None) -> Iterator[Over]:
    gaps = {} if test is None else by_pair(test.best)
    for name in kept:
        gap = gaps.get((name, name))
        if gap is not None and (name, name) != leader and np.isfinite(gap["gap"]):
            yield Over(name, gap["gap"], *_interval(gap))


def _interval(row: Mapping[str, Any]) -> tuple[float | None, float | None]:
    return (row["low"], row["high"]) if np.isfinite(row["low"]) else (None, None)
