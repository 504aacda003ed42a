"""What each dose of a swept augmentation does: accuracy and leak against strength, beside its partners."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablation.grid.models import Grid
from ablation.results.findings.swept import SweptEntry, sweeps_of
from ablation.results.frames.means import planned_cells
from ablation.results.frames.rows import named
from ablation.results.metrics import accuracy, chosen_by
from ablation.results.statistics.estimates import Estimates, tabulate
from ablation.results.statistics.intervals import CONFIDENCE
from ablation.results.statistics.paired import Images, gaps_to_best, gaps_to_line, means_over_seeds
from ablation.results.statistics.score_tables import ScoreTables, score_tables
from ablation.results.types import Floats

WITHOUT = "without"  # what a row is called that leaves the swept augmentation out
COLUMNS = (
    "entry", "parameter", "beside", "partners", "augmentation", "strength", "accuracy", "effect", "low",
    "high", "p", "distinguishable", "leak_bits", "leak_low", "leak_high", "seeds", "left_out",
)  # fmt: skip
_NOBODY = ("",)  # the partners of doses that are only alone
_HALF = 0.5
_NORMAL = 1.96  # standard errors of a 95 % interval


def dose_frame(
    results: pd.DataFrame, correct: pd.DataFrame | None = None, metric: str | None = None
) -> pd.DataFrame:
    """Read the dose-response of every sweep of a grid: accuracy and leak against strength.

    A dose beside a partner is the mean of the orders that are cells; all doses of a seed share its weights,
    images and draws, so they are compared within seeds. The doses, and leaving the augmentation out, are
    compared like the cells of a grid (studentised range, corrected for their number); nothing is assumed
    about the shape of the response.

    Args:
        results: from `load_results`, or leaks alone.
        correct: from `load_correct`, of the same metric. Without it intervals hold for these images.
        metric: an accuracy; by default that of validation which decides.

    Returns:
        Without rows where the grid sweeps nothing. Of each `entry`, first the mean over its `partners`
        (`beside` is ""), or the doses alone where it has none, then `beside` each of several. Of each of
        these, `augmentation` "without" (the partners alone; `strength` is NaN), then the doses, the weakest
        first. `effect` on accuracy is over "without", or over the weakest dose where there is no such row;
        `low` to `high` is its 95 % interval, all of one `beside` at once. `p` and `distinguishable` are of
        the difference from the best row. `leak_bits` has a 95 % interval by itself: over `seeds`, and with
        one seed from its standard error. With one seed nothing else has an interval, and nothing is
        distinguishable (NA). `left_out` names partners, doses and seeds with gaps.

    Raises:
        ValueError: no such metric, or a frame that does not know its grid.

    Example:
        `dose_frame(study.results, study.correct_by("linear_top1_val")).groupby(["entry", "beside"])`
    """
    metric = metric or chosen_by(results.attrs)
    accuracy(metric)
    if "grid" not in results.attrs:
        raise ValueError("the frame has no grid; load it with load_results")
    # JSON has lists where the grid's models have tuples.
    grid = Grid.model_validate(results.attrs["grid"], strict=False)
    tables = _Tables.of(results, correct, metric)
    parts = [part for sweep in sweeps_of(grid) for part in _sweep_frames(sweep, tables)]
    empty = pd.DataFrame(columns=[*COLUMNS])
    frame: pd.DataFrame = pd.concat(parts, ignore_index=True)[[*COLUMNS]] if parts else empty
    frame.attrs = {"grid": results.attrs["grid"], "name": results.attrs.get("name", ""), "metric": metric}
    return frame


@dataclass(frozen=True, eq=False)
class _Tables:
    place: dict[tuple[str, str], int]  # of a cell in the tables
    scores: ScoreTables | None  # None where nothing has an accuracy
    leaks: pd.DataFrame  # cells by seeds
    errors: pd.DataFrame  # of the leaks, over test pairs

    @classmethod
    def of(cls, results: pd.DataFrame, correct: pd.DataFrame | None, metric: str) -> "_Tables":
        cells = planned_cells(results)
        index = pd.MultiIndex.from_tuples(cells, names=["first", "second"])
        plain = named(results)
        trained = metric in results and bool(results[metric].notna().any())
        floors = pd.DataFrame(columns=["kind", "seed", "id", metric])
        scores = score_tables(results, floors, correct, metric) if trained else None

        def by_seed(column: str) -> pd.DataFrame:
            there = plain if column in plain else plain.assign(**{column: np.nan})
            table = there.pivot_table(column, ["first", "second"], "seed", dropna=False).reindex(index)
            return table.astype(float).dropna(axis="columns", how="all")

        return cls(
            {pair: i for i, pair in enumerate(cells)}, scores, by_seed("leak_bits"), by_seed("leak_bits_se")
        )

    @property
    def judged(self) -> pd.DataFrame:
        """What tells which partners, doses and seeds are complete."""
        return self.leaks if self.scores is None else self.scores.cells

    def weights(self, cells: Sequence[tuple[str, str]]) -> Floats:
        """Return the mean of those of some cells that the grid has; NaN where it has none."""
        there = [self.place[cell] for cell in dict.fromkeys(cells) if cell in self.place]
        weights = np.full(len(self.place), 0.0 if there else np.nan)
        weights[there] = 1 / max(1, len(there))
        return weights


def _sweep_frames(sweep: SweptEntry, tables: _Tables) -> Iterator[pd.DataFrame]:
    yield _frame(sweep, tables, "", sweep.partners or _NOBODY)
    if len(sweep.partners) > 1:
        yield from (_frame(sweep, tables, partner, (partner,)) for partner in sweep.partners)


def _frame(sweep: SweptEntry, tables: _Tables, beside: str, partners: tuple[str, ...]) -> pd.DataFrame:
    doses = {dose.name: sweep.strength(dose) for dose in sweep.doses}
    rows = ([WITHOUT] if sweep.whole and partners != _NOBODY else []) + list(doses)
    weights = np.array([[_cells(tables, row, partner) for partner in partners] for row in rows])  # (R, P, C)
    kept = _complete(_combine(weights, tables.judged), rows, partners, tables.judged.columns)
    mean = weights[:, kept.partners].mean(1) if kept.partners else weights[:, :0].sum(1)  # (R, C)
    frame = pd.DataFrame(
        {
            "entry": sweep.entry,
            "parameter": sweep.parameter,
            "beside": beside,
            "partners": ", ".join(partners[i] for i in kept.partners),
            "augmentation": rows,
            "strength": [doses.get(row, np.nan) for row in rows],
            "seeds": len(kept.seeds),
            "left_out": ", ".join(kept.left_out),
        }
    )
    return pd.concat([frame, _accuracies(mean, kept, tables), _leaks(mean, kept, tables)], axis="columns")


def _cells(tables: _Tables, row: str, partner: str) -> Floats:
    if row == WITHOUT or not partner:
        name = partner or row
        return tables.weights([(name, name)])
    return tables.weights([(partner, row), (row, partner)])


@dataclass(frozen=True)
class _Kept:
    rows: list[int]
    partners: list[int]
    seeds: list[int]
    left_out: tuple[str, ...]


def _complete(values: Floats, rows: Sequence[str], partners: Sequence[str], seeds: pd.Index) -> _Kept:
    """Choose of (rows, partners, seeds) what is compared, so that every row is a mean over the same partners.

    A dose or a seed goes where most of it is missing, because it diverges or has just begun; then each
    partner with a gap. Of partners that all have gaps the one with the fewest stays, for a table may have
    some.
    """
    if not values.size:
        return _Kept([], [], [], ())
    gaps = np.isnan(values)
    by_row = [i for i, share in enumerate(gaps.mean((1, 2))) if share <= _HALF]
    by_seed = [i for i, share in enumerate(gaps[by_row].mean((0, 1))) if share <= _HALF] if by_row else []
    left = gaps[np.ix_(by_row, range(len(partners)), by_seed)]
    if not left.size:
        return _Kept([], [], [], ())
    missing = left.sum((0, 2))
    by_partner = [int(i) for i in np.flatnonzero(missing == 0)] or [int(missing.argmin())]
    gone = (
        [partner for i, partner in enumerate(partners) if i not in by_partner]
        + [row for i, row in enumerate(rows) if i not in by_row]
        + [f"seed {seed}" for i, seed in enumerate(seeds) if i not in by_seed]
    )
    return _Kept(by_row, by_partner, by_seed, tuple(gone))


def _combine(weights: Floats, table: pd.DataFrame) -> Floats:
    # (..., C) weights of a (C, S) table, of which a gap counts only where it has a weight: (..., S).
    values = table.to_numpy(float)
    used = np.nan_to_num(weights, nan=1.0) != 0
    missing = used.astype(float) @ np.isnan(values).astype(float) > 0
    missing |= np.isnan(weights).any(axis=-1, keepdims=True)
    combined: Floats = np.where(missing, np.nan, np.nan_to_num(weights) @ np.nan_to_num(values))
    return combined


def _accuracies(weights: Floats, kept: _Kept, tables: _Tables) -> pd.DataFrame:
    names = ["accuracy", "effect", "low", "high", "p"]
    frame = pd.DataFrame(np.nan, index=range(len(weights)), columns=names)
    frame["distinguishable"] = pd.array([pd.NA] * len(weights), dtype="boolean")
    if tables.scores is None or len(kept.rows) < 2:
        return frame
    weights = weights[kept.rows]
    scores = tables.scores
    table = _combine(weights, scores.cells)[:, kept.seeds]
    images: Images = lambda lines: scores.over_images(lines @ weights)  # noqa: E731
    index, compared = pd.Index(kept.rows), len(kept.rows)
    beyond = tabulate(gaps_to_line(table, 0, images), index, "gap", "range", compared)
    best = tabulate(gaps_to_best(table, images), index, "gap", "range", compared)
    frame.loc[index, "accuracy"] = means_over_seeds(table, images).numbers
    frame.loc[index, "effect"] = -beyond["gap"] + 0.0
    frame.loc[index, "low"], frame.loc[index, "high"] = -beyond["high"] + 0.0, -beyond["low"] + 0.0
    frame.loc[index, "p"] = best["p"]
    told_apart = (frame["p"] < 1 - CONFIDENCE).astype("boolean").mask(frame["p"].isna())
    decided: pd.DataFrame = frame.assign(distinguishable=told_apart)
    return decided


def _leaks(weights: Floats, kept: _Kept, tables: _Tables) -> pd.DataFrame:
    table = _combine(weights, tables.leaks)
    found = np.full((3, len(weights)), np.nan)
    if kept.partners and table.shape[1]:
        found = _leak_intervals(table, _combine(weights**2, tables.errors**2))
    return pd.DataFrame(dict(zip(("leak_bits", "leak_low", "leak_high"), found, strict=True)))


def _leak_intervals(table: Floats, squares: Floats) -> Floats:
    # (R, S) leaks, and the squares of their errors: means and ends of intervals.
    if table.shape[1] > 1:
        unknown: Estimates = means_over_seeds(table, lambda lines: np.full(len(lines), np.nan))
        means = tabulate(unknown, pd.RangeIndex(len(table)), "leak")
        return means[["leak", "low", "high"]].to_numpy(float).T
    half = _NORMAL * np.sqrt(squares[:, 0]) if squares.shape[1] else np.full(len(table), np.nan)
    return np.array([table[:, 0], table[:, 0] - half, table[:, 0] + half])
