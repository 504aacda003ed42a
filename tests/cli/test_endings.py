"""Jobs that did not end well are named in every output, in the same words."""

import io
import json

import pytest
from rich.console import Console
from typer.testing import CliRunner

from ablation.cli.app import app
from ablation.cli.plan import show_plan
from ablation.cli.progress import JsonShow, TextShow
from ablation.report.page.content import content
from ablation.results.stored.folder import open_folder
from ablation.results.study import read_study
from ablation.runner.launch import Ending
from ablation.view.pages import update
from ablation.view.state import read_state
from tests.results.builder import build

COLLAPSED = (
    "2 jobs collapsed: crop → blur (seeds 0, 1). "
    "They learnt nothing: their h hardly varies, or views find their partners only by chance."
)
DIVERGED = (
    "1 job diverged: blur (seed 1). "
    "Its loss or h is no longer finite, so it has no scores; lower pretrain.learning_rate."
)
FAILED = "failed: blur (epochs 20, seeds 0, 1): RuntimeError: no"


def outcome(first, second, seed):
    if (first, second) == ("crop", "blur"):
        return "collapsed"
    return "diverged" if (first, second, seed) == ("blur", "blur", 1) else 0.5


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run of two seeds with jobs of two other lengths; nothing is pending, but two jobs failed."""
    return build(
        tmp_path_factory.mktemp("bad"),
        ["crop", "blur"],
        outcome,
        seeds=[0, 1],
        baselines={},
        extra="[pretrain]\nepochs = 4\n[lengths]\nepochs = [2, 20]",
        length=lambda first, second, _, epochs: (
            "failed" if (first, second, epochs) == ("blur", "blur", 20) else 0.5
        ),
    )


@pytest.fixture
def ending(folder):
    tally = read_state(folder).tally
    return Ending(
        folder, tally, started=3, stopped=None, heatmap=None, best=tally.best, verdict=None, seconds=9.0
    )


def lines(show):
    console = Console(record=True, width=80, file=io.StringIO())
    show(console)
    return console.export_text().splitlines()


def test_a_run_ends_with_them(ending):
    said = lines(lambda console: TextShow("bad", console).end(ending))
    assert said[0] == "bad: 22 of 24 jobs done in 9 s"
    assert said[-3:] == [COLLAPSED, DIVERGED, FAILED]


def test_a_program_is_told_how_many_and_which(ending, capsys):
    show = JsonShow("mine")
    show.record(next(r for cell, r in ending.tally.ended if cell.at), ending.tally)
    show.end(ending)
    job, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert (job["event"], job["at"]) == ("job", {"epochs": 2})
    for one in (job, summary):
        counts = {"done": 22, "collapsed": 2, "diverged": 1, "failed": 2, "pending": 0, "total": 24}
        assert {name: one[name] for name in counts} == counts


def test_status_and_plan_name_them(folder, monkeypatch):
    said = CliRunner().invoke(app, ["status", str(folder)]).stdout.splitlines()
    assert said[-3:] == [f"{folder}: {line}" for line in (COLLAPSED, DIVERGED, FAILED)]
    opened = open_folder(folder)
    monkeypatch.setattr("ablation.cli.plan.data_fingerprint", lambda *_: opened.environment.fingerprint)
    said = lines(lambda console: show_plan(opened.grid, folder, measure=None, console=console))
    found = said.index(COLLAPSED)
    assert said[found : found + 3] == [COLLAPSED, DIVERGED, FAILED]


def test_the_page_and_the_viewer_name_them(folder):
    page, now = content(read_study(folder)), update("bad", read_state(folder))
    assert page.state == "22 of 24 jobs done · 2 seeds · 2 collapsed · 1 diverged · 2 failed"
    assert now["words"].startswith("22 of 24 jobs done, 2 collapsed, 1 diverged, 2 failed")
    assert page.warnings == [COLLAPSED, DIVERGED]
    assert [one.name for one in page.broken] == [f"blur (epochs 20, seed {seed})" for seed in (0, 1)]
    for said in (COLLAPSED, DIVERGED, "blur (epochs 20, seed 1): RuntimeError</b>"):
        assert said in now["endings"]
