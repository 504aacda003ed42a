"""What is recommended: by validation, the simplest that is as good, and nothing that is not known."""

import json
import re
from dataclasses import replace

import pytest

from ablation.grid.cells import cells
from ablation.results.answers import recommend
from ablation.results.findings.recommend_words import recommendation_json, recommendation_words
from ablation.results.findings.verdict import Verdict
from ablation.results.stored.cells import CellResult, write_cell
from ablation.results.stored.folder import open_folder
from tests.results.builder import BASELINES, build, record, scores

NOISE = {0: 0.0, 1: 0.004, 2: -0.004}
FLOORS = {kind: BASELINES[kind] for kind in ("random-init", "no-augmentation")}


def grid(path, table, seeds=(0, 1, 2)):
    """A grid whose cells have these accuracies, with noise of each cell's own."""

    def score(first, second, seed):
        value = table.get((first, second), 0.3)
        return value if isinstance(value, str) or value is None else value + NOISE[(seed + len(second)) % 3]

    return build(path, ["crop", "color", "blur"], score, seeds=list(seeds), baselines=FLOORS)


PLANTED = {("crop", "color"): 0.60, ("color", "crop"): 0.55, ("crop", "crop"): 0.40}


def test_a_planted_best_pair_is_found_and_nothing_else_is_as_good(tmp_path):
    found = recommend(grid(tmp_path, PLANTED))
    assert found.best.name == "crop → color"
    assert [step.name for step in found.best.steps] == ["crop", "color"]
    assert [one.name for one in found.alike] == ["crop → color"]
    assert found.simplest == found.best
    assert found.best.low < found.best.score < found.best.high
    (floor,) = (one for one in found.best.floors if one.kind == "no-augmentation")
    assert floor.gain == pytest.approx(0.60 - BASELINES["no-augmentation"])
    assert floor.low < floor.gain < floor.high
    assert "All other cells are significantly worse, corrected for 9 cells." in recommendation_words(found)
    assert "The other cell is significantly worse." in recommendation_words(replace(found, cells=2))


@pytest.mark.parametrize(
    ("table", "said"), [(PLANTED, "includes it all the same"), ({("crop", "blur"): 0.6}, "so leave it out")]
)
def test_a_signal_is_no_advice_against_the_policy_that_is_recommended(tmp_path, table, said):
    found = recommend(grid(tmp_path, table))
    found = replace(found, verdict=Verdict("signal", "", found.verdict.evidence))
    colour = next(one for one in recommendation_words(found) if one.startswith("Colour is a signal"))
    assert said in colour


def test_what_a_race_has_not_settled_is_said(tmp_path):
    found = recommend(grid(tmp_path, PLANTED))
    open_ = Verdict("no evidence", "", found.verdict.evidence, 2, "Not settled: it costs.", unsettled=True)
    assert "Colour: not settled: it costs." in recommendation_words(replace(found, verdict=open_))


def test_of_what_is_as_good_the_simplest_is_named(tmp_path):
    tied = PLANTED | {("crop", "crop"): 0.599, ("color", "crop"): 0.6}
    found = recommend(grid(tmp_path, tied))
    assert found.best.operations == 2
    assert found.simplest.name == "crop"
    assert len(found.alike) == 3
    assert "Simplest cell not distinguishable from it: crop (1 operation" in " ".join(
        recommendation_words(found)
    )


def test_the_test_split_is_never_asked(tmp_path):
    folder = grid(tmp_path, PLANTED)
    opened = open_folder(folder)
    for cell in cells(opened.grid, opened.environment.fingerprint):
        if cell.first and (cell.first.name, cell.second.name) == ("blur", "blur"):  # worst, but for the test
            write_cell(folder, CellResult(record(cell, 0.9, scores=scores(0.9, 0.29))))
    assert recommend(folder).best.name == "crop → color"


def test_one_seed_names_the_highest_and_nothing_as_good(tmp_path):
    found = recommend(grid(tmp_path, PLANTED, seeds=[0]))
    assert found.best.name == "crop → color"
    assert found.best.low is None
    assert found.simplest is None
    said = " ".join(recommendation_words(found))
    assert "One seed cannot tell which" in said
    assert "Three seeds (--seeds 3) would take about" in said


def test_cells_with_gaps_are_no_candidates(tmp_path):
    found = recommend(grid(tmp_path, PLANTED | {("crop", "color"): "failed", ("blur", "blur"): None}))
    assert found.best.name == "color → crop"
    assert found.cells == 7


def test_nothing_yet_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="no cell has a validation accuracy yet"):
        recommend(build(tmp_path, ["crop"], lambda *_: None, baselines={}))


def test_little_evidence_is_called_that(tmp_path):
    found = recommend(grid(tmp_path, {("crop", "color"): 0.3001}))
    assert len(found.alike) == 9
    assert "choosing the simplest is prudence, not a finding" in " ".join(recommendation_words(found))


def test_the_step_that_is_open_is_named_until_it_is_confirmed(tmp_path):
    folder = grid(tmp_path / "own", PLANTED)
    assert "Still open: cells were ranked with one branch" in recommendation_words(recommend(folder))[-1]
    confirmed = {"crop + color": 0.5, "crop + color + blur": 0.7}
    extra = "\n".join(f'"{name}" = {json.dumps(name.split(" + "))}' for name in confirmed)
    build(
        folder / "confirm",
        [],
        lambda first, _, seed: confirmed[first] + NOISE[(seed + len(first)) % 3],
        seeds=[0, 1, 2],
        baselines=FLOORS,
        first_lines='pairs = []\nviews.branches = "both"',
        extra=extra,
    )
    found = recommend(folder)
    assert found.confirmed
    assert found.both_branches
    assert [step.name for step in found.best.steps] == ["crop", "color", "blur"]
    said = recommendation_words(found)
    assert said[1].startswith("Confirmed: these policies")
    assert not any(line.startswith("Still open") for line in said)


def test_json_holds_plain_values_and_reads_back(tmp_path):
    found = recommend(grid(tmp_path, PLANTED))
    plain = json.loads(
        json.dumps(recommendation_json(found, found.best, {"kornia": "x", "torchvision": None}))
    )
    assert plain["format"] == 2
    assert plain["metric"] == "linear_top1_val"
    assert plain["best"]["steps"][1]["operation"] == "color"
    assert plain["best"]["name"] == plain["code"]["policy"] == "crop → color"
    assert plain["code"]["torchvision"] is None


def test_what_was_confirmed_with_other_jobs_is_no_answer(tmp_path):
    folder = grid(tmp_path / "own", PLANTED)
    extra = '"crop + color" = ["crop", "color"]\n[pretrain]\nepochs = 99'
    lines = 'pairs = []\nviews.branches = "both"'
    build(folder / "confirm", [], lambda *_: 0.9, seeds=[0, 1, 2], first_lines=lines, extra=extra)
    found = recommend(folder)
    assert not found.confirmed
    assert found.best.name == "crop → color"


def below(path, floor, seeds=(0, 1, 2)):
    """A grid whose best cell is at 60 %, beside a colour histogram alone."""
    return build(
        path,
        ["crop", "color"],
        lambda a, b, seed: PLANTED.get((a, b), 0.3) + NOISE[(seed + len(b)) % 3],
        seeds=list(seeds),
        baselines={"color-histogram": floor, "random-init": 0.3},
    )


@pytest.mark.parametrize(
    ("floor", "seeds", "first"),
    [
        (0.70, (0, 1, 2), "Worse than counting colours (69.0 %: −10.0 ("),
        (0.602, (0, 1, 2), "Not better than counting colours ("),
        (0.599, (0, 1, 2), "Not shown to be better than counting colours ("),
        (0.70, (0,), "Worse than counting colours ("),
    ],
)
def test_a_policy_that_is_not_above_a_floor_says_so_first_and_what_to_change(tmp_path, floor, seeds, first):
    found = recommend(below(tmp_path, floor, seeds))
    assert not found.best.stands
    said = recommendation_words(found)
    assert said[0].startswith(first)
    assert said[1].startswith("These jobs are too short, or the ")
    assert [line.split(":")[0] for line in said[2:4]] == ["Train longer", "Use more images"]
    assert re.search(r"Above its floors, in points of [a-z ]+: \+\d.*over random init", " ".join(said))


def test_two_floors_that_it_is_not_above_are_told_apart(tmp_path):
    floors = {"color-histogram": 0.70, "random-init": 0.599}
    folder = build(
        tmp_path,
        ["crop", "color"],
        lambda a, b, seed: PLANTED.get((a, b), 0.3) + NOISE[(seed + len(b)) % 3],
        seeds=[0, 1, 2],
        baselines=floors,
    )
    first = recommendation_words(recommend(folder))[0]
    assert first.startswith("Worse than counting colours (69.0 %: ")
    assert "Nor is it shown to be better than the same encoder before training (58.9 %: +" in first


def test_above_every_floor_nothing_is_to_be_changed(tmp_path):
    found = recommend(below(tmp_path, 0.5))
    assert found.best.stands
    assert found.remedies == ()
    assert recommendation_words(found)[0].startswith("Best of 4 cells: crop → color")
