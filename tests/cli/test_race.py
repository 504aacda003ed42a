import json

import pytest
from typer.testing import CliRunner

from ablation.cli.app import app
from ablation.cli.race import Pace, chosen_rungs, race_overrides, rungs_before, rungs_within
from ablation.errors import GridError
from ablation.grid.models import Grid
from tests.tiny import TINY

GRID = Grid.model_validate(
    {
        "data": {"source": "shapes"},
        "augmentations": {name: {} for name in ("crop", "color", "blur", "noise")},
        "seeds": [0, 1, 2],
    }
)


def with_race(**race):
    return Grid.model_validate(GRID.model_dump() | {"race": race, "pretrain": {"epochs": 64}})


@pytest.mark.parametrize("text", ["8", "", "2,x", "0,8", "2;8", "-2,8"])
def test_rungs_that_are_no_numbers_are_refused_with_an_example(text):
    with pytest.raises(ValueError, match="such as 2,8,32,128"):
        chosen_rungs(text)


def test_the_grid_keeps_its_own_rungs_unless_others_are_given():
    grid = with_race(epochs=[4, 16])
    assert race_overrides(grid, None, None) == []
    assert race_overrides(grid, (2, 8), None) == ["pretrain.epochs=8", "race.epochs=[2]"]


def test_a_grid_with_lengths_and_a_race_of_one_rung_are_refused():
    lengths = Grid.model_validate(GRID.model_dump() | {"lengths": {"epochs": [1, 2]}})
    with pytest.raises(GridError, match="remove"):
        race_overrides(lengths, None, None)
    with pytest.raises(GridError, match="two rungs"):
        race_overrides(GRID, (8,), None)


def test_more_time_and_more_workers_lead_to_longer_races_and_too_little_is_said():
    pace = Pace(epoch=1.0, rest=2.0)
    short, long = (rungs_within(GRID, pace, seconds, 2, None)[-1] for seconds in (3600, 36_000))
    assert short < long
    assert rungs_within(GRID, pace, 3600, 20, None)[-1] == long
    with pytest.raises(GridError, match="allow more time"):
        rungs_within(GRID, pace, 10, 1, None)


def test_policies_longer_than_the_grid_has_operations_are_refused(tmp_path):
    (tmp_path / "tiny.toml").write_text(TINY)
    ran = CliRunner().invoke(app, ["race", str(tmp_path / "tiny.toml"), "--grow", "3"])
    assert ran.exit_code == 2
    assert "race.grow: at most 2" in ran.output


@pytest.mark.slow
def test_a_race_is_run_reported_and_continued(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text('baselines = ["color-histogram"]\nseeds = [0, 1]' + TINY)
    command = ["race", "tiny.toml", "--epochs", "1,2,4", "--share", "0.9", "--workers", "1"]
    ran = CliRunner().invoke(app, [*command, "--json"])
    assert ran.exit_code == 0, ran.output
    jobs = [json.loads(line) for line in ran.stdout.splitlines()]
    assert {job["at"].get("epochs", 4) for job in jobs[:-1]} == {1, 2, 4}
    assert jobs[-1]["pending"] == 0
    assert rungs_before(GRID, tmp_path / "results" / "tiny-race") is None
    again = CliRunner().invoke(app, command)
    assert "nothing to run" in again.output
    page = (tmp_path / "results/tiny-race/report.html").read_text()
    assert "This is a race: 4 cells ran 1 epoch" in page
    assert "Every cell on every rung of the race" in page
    for asked in (["status", "results"], ["recommend", "results/tiny-race"], ["plan", "tiny.toml"]):
        assert CliRunner().invoke(app, asked).exit_code == 0
    planned = CliRunner().invoke(app, ["plan", "results/tiny-race/grid.toml", "--no-measure"])
    assert "all 4 cells run 1 epoch" in planned.output
