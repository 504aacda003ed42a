import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ablation.grid.cells import cells, job_count, rung_cells
from ablation.grid.models import Grid
from ablation.grid.race import default_rungs, places

GRID = {
    "data": {"source": "shapes"},
    "augmentations": {"crop": {}, "color": {}, "blur": {}},
    "pretrain": {"epochs": 32},
    "baselines": ["random-init"],
    "seeds": [0, 1],
}


def raced(**race):
    return Grid.model_validate(GRID | {"race": race})


def test_the_last_rung_holds_cells_of_the_plain_grid_and_the_others_those_of_shorter_ones():
    grid = raced(epochs=[2, 8])
    pairs = {("crop", "color"), ("blur", "blur")}
    for epochs in grid.rungs:
        shorter = Grid.model_validate(GRID | {"pretrain": {"epochs": epochs}})
        plain = {cell.id: cell for cell in cells(shorter, "shapes-1")}
        rung = [*rung_cells(grid, "shapes-1", epochs, pairs)]
        assert len(rung) == 4
        assert all(cell.id in plain for cell in rung)
        assert {cell.recipe.whole for cell in rung} == {epochs == 32}


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ({"race": {"epochs": [32]}}, "must be below pretrain.epochs (32)"),
        ({"race": {"epochs": [2, 2]}}, "duplicates"),
        ({"race": {"epochs": []}}, "at least 1 item"),
        ({"race": {"epochs": [0]}}, "greater than or equal to 1"),
        ({"race": {"epochs": [2], "share": 0}}, "greater than 0"),
        ({"race": {"epochs": [2], "keep": ["crpo"]}}, 'did you mean "crop"?'),
        ({"race": {"epochs": [2], "grow": 4}}, "at most 3: the grid has no more operations"),
        ({"race": {"epochs": [2], "grow": 2}}, "greater than or equal to 3"),
        ({"race": {"epochs": [2]}, "lengths": {"epochs": [1, 2]}}, "[lengths] or [race]"),
    ],
)
def test_a_race_that_cannot_be_run_is_refused(grid, said):
    with pytest.raises(ValidationError) as error:
        Grid.model_validate(GRID | grid)
    assert said in str(error.value)


@given(st.integers(1, 200), st.integers(1, 2000), st.floats(0.01, 1))
def test_no_rung_holds_more_cells_than_the_one_before_or_fewer_than_two(cells, longest, share):
    rungs = default_rungs(longest)
    held = places(cells, rungs, share)
    assert held[0] == cells
    assert held == sorted(held, reverse=True)
    assert min(held) >= min(2, cells)
    assert rungs[-1] == longest


@given(st.integers(10, 200), st.integers(16, 2000), st.floats(0.3, 1))
def test_a_race_of_many_cells_keeps_its_share_of_the_epochs(cells, longest, share):
    rungs = default_rungs(longest)
    held = places(cells, rungs, share)
    if held[-1] > 2:
        assert sum(n * epochs for n, epochs in zip(held, rungs, strict=True)) <= share * cells * (longest + 2)


@pytest.mark.parametrize("keep", [[], ["crop"]])
def test_jobs_are_counted_at_most(keep):
    grid = raced(epochs=[2, 8], keep=keep)
    assert grid.held == [9, 3 + len(keep), 2 + len(keep)]
    assert job_count(grid) == 2 * sum(grid.held) + 2
