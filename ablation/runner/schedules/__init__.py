"""Which job comes next: a schedule is asked for a cell, and told its result.

Knows nothing of processes, devices or files.
"""

from typing import Protocol

from ablation.grid.cells import Cell
from ablation.results.stored.record import Record


class Schedule(Protocol):
    """Decides which cell runs next."""

    def ask(self) -> Cell | None:
        """Return the next cell to run, or None while there is none; called again after each result."""

    def tell(self, record: Record) -> None:
        """Take note of the record of a cell that was asked for; failed cells have a record, too."""
