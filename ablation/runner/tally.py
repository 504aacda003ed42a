"""The progress of a grid: what is done, failed and pending, and the best so far; never imports torch."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from ablation.grid.baselines import BASELINES
from ablation.grid.cells import Cell
from ablation.results.stored.cells import is_finished, read_record
from ablation.results.stored.paths import weights_file
from ablation.results.stored.record import Record, Records


@dataclass(frozen=True)
class Best:
    """The cell with the highest linear top-1 on validation (never on test), averaged over its seeds."""

    label: str
    linear_top1_val: float


@dataclass
class Tally:
    """The jobs of a grid, in the order in which they run, and the records of those that have one."""

    cells: list[Cell]
    records: dict[str, Record] = field(default_factory=dict)  # by cell id

    @property
    def pending(self) -> list[Cell]:
        """Jobs still to run, including those that failed."""
        return [cell for cell in self.cells if cell.id not in self.records or not self._finished(cell)]

    @property
    def ended(self) -> Records:
        """Jobs that have a record, however they ended."""
        return [(cell, self.records[cell.id]) for cell in self.cells if cell.id in self.records]

    @property
    def failed(self) -> Records:
        """Jobs that failed with an error."""
        return [(cell, record) for cell, record in self.ended if not is_finished(record)]

    @property
    def done(self) -> int:
        """How many jobs are finished."""
        return len(self.cells) - len(self.pending)

    @property
    def best(self) -> Best | None:
        """The best pair or single so far, if any."""
        scores: dict[str, list[float]] = {}
        for cell in self.cells:
            record = self.records.get(cell.id)
            if cell.at:  # shorter and longer jobs do not compete
                continue
            if cell.first and record and record.scores and record.scores.linear_top1_val is not None:
                scores.setdefault(cell.label, []).append(record.scores.linear_top1_val)
        means = {label: fmean(values) for label, values in scores.items()}
        label = max(means, key=means.__getitem__, default=None)
        return None if label is None else Best(label, means[label])

    def _finished(self, cell: Cell) -> bool:
        return is_finished(self.records[cell.id])


def survey(
    cells: Iterable[Cell],
    folder: Path,
    encoders: bool = False,
    read: Callable[[Path, str], Record | None] = read_record,
) -> Tally:
    """Look up the records of cells in a results folder, which need not exist yet.

    Args:
        cells: the jobs of a grid.
        folder: the results folder.
        encoders: whether the grid saves encoders; a cell whose encoder is missing then counts as pending.
        read: reads the record of a cell by its id.
    """
    listed = list(cells)
    found = {cell.id: record for cell in listed if (record := read(folder, cell.id))}
    if encoders:
        found = {id: record for id, record in found.items() if _has_encoder(folder, record)}
    return Tally(listed, found)


def _has_encoder(folder: Path, record: Record) -> bool:
    baseline = BASELINES.get(record.kind)
    none_to_keep = record.scores is None or (baseline is not None and not baseline.has_encoder)
    return none_to_keep or weights_file(folder, record.id).exists()
