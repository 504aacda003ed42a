"""Means over seeds, of cells, of rows and of baselines; a gap is never averaged away in silence."""

from typing import Any

import pandas as pd

from ablation.grid.layout import Pair
from ablation.results.metrics import LEAKS, accuracy, reported
from ablation.results.numbers import DECIMALS


def cell_means(results: pd.DataFrame, metric: str | None = None) -> pd.DataFrame:
    """Average each cell over its seeds.

    Args:
        results: from `load_results`, or read from a `cells.csv`.
        metric: a column of accuracies, or of leaks, which need no `outcome`.

    Returns:
        Indexed by (first, second), every cell of the grid in its order: `mean`, `sd` (sample standard
        deviation, NaN with one seed), `n` (seeds with a number; fewer than the others have means
        a gap), `state`: "ok"; "collapsed" if any seed collapsed; and for a cell without any number "failed",
        "diverged" or "pending", or "out at 8" where it left a race after 8 epochs.

    Raises:
        ValueError: no such metric, a missing column, or a cell that occurs twice for one seed.

    Example:
        >>> cell_means(pd.DataFrame({"first": ["a", "a"], "second": ["a", "a"], "seed": [0, 1],
        ...                          "outcome": ["ok", "ok"], "linear_top1": [0.5, 0.75]}))["mean"].item()
        0.625
    """
    metric = metric or reported(results.attrs)
    checked = _checked(results, metric, ["first", "second", "seed"])
    every = pd.MultiIndex.from_tuples(planned_cells(results), names=["first", "second"])
    means = _means(checked, ["first", "second"], metric).reindex(every)
    for first, second, epochs in results.attrs.get("left", ()):
        if (first, second) in means.index and pd.isna(means.loc[(first, second), "state"]):
            means.loc[(first, second), "state"] = f"out at {epochs}"
    return _fill(means)


def row_means(results: pd.DataFrame, metric: str | None = None) -> pd.DataFrame:
    """Average each row of the heatmap: for each seed over the row's cells, then over the seeds.

    Only a seed whose row is complete counts: the mean of a row with a gap would compare other cells.

    Args:
        results: from `load_results`, or read from a `cells.csv`.
        metric: a column of accuracies; default: the test accuracy that decides.

    Returns:
        Indexed by first, in the order of the grid: `mean` and `sd` over the seeds, NaN where there are none
        or, for `sd`, one; `n` the seeds whose row is complete.

    Raises:
        ValueError: as `cell_means`.
    """
    metric = metric or reported(results.attrs)
    checked = _checked(results, metric, ["first", "second", "seed"])
    names = operations(results)
    named = checked.astype({"first": object, "second": object})
    table = named.pivot_table(metric, ["first", "seed"], "second", dropna=False).reindex(columns=names)
    complete = table.mean(axis="columns", skipna=False).dropna()
    by_row = complete.groupby(level="first")
    means = pd.DataFrame({"mean": by_row.mean().round(DECIMALS), "sd": by_row.std(), "n": by_row.count()})
    means = means.reindex(pd.Index(names, name="first"))
    return means.astype({"mean": "float64", "sd": "float64"}).assign(n=means["n"].fillna(0).astype("int64"))


def baseline_means(baselines: pd.DataFrame, metric: str | None = None) -> pd.DataFrame:
    """Average each floor and the ceiling over its seeds.

    Args:
        baselines: from `load_baselines`, or read from a `baselines.csv`.
        metric: a column of accuracies; default: the test accuracy that decides.

    Returns:
        Indexed by kind, every baseline of the grid: `mean`, `sd`, `n` and `state`, as `cell_means`.

    Raises:
        ValueError: as `cell_means`.
    """
    metric = metric or reported(baselines.attrs)
    baselines = _checked(baselines, metric, ["kind", "seed"])
    kinds = _order(baselines["kind"])
    return _means(baselines, ["kind"], metric).reindex(pd.Index(kinds, name="kind")).pipe(_fill)


def operations(results: pd.DataFrame) -> list[str]:
    """Name the operations of a frame in the order of its grid, those of pending cells included."""
    return list(dict.fromkeys(_order(results["first"]) + _order(results["second"])))


def planned_cells(results: pd.DataFrame) -> list[Pair]:
    """List (first, second) of every cell of a frame's grid, row by row, those of pending cells included.

    A frame that does not know its grid is taken for one of all pairs.
    """
    names = operations(results)
    planned = results.attrs.get("cells") or [[first, second] for first in names for second in names]
    return [(str(first), str(second)) for first, second in planned]


def _order(column: "pd.Series[Any]") -> list[str]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [str(name) for name in column.cat.categories]
    return [str(name) for name in dict.fromkeys(column)]


def _checked(frame: pd.DataFrame, metric: str, key: list[str]) -> pd.DataFrame:
    if metric in LEAKS:
        frame = frame.assign(outcome="ok")  # a leak is measured of the views, however the job ended
    else:
        accuracy(metric)
    missing = [column for column in (*key, "outcome", metric) if column not in frame]
    if missing:
        raise ValueError(
            f"the frame has no column {missing[0]!r}; load it with load_results or load_baselines"
        )
    frame = frame[[*dict.fromkeys([*key, "outcome", metric])]]
    frame.attrs = {}  # pandas would copy the whole grid with every step
    twice = frame[frame.duplicated(key)]
    if len(twice):
        what = ", ".join(f"{column} {twice.iloc[0][column]}" for column in key)
        raise ValueError(f"the frame contains one cell twice ({what}); average the cells of one study only")
    return frame


def _means(frame: pd.DataFrame, key: list[str], metric: str) -> pd.DataFrame:
    groups = frame.astype(dict.fromkeys(key, object)).groupby(key, sort=False)
    scores = groups[metric]
    states = groups["outcome"].agg(_state)
    mean = scores.mean().round(DECIMALS)
    return pd.DataFrame({"mean": mean, "sd": scores.std(), "n": scores.count(), "state": states})


def _state(outcomes: "pd.Series[Any]") -> str:
    present = set(outcomes)
    if present & {"ok", "collapsed"}:
        return "collapsed" if "collapsed" in present else "ok"
    return "failed" if "failed" in present else "diverged"


def _fill(means: pd.DataFrame) -> pd.DataFrame:
    return means.assign(n=means["n"].fillna(0).astype("int64"), state=means["state"].fillna("pending"))
