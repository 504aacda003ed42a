"""What a grid's numbers say: means with intervals, what differs from the best, effects, gains over floors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from ablation.grid.layout import Pair
from ablation.results.frames.gaps import gaps_of
from ablation.results.frames.means import cell_means, operations
from ablation.results.metrics import LABEL_FREE, accuracy, reported
from ablation.results.statistics.additive import fit_additive
from ablation.results.statistics.effects import Effects, main_effects, order_effects
from ablation.results.statistics.estimates import tabulate
from ablation.results.statistics.intervals import CONFIDENCE
from ablation.results.statistics.leader import leading
from ablation.results.statistics.paired import contrasts_over_seeds, gaps_to_line, means_over_seeds
from ablation.results.statistics.score_tables import ScoreTables, score_tables
from ablation.results.types import Floats


@dataclass(frozen=True)
class Spread:
    """Standard deviations behind the intervals, as fractions; NaN where not known."""

    seeds: float  # of what all cells of a seed share; it drops out of differences
    residual: float  # of a cell over seeds, once that is gone
    images: float  # of a score over draws of as many images: the root mean square over cells


@dataclass(frozen=True)
class Chosen:
    """The best cell, and those that may be as good, itself first; with one seed all that have a number."""

    metric: str  # the accuracy by which it was chosen
    cell: Pair
    alike: tuple[Pair, ...]


@dataclass(frozen=True, eq=False)
class Statistics:
    """Statistics of one grid and one accuracy; every frame has `se_seeds` and `se_images` apart.

    `low` and `high` are 95 % intervals over other seeds and, where `covers_images`, other images of the same
    kind. With one seed they are NaN, and so are `p` and `distinguishable`: nobody knows.
    """

    metric: str
    seeds: tuple[int, ...]  # that have a number
    covers_images: bool
    cells: pd.DataFrame  # (first, second): mean, sd, n, state; each interval by itself
    rows: pd.DataFrame  # first: mean, sd, n; each interval by itself
    chosen: Chosen | None  # by this accuracy or another; None where no cell has a number
    best: pd.DataFrame  # (first, second): gap to the chosen cell, p, distinguishable; for all gaps at once
    orders: pd.DataFrame  # (first, second): effect of first → second over second → first; all at once
    mains: pd.DataFrame  # augmentation: effect of adding it to another, partners, left_out; all at once
    gains: pd.DataFrame  # (baseline, first, second): gain of the cell; all at once for each baseline
    spread: Spread
    gaps: tuple[str, ...]  # what has no number, and why
    seconds_a_seed: float | None  # that the jobs of another seed take together

    @property
    def leader(self) -> Pair | None:
        """The chosen cell; None where no cell has a number."""
        return self.chosen.cell if self.chosen else None

    @property
    def not_distinguishable(self) -> list[Pair]:
        """The cells that may be as good as the chosen one, itself first."""
        return [*self.chosen.alike] if self.chosen else []


def statistics(
    results: pd.DataFrame,
    baselines: pd.DataFrame,
    correct: pd.DataFrame | None = None,
    metric: str | None = None,
    chosen: Chosen | None = None,
) -> Statistics:
    """Say what the numbers of a grid tell, seeds and images being paired.

    Model: accuracy = cell + seed + residual, by least squares over what is there; variances of residuals are
    moderated over the cells (Smyth 2004). The best is compared with all cells by the studentised range
    (Tukey), so that the chance of telling any of equal cells from the best is 5 %. Order effects, main
    effects and gains are taken within seeds and corrected for their number (Šidák 1967). The error of the
    images is what two seeds have in common on an image (Gallas 2006), and is added where `correct` is given.
    How well this holds where the model is wrong: docs/statistics.md.

    Args:
        results: from `load_results`, or read from a `cells.csv`.
        baselines: from `load_baselines`, or read from a `baselines.csv`.
        correct: from `load_correct`, of the same metric. Without it (kNN) intervals hold for these images.
        metric: a column of accuracies; default: the test accuracy that decides. Give one of validation, such
            as `linear_top1_val`, where augmentations are chosen by what comes out. Without labels it is
            `rotation_top1`, by which no cell is chosen of which a seed collapsed.
        chosen: the cell with which the others are compared, if it was chosen by another accuracy; default:
            the one with the highest mean (`ablation.results.statistics.leader`).

    Raises:
        ValueError: no such metric, a missing column, or a cell that occurs twice for one seed.

    Example:
        >>> cells = [(a, b, seed) for a in "xy" for b in "xy" for seed in (0, 1, 2)]
        >>> accuracies = [.30, .32, .31, .50, .51, .52, .49, .51, .53, .20, .22, .21]
        >>> results = pd.DataFrame(cells, columns=["first", "second", "seed"])
        >>> results = results.assign(outcome="ok", linear_top1=accuracies)
        >>> found = statistics(results, pd.DataFrame(columns=["kind", "seed", "outcome", "linear_top1"]))
        >>> found.not_distinguishable
        [('x', 'y'), ('y', 'x')]
        >>> [round(end, 2) + 0 for end in found.orders.loc[("x", "y"), ["low", "high"]]]
        [-0.02, 0.02]
    """
    metric = metric or reported(results.attrs)
    accuracy(metric)
    means = cell_means(results, metric)  # checks the frame, too
    tables = score_tables(results, baselines, correct, metric)
    table, cells = tables.cells.to_numpy(float), tables.cells.index
    fit = fit_additive(table)
    shared = fit.seed_variance - float(fit.seed_share @ np.nan_to_num(fit.residual.variances))
    of_images = np.diag(tables.covariance)[: len(cells)]
    known = of_images[np.isfinite(of_images)]
    applied = results.attrs.get("steps", {})
    pairs = cast("list[Pair]", cells.tolist())
    eligible = ~(means["state"] == "collapsed").to_numpy() | (metric not in LABEL_FREE)
    # What no label had a part in may be good of a job that learnt nothing, so none of these is chosen by it.
    able = np.where(eligible[:, None], table, np.nan)
    leader = leading(able, [_operations(pair, applied) for pair in pairs])
    line = leader if chosen is None else pairs.index(chosen.cell)
    best = _best(tables, line, int(np.isfinite(fit.means).sum()))
    if chosen is None and leader is not None:
        chosen = Chosen(metric, pairs[leader], _alike(best[eligible], pairs[leader]))
    return Statistics(
        metric=metric,
        seeds=tuple(int(seed) for seed in tables.cells.columns),
        covers_images=len(known) > 0,
        cells=tabulate(means_over_seeds(table, tables.over_images), cells, "mean").assign(
            sd=means["sd"], n=means["n"], state=means["state"]
        ),
        rows=_rows(tables, operations(results)),
        chosen=chosen,
        best=best,
        orders=_orders(tables, order_effects(tables.cells)),
        mains=_mains(tables, main_effects(tables.cells)),
        gains=_gains(tables),
        spread=Spread(
            seeds=float(np.sqrt(max(shared, 0.0))) if np.isfinite(shared) else float("nan"),
            residual=float(np.sqrt(fit.residual.pooled)),
            images=float(np.sqrt(max(known.mean(), 0.0))) if len(known) else float("nan"),
        ),
        gaps=gaps_of(results, baselines, metric),
        seconds_a_seed=results.attrs.get("seconds_a_seed"),
    )


def _operations(pair: Pair, applied: Mapping[str, int]) -> int:
    return sum(applied.get(name, 1) for name in dict.fromkeys(pair))


def _best(tables: ScoreTables, line: int | None, compared: int) -> pd.DataFrame:
    gaps = gaps_to_line(tables.cells.to_numpy(float), line or 0, tables.over_images)
    frame = tabulate(gaps, tables.cells.index, "gap", "range", max(compared, 2))
    told_apart = (frame["p"] < 1 - CONFIDENCE).astype("boolean").mask(frame["p"].isna())
    decided: pd.DataFrame = frame.assign(distinguishable=told_apart)
    return decided


def _alike(best: pd.DataFrame, leader: Pair) -> tuple[Pair, ...]:
    told_apart = best["distinguishable"].fillna(False).astype(bool)
    gaps = best.loc[best["gap"].notna() & ~told_apart, "gap"].drop(index=[leader])
    return (leader, *cast("list[Pair]", gaps.sort_values(kind="stable").index.tolist()))


def _rows(tables: ScoreTables, names: list[str]) -> pd.DataFrame:
    # A row is one number a seed, so that residuals which its cells share are not taken for independent ones.
    places = {cell: i for i, cell in enumerate(tables.cells.index)}
    table, weights = tables.cells.to_numpy(float), np.zeros((len(names), len(places)))
    by_seed = np.full((len(names), table.shape[1]), np.nan)
    for k, first in enumerate(names):
        row = [places[first, second] for second in names if (first, second) in places]
        if len(row) == len(names):  # else the grid has only some of its pairs
            weights[k, row] = 1 / len(row)
            by_seed[k] = table[row].mean(axis=0)
    estimates = means_over_seeds(by_seed, lambda lines: tables.over_images(lines @ weights))
    counted = pd.DataFrame(by_seed)
    frame = tabulate(estimates, pd.Index(names, name="first", dtype=object), "mean")
    return frame.assign(sd=counted.std(axis="columns").to_numpy(), n=counted.count(axis="columns").to_numpy())


def _orders(tables: ScoreTables, orders: Effects) -> pd.DataFrame:
    estimates = contrasts_over_seeds(orders.by_seed, tables.over_images(orders.weights))
    return tabulate(estimates, orders.index, "effect", "sidak")


def _mains(tables: ScoreTables, mains: Effects) -> pd.DataFrame:
    # Not contrasts that vary each by itself: all of them hold the same cells of one augmentation alone.
    estimates = means_over_seeds(mains.by_seed, lambda lines: tables.over_images(lines @ mains.weights))
    frame = tabulate(estimates, mains.index, "effect", "sidak")
    return frame.assign(partners=list(mains.partners), left_out=list(mains.left_out))


def _gains(tables: ScoreTables) -> pd.DataFrame:
    frames = {}
    cells = len(tables.cells)
    for k, kind in enumerate(tables.floors.index):

        def images(weights: Floats, floor: int = cells + k) -> Floats:
            padded = np.pad(weights, ((0, 0), (0, len(tables.floors))))
            padded[:, floor] = -weights.sum(1)
            return tables.over_images(padded)

        above = tables.cells.to_numpy(float) - tables.floors.loc[kind].to_numpy(float)
        frames[kind] = tabulate(means_over_seeds(above, images), tables.cells.index, "gain", "sidak")
    if not frames:
        return pd.DataFrame(columns=["gain", "se_seeds", "se_images", "df", "low", "high", "p"])
    gains: pd.DataFrame = pd.concat(frames, names=["baseline"])
    return gains
