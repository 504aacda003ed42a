"""The progress of a grid: what is done, failed and pending, and the best so far; never imports torch."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ablation.grid.baselines import BASELINES
from ablation.grid.cells import Cell
from ablation.results.findings.best import Best, best_of
from ablation.results.stored.cells import ReadRecord, is_finished, read_sound
from ablation.results.stored.damage import DamagedError
from ablation.results.stored.paths import weights_file
from ablation.results.stored.record import Record, Records


@dataclass
class Tally:
    """The jobs of a grid, in the order in which they run, and the records of those that have one."""

    cells: list[Cell]
    records: dict[str, Record] = field(default_factory=dict)  # by cell id
    damaged: list[DamagedError] = field(default_factory=list)  # of jobs that have to run again for it

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
        """The best cell so far, if any."""
        return best_of(self.cells, self.records)

    def _finished(self, cell: Cell) -> bool:
        return is_finished(self.records[cell.id])


def survey(
    cells: Iterable[Cell],
    folder: Path,
    encoders: bool = False,
    read: ReadRecord = read_sound,
) -> Tally:
    """Look up the records of cells in a results folder, which need not exist yet.

    Args:
        cells: the jobs of a grid.
        folder: the results folder.
        encoders: whether the grid saves encoders; a cell whose encoder is missing then counts as pending.
        read: reads the record of a cell by its id; a cell of which it says that it is damaged is pending.
    """
    tally = Tally(list(cells))
    for cell in tally.cells:
        try:
            record = read(folder, cell.id)
        except DamagedError as error:
            tally.damaged.append(error)
            continue
        if record is None or (cell.recipe.whole and record.measured == "validation"):
            continue  # the rung of a race, where all is wanted: what was left out can only be run again
        if not encoders or not cell.recipe.whole or _has_encoder(folder, record):
            tally.records[cell.id] = record
    return tally


def _has_encoder(folder: Path, record: Record) -> bool:
    baseline = BASELINES.get(record.kind)
    none_to_keep = not record.scored or (baseline is not None and not baseline.has_encoder)
    return none_to_keep or weights_file(folder, record.id).exists()
