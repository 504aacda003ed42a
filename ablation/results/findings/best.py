"""The policy that a results folder speaks for, in a line; imports no pandas, for `ablation status`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ablation.grid.cells import Cell
from ablation.results.metrics import CHOSEN_BY, METRICS
from ablation.results.numbers import percent
from ablation.results.statistics.leader import leading
from ablation.results.stored.cells import read_record, read_records
from ablation.results.stored.confirmation import confirmation_of
from ablation.results.stored.epochs import at_epochs, ended_seeds, longest_whole
from ablation.results.stored.folder import ResultsFolder
from ablation.results.stored.grown import grown_from
from ablation.results.stored.record import Record
from ablation.words import counted


@dataclass(frozen=True)
class Best:
    """The best policy by validation accuracy (never by test), and that accuracy, averaged over its seeds."""

    label: str
    metric: str  # the validation accuracy that decides
    score: float  # a fraction
    confirmed: bool = False  # by `recommend --confirm`, with both branches augmented
    grown: bool = False  # by `race --grow`, with both branches augmented
    epochs: int | None = None  # of the jobs, where these are not the grid's own

    @property
    def words(self) -> str:
        """Name it with its score.

        Example:
            >>> Best("crop → color", "linear_top1_val", 0.485).words
            'crop → color, 48.5 % validation linear top-1'
        """
        confirmed = ", confirmed with both branches augmented" if self.confirmed else ""
        grown = ", grown from the best pairs, both branches augmented" if self.grown else ""
        longer = "" if self.epochs is None else f" at {counted(self.epochs, 'epoch')}"
        return f"{self.label}, {percent(self.score)} {METRICS[self.metric].phrase}{longer}{confirmed}{grown}"


def best_of(cells: Iterable[Cell], records: Mapping[str, Record], *, confirmed: bool = False) -> Best | None:
    """Choose the best cell of a grid as its recommendation does; baselines and other lengths do not compete.

    Args:
        cells: the jobs of a grid.
        records: of those that have one, by id.
        confirmed: whether they are what `recommend --confirm` ran.
    """
    scores: dict[str, dict[int, float]] = {}
    operations: dict[str, int] = {}
    collapsed: set[str] = set()
    metric = CHOSEN_BY["top1"]
    for cell in cells:
        if cell.at or not cell.policy:
            continue
        record = records.get(cell.id)
        by_seed = scores.setdefault(cell.label, {})
        operations[cell.label] = len(cell.steps)
        if record and record.measured == "label-free" and record.outcome == "collapsed":
            collapsed.add(cell.label)  # in one seed or more; no label tells what the others are worth
        if record and record.chosen_by is not None:
            by_seed[cell.required_seed] = record.chosen_by
            metric = CHOSEN_BY[record.decided_by]
    seeds = sorted({seed for by_seed in scores.values() for seed in by_seed})
    scores |= {label: {} for label in collapsed}
    table = np.array([[by_seed.get(seed, np.nan) for seed in seeds] for by_seed in scores.values()])
    best = leading(table, [*operations.values()]) if seeds else None
    if best is None:
        return None
    label = [*scores][best]
    return Best(label, metric, float(np.nanmean(table[best])), confirmed)


def answer_of(
    folder: ResultsFolder,
    records: Mapping[str, Record],
    read: Callable[[Path, str], Record | None] = read_record,
) -> Best | None:
    """Choose what a folder recommends: the best that has grown, was confirmed, or of the longest whole jobs.

    Args:
        folder: a results folder.
        records: of its cells, those of other lengths included, by id.
        read: of what was confirmed or has grown.

    Raises:
        ResultsError: what was confirmed or has grown is damaged.
    """
    if grown := grown_from(folder):
        run = grown[-1]
        of_run = {cell.id: record for cell, record in read_records(run.path, run.cells, read)}
        best = best_of([cell for cell in run.cells if run.ran(cell)], of_run)
        return None if best is None else replace(best, grown=True)
    confirmation = confirmation_of(folder, read)
    if confirmation is None:
        longest = longest_whole(folder, records)
        if longest == folder.grid.pretrain.epochs:
            return best_of(folder.cells, records)
        at = at_epochs(folder, longest, ended_seeds(folder, records)[longest])
        best = best_of(at.cells, records)
        return None if best is None else replace(best, epochs=longest)
    run, ran = confirmation
    return best_of(run.cells, {cell.id: record for cell, record in ran}, confirmed=True)
