"""Where test and validation disagree on which cell is best, all that is said and shown names one."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import ablation as ab
from ablation.cli.app import app
from ablation.report.plots.heatmap import heatmap_figure
from ablation.results.stored.cells import CellResult, write_cell
from ablation.results.stored.folder import open_folder
from ablation.runner.launch import Asked, launch
from ablation.view.pages import update
from ablation.view.state import read_state
from tests.results.builder import build, record, scores

VALIDATION = {("crop", "color"): 0.60, ("color", "crop"): 0.55}
TEST = {("crop", "color"): 0.50, ("color", "crop"): 0.70}  # by test, another cell would be the best
BEST, OTHER = "crop → color", "color → crop"


@pytest.fixture
def folder(tmp_path):
    path = build(tmp_path, ["crop", "color"], lambda *_: 0.3, seeds=[0, 1, 2], baselines={"random-init": 0.2})
    opened = open_folder(path)
    for cell in opened.cells:
        if cell.policy:
            pair, noise = (cell.first.name, cell.second.name), 0.004 * (cell.seed - 1)
            test, held_out = (table.get(pair, 0.3) + noise for table in (TEST, VALIDATION))
            write_cell(path, CellResult(record(cell, test, scores=scores(test, held_out))))
    return path


def said(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.stdout


class Heard:
    """Keeps the end of a run; says nothing."""

    def __getattr__(self, name):
        return lambda *_: None

    def end(self, ending):
        self.ending = ending


def test_the_cell_that_validation_chose_is_named_everywhere(folder):
    report = said("report", folder)
    assert f"Best of 4 cells: {BEST}, validation linear top-1 60.0 %" in report
    assert f"On the test split, which played no part in the choice, {BEST} reaches 50.0 %" in report
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert f'<p class="answer">Best of 4 cells: {BEST}' in page
    assert f"<summary>{BEST} as code</summary>" in page
    assert f"{BEST} 60.0%" in said("status", folder)
    assert said("recommend", folder).startswith(f"Best of 4 cells: {BEST}")
    plain = json.loads(said("recommend", folder, "--json"))
    assert plain["best"]["name"] == plain["code"]["policy"] == plain["test"][0]["name"] == BEST
    study = ab.open_study(folder)
    assert study.recommendation.best.name == BEST
    assert study.statistics.leader == study.validation.leader == ("crop", "color")
    assert BEST in " ".join(ab.sentences(study.statistics))
    assert OTHER not in ab.sentences(study.statistics)[0]
    assert f"Best of 4 cells: {BEST}" in study._repr_html_()
    assert f"best: {BEST}, 60.0 % validation linear top-1" in update("x", read_state(folder))["words"]
    ax = heatmap_figure(study.results, study.baselines, study.statistics).axes[0]
    star = next(text.get_position() for text in ax.texts if text.get_text() == "★")
    assert tuple(np.floor(star)) == (1.0, 0.0)  # column color, row crop


def test_a_run_with_nothing_to_do_names_it_too(folder, monkeypatch):
    opened, heard = open_folder(folder), Heard()
    monkeypatch.setattr("ablation.runner.launch.data_fingerprint", lambda *_: opened.environment.fingerprint)
    launch(opened.file, folder, heard, Asked())
    assert (heard.ending.best.label, heard.ending.best.confirmed) == (BEST, False)


def test_what_was_confirmed_is_named_instead(folder):
    extra = '"crop + color" = ["crop", "color"]\n"color + crop" = ["color", "crop"]'
    build(
        folder / "confirm",
        [],
        lambda first, _, seed: {"crop + color": 0.5, "color + crop": 0.6}[first] + 0.004 * seed,
        seeds=[0, 1, 2],
        first_lines='pairs = []\nviews.branches = "both"',
        extra=extra,
        baselines={"random-init": 0.2},
    )
    report = said("report", folder)
    assert "Best of 2 cells: color + crop" in report
    assert "color + crop 59.4% (confirmed)" in said("status", folder)
    assert "Best of 2 cells: color + crop" in (folder / "report.html").read_text(encoding="utf-8")
    assert json.loads(said("recommend", folder, "--json"))["best"]["name"] == "color + crop"
    words = update("x", read_state(folder))["words"]
    assert "best: color + crop, 59.4 % validation linear top-1, confirmed with both branches" in words


def test_equal_cells_are_told_by_their_operations_then_by_their_order(tmp_path):
    path = build(tmp_path, ["crop", "color"], lambda *_: 0.5, seeds=[0, 1], baselines={})
    assert ab.open_study(path).recommendation.best.name == "crop"
    assert "crop 49.0%" in said("status", path)
