"""All cells, in their order."""

from collections import deque
from collections.abc import Iterable

from ablation.grid.cells import Cell
from ablation.results.stored.record import Record


class InOrder:
    """Runs every cell once, whatever the results of the others.

    Example:
        >>> InOrder([]).ask() is None
        True
    """

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._left = deque(cells)

    def ask(self) -> Cell | None:
        """Return the first of the cells that are left."""
        return self._left.popleft() if self._left else None

    def tell(self, record: Record) -> None:
        """Ignore the record."""
