"""Which cells of a race run on: the accuracies of its rungs, judged."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ablation.grid.cells import rung_cells
from ablation.grid.layout import Pair
from ablation.results.findings.colors import colors_of
from ablation.results.findings.colour_effects import cells_beside
from ablation.results.frames.correct import correct_frame
from ablation.results.frames.frame import results_frame
from ablation.results.metrics import chosen_by
from ablation.results.statistics.halving import Judged, Rung, judge_rung
from ablation.results.statistics.score_tables import score_tables
from ablation.results.stored.cells import ReadRecord, read_records
from ablation.results.stored.folder import ResultsFolder, entered
from ablation.results.stored.race import EndedRung, RaceState, Runner, Why
from ablation.results.stored.record import Records

_NO_FLOORS = ("kind", "seed", "outcome", "id")


def after_rung(folder: ResultsFolder, read: ReadRecord) -> RaceState:
    """Judge the rung that a race has just run to its end, and say which cells go on.

    It depends on nothing but the records of this rung and those before, so that a race that was stopped goes
    on as if it had not been.

    Args:
        folder: of a grid with `[race]`, with the rungs that ended before.
        read: reads the records.

    Raises:
        ResultsError: arrays are damaged, or no cell of the rung has a number.
    """
    race, grid = folder.race or RaceState(), folder.file.grid
    rungs = [*entered(grid, race)]
    planned = [(first.name, second.name) for first, second in grid.planned]
    tables = [_rung(folder, epochs, pairs, planned, read) for epochs, pairs in rungs]
    place = len(rungs) - 1
    applied = [
        len(first.steps) + (0 if first is second else len(second.steps)) for first, second in grid.planned
    ]
    judged = judge_rung(tables, grid.rungs[-1], applied)
    held = grid.held
    kept = {i for i, (first, second) in enumerate(planned) if first == second and first in grid.kept}
    most = held[place + 1] - len(kept) if place + 1 < len(held) else len(planned)
    gaps = dict(zip(planned, judged.gaps, strict=True))
    wanted = [
        {i for i, pair in enumerate(planned) if pair in cells}
        for cells in _beside_color(folder, planned[judged.leader], gaps)
    ]
    stay = set(judged.stay(most, wanted, kept))
    whys = {
        i: "kept" if i in stay & kept and not judged.possible[i] else _why(i, judged, stay, wanted, most)
        for i, pair in enumerate(planned)
        if pair in rungs[place][1]
    }
    order = sorted(whys, key=lambda i: (np.isnan(judged.gaps[i]), judged.gaps[i], i != judged.leader, i))
    ended = EndedRung(
        epochs=grid.rungs[place],
        rho=judged.rho if place else None,
        cells=tuple(_runner(planned[i], i, judged, whys[i]) for i in order),
    )
    return RaceState(rungs=(*race.rungs, ended))


def _beside_color(folder: ResultsFolder, leader: Pair, gaps: Mapping[Pair, float]) -> list[set[Pair]]:
    """Name the cells that say what colour distortion adds to an augmentation of the leader.

    Of two augmentations, the better alone comes first: policies are made with that one.
    """
    cells = cells_beside(results_frame(folder, []), colors_of(folder.grid))
    beside = sorted({a for a in leader if a in cells}, key=lambda a: (np.isnan(gaps[a, a]), gaps[a, a], a))
    return [{(a, a), *cells[a]} for a in beside]


def _rung(
    folder: ResultsFolder, epochs: int, pairs: frozenset[Pair], planned: Sequence[Pair], read: ReadRecord
) -> Rung:
    environment = folder.environment
    cells = rung_cells(folder.file.grid, environment.fingerprint, epochs, pairs, environment.protocol)
    records: Records = read_records(folder.path, cells, read)
    results = results_frame(folder, records)
    metric = chosen_by(results.attrs)
    correct = correct_frame(folder, records, metric)
    tables = score_tables(results, pd.DataFrame(columns=[*_NO_FLOORS, metric]), correct, metric)
    found = tables.cells.reindex(pd.MultiIndex.from_tuples(planned))
    return Rung(epochs, found.to_numpy(float), tables.over_images)


def _why(i: int, judged: Judged, stay: set[int], wanted: list[set[int]], most: int) -> Why:
    if np.isnan(judged.gaps[i]):
        return "failed"
    if i not in stay:
        return "full" if judged.possible[i] else "behind"
    if judged.possible[i]:
        return "best"
    if judged.closing[i]:
        return "closing"
    colors = any(i in group for group in wanted)
    return "color" if colors and np.sum(judged.gaps < judged.gaps[i]) >= most else "share"


def _runner(pair: Pair, i: int, judged: Judged, why: Why) -> Runner:
    def number(value: float) -> float | None:
        return round(float(value), 6) if np.isfinite(value) else None

    return Runner(
        first=pair[0],
        second=pair[1],
        gap=number(judged.gaps[i]),
        margin=number(judged.margins[i]),
        closed=number(judged.closed[i]),
        why=why,
    )
