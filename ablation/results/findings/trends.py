"""The same cells at several numbers of epochs: how far each lies behind the best of its length."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ablation.grid.layout import Pair
from ablation.results.frames.means import planned_cells
from ablation.results.frames.rows import named
from ablation.results.statistics.grid import statistics

# The results of each number of epochs, as from `load_results`. All are of one grid, and hold only seeds whose
# jobs have ended.
ByEpochs = Mapping[int, pd.DataFrame]

COLUMNS = ("first", "second", "epochs", "n", "mean", "gap", "low", "high", "p", "distinguishable", "leader")
_NO_FLOORS = ("kind", "seed", "outcome", "id")


def shared(lengths: ByEpochs) -> dict[int, pd.DataFrame]:
    """Keep the seeds that all lengths have, so that no step from one to the next is a step to other seeds.

    A length that shares no seed with the longer ones is left out.

    Args:
        lengths: results by epochs.

    Returns:
        The same by epochs, the shortest first; empty where fewer than two lengths share a seed.
    """
    kept: list[int] = []
    seeds: set[int] = set()
    for epochs in sorted(lengths, reverse=True):
        there = {int(seed) for seed in lengths[epochs]["seed"]}
        common = seeds & there if kept else there
        if common:
            kept, seeds = [epochs, *kept], common
    if len(kept) < 2:
        return {}
    return {epochs: lengths[epochs][lengths[epochs]["seed"].isin(seeds)] for epochs in kept}


def cells_of(results: pd.DataFrame) -> set[Pair]:
    """Name the cells that have a result of any kind."""
    plain = named(results)
    return {*zip(plain["first"], plain["second"], strict=True)}


def only(results: pd.DataFrame, cells: set[Pair]) -> pd.DataFrame:
    """Return the results of these cells, as of a grid that has no others."""
    plain = named(results)
    # With its type, because pandas takes an empty list for a list of columns.
    inside = np.array(
        [pair in cells for pair in zip(plain["first"], plain["second"], strict=True)], dtype=bool
    )
    part = results[inside]
    part.attrs = results.attrs | {"cells": [list(pair) for pair in planned_cells(results) if pair in cells]}
    return part


def trend_frame(lengths: ByEpochs, correct: pd.DataFrame | None, metric: str) -> pd.DataFrame:
    """Compare the cells that exist at two lengths or more with the best of each length.

    Each length is compared by itself, as `ab.statistics` compares a grid: paired over seeds, and all gaps of
    a length at once (studentised range).

    Args:
        lengths: results by epochs.
        correct: from `load_correct`, of all lengths together; None: intervals hold for these images.
        metric: a column of accuracies.

    Returns:
        A row for each cell and length, the shortest first: `first`, `second`, `epochs`; `n` (seeds), `mean`;
        `gap` to the best of that length among these cells (a fraction, 0 for the best itself), its 95 %
        interval `low` to `high`, `p`, `distinguishable`; `leader`. With one seed there is no interval.
    """
    rows = []
    panel = shared(lengths)
    there = {epochs: cells_of(results) for epochs, results in panel.items()}
    several = {
        pair for cells in there.values() for pair in cells if sum(pair in one for one in there.values()) > 1
    }
    for epochs, results in panel.items():
        if len(several) < 2 or not there[epochs] & several:  # one cell alone is always the best
            continue
        part = only(results, there[epochs] & several)
        found = statistics(part, pd.DataFrame(columns=[*_NO_FLOORS, metric]), correct, metric)
        joined = found.best[["gap", "low", "high", "p", "distinguishable"]].assign(
            epochs=epochs, n=found.cells["n"], mean=found.cells["mean"]
        )
        leader = [pair == found.leader for pair in joined.index.tolist()]
        rows.append(joined.assign(leader=leader).reset_index())
    if not rows:
        return pd.DataFrame(columns=list(COLUMNS))
    frame: pd.DataFrame = pd.concat(rows, ignore_index=True)[list(COLUMNS)]
    return frame
