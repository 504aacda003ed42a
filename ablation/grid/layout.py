"""Where each cell stands: the square of all pairs, or each augmentation alone and with its partners."""

from collections.abc import Sequence
from dataclasses import dataclass

GAP = 0.3  # between the cells and the row means, in cells
Pair = tuple[str, str]  # first, second; the same twice for an augmentation alone


@dataclass(frozen=True)
class Layout:
    """Rows and columns of a heatmap, and the cell at each place; None where there is none to show."""

    rows: list[str]
    columns: list[str]
    cells: list[list[Pair | None]]
    x_label: str
    y_label: str
    row_means: bool  # they compare rows only where all rows hold the same cells

    @property
    def width(self) -> float:
        """In cells, the row means and the gap before them included."""
        return len(self.columns) + (GAP + 1 if self.row_means else 0)


def arrange(names: Sequence[str], planned: Sequence[Pair]) -> Layout:
    """Lay out the cells of a grid.

    Args:
        names: its augmentations, in order.
        planned: first and second of its cells.

    Example:
        >>> arrange(["crop", "blur"], [("crop", "crop"), ("blur", "blur")]).columns
        ['alone']
        >>> arrange(["a", "b"], [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]).row_means
        True
    """
    rows, wanted = list(names), set(planned)
    if len(wanted) == len(rows) ** 2:
        square: list[list[Pair | None]] = [[(first, second) for second in rows] for first in rows]
        return Layout(rows, rows, square, "second augmentation", "first augmentation", row_means=True)
    partners = [one for one in rows if all({(one, other), (other, one)} <= wanted for other in rows)]
    columns = ["alone"]
    cells: list[list[Pair | None]] = [[(name, name)] for name in rows]
    for partner in partners:
        columns += [f"{partner} → ·", f"· → {partner}"]
        for row, name in zip(cells, rows, strict=True):
            row += [None, None] if name == partner else [(partner, name), (name, partner)]
    label = "alone, and in pairs" if partners else ""
    return Layout(rows, columns, cells, label, "augmentation", row_means=False)
