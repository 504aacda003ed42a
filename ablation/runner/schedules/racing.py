"""Rung after rung: the next cells are chosen once the results of all before them are known."""

from collections import deque
from collections.abc import Callable, Iterable

from ablation.grid.cells import Cell
from ablation.results.stored.record import Record


class Racing:
    """Runs cells in their order; when all have ended, asks which come next, until none do.

    Example:
        >>> Racing([], lambda: []).ask() is None
        True
    """

    def __init__(self, cells: Iterable[Cell], further: Callable[[], Iterable[Cell]]) -> None:
        """Start with some cells; `further` names the next ones, and none at the end of the race."""
        self._left = deque(cells)
        self._further = further
        self._running: set[str] = set()

    def ask(self) -> Cell | None:
        """Return the next cell; None while the rest of a rung is running, and at the end."""
        if not self._left and not self._running:
            self._left.extend(self._further())
        if not self._left:
            return None
        cell = self._left.popleft()
        self._running.add(cell.id)
        return cell

    def tell(self, record: Record) -> None:
        """Take note that a cell has ended."""
        self._running.discard(record.id)
