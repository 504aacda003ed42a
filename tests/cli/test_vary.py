"""A study from the command line: run whole, counted, and refused where nobody can have meant it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

import ablation as ab
from ablation.cli.app import app
from tests.tiny import TINY

VARY = """epochs = 1
width = 8
[vary]
"pretrain.batch_size" = [8, 16]
"views.branches" = ["one", "both"]
only = ["crop"]
"""


@pytest.fixture
def grid(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path / "cache"))
    Path("tiny.toml").write_text('baselines = ["random-init"]\nlabel_free = false' + TINY + VARY)


def invoke(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.slow
def test_a_study_runs_to_its_page_and_its_table_and_finds_its_jobs_again(grid):
    result = invoke("run", "tiny.toml", "--workers", 1, "--device", "cpu")
    assert result.exit_code == 0, result.output
    found = ab.open_study("results/tiny")
    assert repr(found).endswith("8 of 8 jobs done>")  # four cells, a floor, and crop at three other points
    frame = ab.load_varied(found)
    assert frame.groupby(["batch_size", "branches"]).size().to_dict() == {
        (8, "one"): 1,
        (8, "both"): 1,
        (16, "one"): 1,
        (16, "both"): 1,
    }
    assert frame["linear_top1"].notna().all()
    assert ab.along(found, "branches").frame["value"].tolist() == ["one", "both"]
    assert "8 jobs, 8 done" in invoke("plan", "tiny.toml", "--no-measure").output
    assert "varied, 2 batch_size × 2 branches, for crop" in invoke("plan", "tiny.toml", "--no-measure").output


def test_very_many_jobs_need_to_be_meant(grid):
    many = "vary={pretrain.width=[" + ", ".join(map(str, range(8, 208))) + "], pretrain.epochs=[1, 2, 3, 4]}"
    seeds = ("--set", many, "--seeds", 5)
    result = invoke("validate", "tiny.toml", *seeds)
    assert result.exit_code != 0
    assert "[vary] comes to 17,000 jobs" in result.output
    assert invoke("validate", "tiny.toml", *seeds, "--yes").exit_code == 0
