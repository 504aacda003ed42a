"""`ablation verify` prints a line for each job, and its exit code says whether all agree."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ablation.cli.app import app
from ablation.results.findings.agreement import Agreement, Elements, Moved, Number
from ablation.results.stored.damage import DamagedError
from ablation.results.stored.environment import Likeness
from ablation.runner.verify import Verification

ALIKE, OTHER = Likeness((), ()), Likeness(("torch 2.14.1 there, 2.13.0 here",), ())
EXACT = Agreement("crop (seed 0)", "a", "bit for bit", ALIKE, unstored=("views",))
ROUNDED = Agreement(
    "blur (seed 1)", "b", "within rounding", OTHER,
    numbers=(Number("scores.linear_top1", 0.481, 0.479), Number("epochs.0.loss", 4.5, 4.50001)),
    arrays=(Elements("predictions", 12, 4000),), moved=(Moved("linear_top1", -0.002, 0.0045),),
)  # fmt: skip
WRONG = replace(ROUNDED, verdict="differs", moved=())
WHOLE = Verification(Path("results/mine"), (EXACT,), 60, 7, ())


def verified(monkeypatch, found, *options):
    monkeypatch.setattr("ablation.runner.verify.verify", lambda *_, **__: found)
    return CliRunner().invoke(app, ["verify", "results/mine", *options])


def test_one_screen_says_what_agrees_and_how(monkeypatch):
    shown = verified(monkeypatch, replace(WHOLE, jobs=(EXACT, ROUNDED), others=1))
    assert shown.exit_code == 0
    assert shown.stdout.splitlines() == [
        "results/mine: 2 of 60 finished jobs run again (--seed 7 chooses the same)",
        "not checked: 1 result of no job of this grid; the grid, or code beside it, was changed since",
        "another machine than that of the results: torch 2.14.1 there, 2.13.0 here",
        "crop (seed 0): agrees bit for bit",
        "blur (seed 1): agrees within rounding: linear_top1 0.481 against 0.479, "
        "epochs.0.loss 4.5 against 4.50001, 12 of 4,000 predictions",
        "not compared, because not every one of them is stored: views",
        "1 agrees bit for bit and 1 agrees within rounding.",
        "Accuracies may move as far as rounding moves them, given how many predictions it turns: linear_top1 "
        "by -0.20 points, of 0.45, is the furthest. Other numbers of jobs that train were not judged.",
    ]


DAMAGED = DamagedError(Path("cells/0.npz"), "File is not a zip file")


@pytest.mark.parametrize(
    ("found", "code"),
    [(WHOLE, 0), (replace(WHOLE, jobs=(EXACT, WRONG)), 1), (replace(WHOLE, damaged=(DAMAGED,)), 1)],
)
def test_the_exit_code_says_whether_all_agree(monkeypatch, found, code):
    shown = verified(monkeypatch, found, "--json")
    assert shown.exit_code == code
    told = json.loads(shown.stdout)
    assert told["agrees"] == (code == 0)
    assert [job["verdict"] for job in told["jobs"]] == [job.verdict for job in found.jobs]
    assert told["damaged"] == [str(one.path) for one in found.damaged]


def test_what_is_no_results_folder_is_a_users_error(tmp_path):
    shown = CliRunner().invoke(app, ["verify", str(tmp_path)])
    assert shown.exit_code == 2
    assert "not a results folder" in shown.stderr
