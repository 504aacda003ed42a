"""Two grids side by side: how they rank cells, which moved, what one's choice costs in the other."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ablation.errors import ResultsError
from ablation.grid.data import LOCATIONS
from ablation.grid.layout import Pair
from ablation.private import shown_path
from ablation.results.findings.compare_axes import SharedAxis
from ablation.results.frames.means import operations, planned_cells, row_means
from ablation.results.frames.rows import by_pair
from ablation.results.metrics import NO_LABELS, accuracy, chosen_by
from ablation.results.statistics.estimates import Estimates, tabulate
from ablation.results.statistics.grid import statistics
from ablation.results.statistics.ranks import spearman
from ablation.results.stored.folder import ResultsFolder
from ablation.words import counted

_APART = (
    "name",
    "seeds",
    "baselines",
    "save_encoder",
    "label_free",
    "pairs",
    "lengths",
    "vary",
)  # of a grid, not of a cell
Frames = tuple[pd.DataFrame, pd.DataFrame]


@dataclass(frozen=True)
class Advice:
    """What it costs in B to train with the policy that A recommends; each grid chooses by its validation."""

    choice: Pair  # A's best cell, of those that B has too
    best: Pair  # B's own
    place: int  # of A's choice among B's cells, by B's validation
    lost: float  # how far A's choice lies below B's best, in B; a fraction, below 0 where it lies above
    low: float  # for all cells of B at once; NaN with one seed
    high: float


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two grids, cell by cell: `b` minus `a`, as fractions."""

    metric: str
    names: tuple[str, str]
    results: Frames  # of the shared cells alone
    # (first, second): a, b, difference, se_seeds, low, high, p (for all cells at once), a_rank, b_rank
    cells: pd.DataFrame
    rho: float  # Spearman's, over the cells that have a number in both
    rows_rho: float  # over the row means; NaN where there are none, or fewer than three
    settings: tuple[str, ...]  # what differs between the grids, in words
    left_out: tuple[str, ...]  # augmentations that only one of them has
    seeds: tuple[int, int]
    advice: Advice | None  # None where a grid has no validation accuracy in the shared cells
    axes: tuple[SharedAxis, ...] = ()  # settings that both vary

    @property
    def moved(self) -> pd.DataFrame:
        """The cells whose difference is distinguishable from zero, largest first; none with one seed."""
        clear = self.cells[self.cells["p"] < 0.05]
        return clear.sort_values("difference", key=lambda change: -change.abs(), kind="stable")


def compare_grids(
    folders: tuple[ResultsFolder, ResultsFolder], results: Frames, baselines: Frames, metric: str
) -> Comparison:
    """Compare two grids, as `ab.compare` does.

    Args:
        folders: the results folders of the two grids.
        results: from `load_results`, of each.
        baselines: from `load_baselines`, of each.
        metric: a column of accuracies.

    Raises:
        ResultsError: they share no cells, or one has no result in those that they share, or not this metric.
        ValueError: no such metric.
    """
    a, b = folders
    names = (a.name, b.name) if a.name != b.name else (shown_path(a.path), shown_path(b.path))
    names = names if names[0] != names[1] else (f"{names[0]} (A)", f"{names[1]} (B)")
    shared, left_out = _shared(*results)
    if not shared:
        raise ResultsError(f"{a.path} and {b.path} share no cells: their augmentations have different names")
    results = _only(results[0], shared), _only(results[1], shared)
    for folder, frame in zip(folders, results, strict=True):
        if accuracy(metric).name not in frame:
            raise ResultsError(f"{folder.path}: {NO_LABELS}; compare by rotation_top1")
        if frame[metric].isna().all():
            raise ResultsError(
                f"{folder.path}: has no result yet in any of the {counted(len(shared), 'shared cell')}; "
                "run its grid, then compare"
            )
    found = [
        statistics(frame, floors, None, metric) for frame, floors in zip(results, baselines, strict=True)
    ]
    index = pd.MultiIndex.from_tuples(shared, names=["first", "second"])
    one, other = (each.cells.reindex(index) for each in found)
    table = tabulate(_difference(one, other), index, "difference", "sidak")
    table.insert(0, "a", one["mean"])
    table.insert(1, "b", other["mean"])
    both = table["difference"].notna()
    ranks = table.loc[both, ["a", "b"]].rank(ascending=False)
    table["a_rank"], table["b_rank"] = ranks["a"], ranks["b"]
    rows = [row_means(frame, metric)["mean"] for frame in results]
    return Comparison(
        metric,
        names,
        results,
        table.drop(columns="se_images"),
        spearman(*table.loc[both, ["a", "b"]].to_numpy().T),
        spearman(*pd.concat(rows, axis="columns").dropna().to_numpy().T),
        tuple(_settings(a.grid.model_dump(mode="json"), b.grid.model_dump(mode="json"))),
        left_out,
        (len(found[0].seeds), len(found[1].seeds)),
        _advice(*results, metric) if all(f.grid.evaluate.labels == "given" for f in folders) else None,
    )


def _advice(a: pd.DataFrame, b: pd.DataFrame, metric: str) -> Advice | None:
    nothing = pd.DataFrame(
        columns=["kind", "seed", "outcome", *{metric, chosen_by(a.attrs), chosen_by(b.attrs)}]
    )
    ours, theirs = (statistics(frame, nothing, None, chosen_by(frame.attrs)) for frame in (a, b))
    if ours.chosen is None or theirs.chosen is None:
        return None
    choice, best = ours.chosen.cell, theirs.chosen.cell
    gap = by_pair(statistics(b, nothing, None, metric, theirs.chosen).best)[choice]
    means = theirs.cells["mean"]
    if np.isnan(means[choice]):
        return None
    place = 1 + int((means > means[choice]).sum())
    return Advice(choice, best, place, float(gap["gap"]), float(gap["low"]), float(gap["high"]))


def _shared(a: pd.DataFrame, b: pd.DataFrame) -> tuple[list[Pair], tuple[str, ...]]:
    theirs = set(planned_cells(b))
    shared = [pair for pair in planned_cells(a) if pair in theirs]
    names = {name for pair in shared for name in pair}
    others = [name for name in dict.fromkeys([*operations(a), *operations(b)]) if name not in names]
    return shared, tuple(others)


def _only(results: pd.DataFrame, shared: list[Pair]) -> pd.DataFrame:
    names = [name for name in operations(results) if any(name in pair for pair in shared)]
    wanted = set(shared)
    kept = [(str(a), str(b)) in wanted for a, b in zip(results["first"], results["second"], strict=True)]
    frame = results[np.array(kept, bool)].astype(
        dict.fromkeys(("first", "second"), pd.CategoricalDtype(names, ordered=True))
    )
    frame.attrs = results.attrs | {"cells": [list(pair) for pair in shared]}
    return frame


def _difference(a: pd.DataFrame, b: pd.DataFrame) -> Estimates:
    variances = [frame["se_seeds"].to_numpy(float) ** 2 for frame in (a, b)]
    freedoms = [frame["df"].to_numpy(float) for frame in (a, b)]
    total = variances[0] + variances[1]
    with np.errstate(invalid="ignore", divide="ignore"):  # Welch and Satterthwaite
        parts = [variance**2 / freedom for variance, freedom in zip(variances, freedoms, strict=True)]
        freedom = total**2 / (parts[0] + parts[1])
    freedom = np.where(total == 0, np.minimum(*freedoms), freedom)
    change = b["mean"].to_numpy(float) - a["mean"].to_numpy(float)
    return Estimates(change, total, freedom, np.full(len(change), np.nan))


def _settings(a: dict[str, Any], b: dict[str, Any], at: str = "") -> list[str]:
    """Say which settings differ; augmentations of one name may have other parameters."""
    found: list[str] = []
    for key in dict.fromkeys([*a, *b]):
        one, other, name = a.get(key), b.get(key), f"{at}{key}"
        if one == other or (not at and key in _APART):
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            found += _settings(one, other, f"{name}.")
        elif at != "augmentations.":
            told = _told(name, one), _told(name, other)
            found.append(f"{name}: {told[0]} → {'another ' if told[0] == told[1] else ''}{told[1]}")
    return found


def _told(name: str, value: Any) -> str:
    is_path = name.removeprefix("data.") in LOCATIONS and isinstance(value, str)
    return shown_path(value) if is_path else _written(value)


def _written(value: Any) -> str:
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
