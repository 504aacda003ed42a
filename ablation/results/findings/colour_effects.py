"""What colour distortion adds to each augmentation of a grid, by seed: what a verdict is made of."""

from collections.abc import Mapping

import pandas as pd

from ablation.grid.layout import Pair
from ablation.results.findings.colors import Colors
from ablation.results.frames.means import operations, planned_cells
from ablation.results.frames.rows import named

Cells = Mapping[str, list[Pair]]  # A -> the cells of A and colour distortion


def cells_beside(results: pd.DataFrame, colors: Colors) -> Cells:
    """Name, for each A that does not hold color and is a cell, the cells of A and colour distortion.

    In a grid of whole policies, which has no pairs, those are the policies that are A without the distortion.
    """
    planned = planned_cells(results)
    there, held = {*planned}, colors.holding | colors.distortions
    found = {
        a: [cell for cell in planned if a in cell and not colors.distortions.isdisjoint(cell)]
        for a in operations(results)
        if a not in held and (a, a) in there
    }
    for name, a in colors.undistorted.items():
        if (name, name) in there and a in found and not any(first != second for first, second in found[a]):
            found[a].append((name, name))
    return {a: pairs for a, pairs in found.items() if pairs}


def tables_beside(results: pd.DataFrame, column: str, cells: Cells) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a number of the cells A, and its mean over the same A with colour distortion.

    Rows A, columns seeds; NaN for a gap.
    """
    by_cell = named(results).pivot_table(column, ["first", "second"], "seed", dropna=False)
    alone = {a: by_cell.reindex([(a, a)]).mean(skipna=False) for a in cells}
    with_color = {a: by_cell.reindex(pairs).mean(skipna=False) for a, pairs in cells.items()}
    return pd.DataFrame(alone).T, pd.DataFrame(with_color).T


def effects_beside(results: pd.DataFrame, column: str, cells: Cells) -> pd.DataFrame:
    """Return what colour distortion adds: rows A, columns seeds, NaN for a gap."""
    alone, with_color = tables_beside(results, column, cells)
    return with_color - alone
