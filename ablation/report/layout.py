"""The layout of a frame's cells."""

import pandas as pd

from ablation.grid.layout import Layout, arrange
from ablation.results.summary import operations, planned_cells


def layout(results: pd.DataFrame) -> Layout:
    """Lay out the cells of a frame; one without its `attrs` is taken for a grid of all pairs.

    Example:
        >>> layout(pd.DataFrame({"first": ["crop", "blur"], "second": ["crop", "blur"]})).columns
        ['crop', 'blur']
    """
    return arrange(operations(results), planned_cells(results))
