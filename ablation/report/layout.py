"""Where each cell stands in the heatmap: all pairs, or each augmentation alone and with its partners."""

from dataclasses import dataclass

import pandas as pd

from ablation.results.summary import operations, planned_cells

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


def layout(results: pd.DataFrame) -> Layout:
    """Lay out the cells of a frame.

    Args:
        results: from `load_results`; without its `attrs` it is taken for a grid of all pairs.

    Example:
        >>> frame = pd.DataFrame({"first": ["crop", "blur"], "second": ["crop", "blur"]})
        >>> layout(frame).columns
        ['crop', 'blur']
        >>> frame.attrs["cells"] = [["crop", "crop"], ["crop", "blur"], ["blur", "crop"], ["blur", "blur"]]
        >>> layout(frame).row_means
        True
        >>> frame.attrs["cells"] = [["crop", "crop"], ["blur", "blur"]]
        >>> layout(frame).columns
        ['alone']
    """
    names, planned = operations(results), set(planned_cells(results))
    if len(planned) == len(names) ** 2:
        square: list[list[Pair | None]] = [[(first, second) for second in names] for first in names]
        return Layout(names, names, square, "second augmentation", "first augmentation", row_means=True)
    partners = [
        one
        for one in names
        if all({(one, other), (other, one)} <= planned for other in names if other != one)
    ]
    columns = ["alone"]
    found: list[list[Pair | None]] = [[(name, name)] for name in names]
    for partner in partners:
        columns += [f"{partner} → ·", f"· → {partner}"]
        for row, name in zip(found, names, strict=True):
            row += [None, None] if name == partner else [(partner, name), (name, partner)]
    label = "alone, and in pairs" if partners else ""
    return Layout(names, columns, found, label, "augmentation", row_means=False)
