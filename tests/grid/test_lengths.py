"""`[lengths]`: which cells it means, and what is refused."""

from pathlib import Path

import pytest

from ablation.errors import GridError
from ablation.grid.cells import cells, jobs, varied_cells
from ablation.grid.file.load import parse_grid
from ablation.grid.models import Grid

TEXT = """
seeds = [0, 1]
baselines = []
[data]
source = "shapes"
[augmentations]
crop = {}
noise = { std = [0.1, 0.2] }
blur = {}
[pretrain]
epochs = 4
[lengths]
"""


def grid(lengths: str) -> Grid:
    return parse_grid(TEXT + lengths, Path("g.toml")).grid


def test_pairs_of_the_chosen_entries_are_run_by_seed_and_epochs_but_for_those_the_grid_has():
    found = list(varied_cells(grid('epochs = [8, 2, 4]\naugmentations = ["crop", "blur"]'), "f"))
    assert [(cell.seed, cell.recipe.pretrain.epochs) for cell in found[::4]] == [
        (0, 2),
        (0, 8),
        (1, 2),
        (1, 8),
    ]
    assert [cell.label for cell in found[:4]] == ["crop", "crop → blur", "blur → crop", "blur"]


def test_a_swept_entry_takes_all_its_values():
    found = list(varied_cells(grid('epochs = [2, 8]\naugmentations = ["noise"]\nseeds = [0]'), "f"))
    assert {cell.label for cell in found} >= {"noise std 0.1", "noise std 0.2 → noise std 0.1"}
    assert len(found) == 2 * 4


def test_a_seed_of_its_own_has_the_grids_length_too():
    found = list(varied_cells(grid("epochs = [2, 4]\nseeds = [7]"), "f"))
    assert {(cell.seed, cell.recipe.pretrain.epochs) for cell in found} == {(7, 2), (7, 4)}


def test_every_job_is_there_once_and_is_the_cell_of_a_grid_of_that_length():
    whole = grid("epochs = [2, 4, 8]")
    ids = [cell.id for cell in jobs(whole, "f")]
    assert len(set(ids)) == len(ids) == 3 * 2 * 16
    longer = Grid.model_validate(
        whole.model_dump() | {"pretrain": whole.pretrain.model_dump() | {"epochs": 8}, "lengths": None},
        strict=False,
    )
    assert {cell.id for cell in cells(longer, "f")} <= set(ids)


@pytest.mark.parametrize(
    ("lengths", "complaint"),
    [
        ('epochs = [2, 8]\naugmentations = ["crpo"]', 'did you mean "crop"?'),
        ("epochs = [2, 2]", "contains duplicates"),
        ("epochs = [2]", "at least 2"),
        ("epochs = [0, 2]", "must be at least 1, not 0"),
        ("epochs = [1, 2]\nseeds = []", "at least 1"),
    ],
)
def test_what_makes_no_sense_is_refused(lengths, complaint):
    with pytest.raises(GridError, match="lengths") as error:
        grid(lengths)
    assert complaint in str(error.value)
