"""One cell, to be written and read."""

import pytest

from ablation.grid.cells import Cell, cells
from ablation.grid.models import Grid


@pytest.fixture
def cell() -> Cell:
    grid = Grid.model_validate({"data": {"source": "shapes"}, "augmentations": {"crop": {}}, "baselines": []})
    return next(cells(grid, "f" * 16))
