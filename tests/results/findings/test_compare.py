"""Two grids compared: what moved is found, and what did not is not."""

import numpy as np
import pytest

from ablation.cli.compare import compared
from ablation.errors import ResultsError
from ablation.results.answers import compare
from ablation.results.findings.compare_words import comparison_json, comparison_words
from ablation.results.study import read_study
from tests.results.builder import build
from tests.results.findings.test_along import study

NAMES = ["crop", "color", "blur"]
BASE = {(a, b): 0.3 + 0.05 * NAMES.index(a) + 0.02 * NAMES.index(b) for a in NAMES for b in NAMES}


def grid(path, changes=None, *, names=NAMES, seeds=(0, 1, 2), noise=0.004, draw=0, extra=""):
    random = np.random.default_rng(draw)
    table = {pair: value + (changes or {}).get(pair, 0) for pair, value in BASE.items()}

    def score(first, second, _):
        return float(table.get((first, second), 0.3) + random.normal(0, noise))

    return build(path, names, score, seeds=list(seeds), baselines={}, extra=extra)


def test_a_grid_is_like_itself(tmp_path):
    a = grid(tmp_path / "a")
    found = compare(a, a)
    assert found.rho == pytest.approx(1)
    assert found.rows_rho == pytest.approx(1)
    assert (found.cells["difference"] == 0).all()
    assert found.moved.empty
    assert found.settings == ()


def test_a_planted_move_is_found_with_its_size_and_no_other(tmp_path):
    a, b = grid(tmp_path / "a"), grid(tmp_path / "b", {("crop", "blur"): 0.2}, draw=1)
    found = compare(a, b)
    assert found.moved.index.tolist() == [("crop", "blur")]
    moved = found.moved.iloc[0]
    assert moved["low"] < 0.2 < moved["high"]
    assert moved["difference"] == pytest.approx(moved["b"] - moved["a"])
    assert found.rho < 1
    assert "Significant differences, in points, corrected for 9 cells: crop → blur +" in " ".join(
        comparison_words(found)
    )


def test_what_the_other_grids_choice_costs_is_said(tmp_path):
    a, b = (
        grid(tmp_path / "a"),
        grid(tmp_path / "b", {("crop", "blur"): 0.2, ("blur", "blur"): -0.11}, draw=1),
    )
    found = compare(a, b)
    advice = found.advice
    assert (advice.choice, advice.best, advice.place) == (("blur", "blur"), ("crop", "blur"), 7)
    cells = found.cells["b"]
    assert advice.lost == pytest.approx(cells[advice.best] - cells[advice.choice])
    assert advice.low < advice.lost < advice.high
    assert "Following a changes test linear top-1 there by −21." in " ".join(comparison_words(found))
    assert comparison_json(found)["advice"]["choice"] == ["blur", "blur"]
    assert "Validation of both chooses blur." in comparison_words(compare(a, a))


def test_one_seed_says_what_a_choice_costs_without_an_interval(tmp_path):
    a = grid(tmp_path / "a")
    b = grid(tmp_path / "b", {("crop", "crop"): 0.4}, seeds=(0,))
    found = compare(a, b)
    assert np.isnan(found.advice.low)
    assert comparison_json(found)["advice"]["low"] is None


def test_where_only_draws_differ_a_cell_is_rarely_called_moved(tmp_path):
    wrong = 0
    for k in range(10):
        found = compare(
            grid(tmp_path / f"a{k}", draw=2 * k, noise=0.01),
            grid(tmp_path / f"b{k}", draw=2 * k + 1, noise=0.01),
        )
        wrong += not found.moved.empty
    assert wrong <= 3  # 5 % a comparison; more than 3 of 10 has a chance of .1 %


def test_one_seed_says_that_nothing_is_known(tmp_path):
    a, b = grid(tmp_path / "a", seeds=[0]), grid(tmp_path / "b", {("crop", "blur"): 0.2}, seeds=[0])
    found = compare(a, b)
    assert found.moved.empty
    assert found.cells.loc[("crop", "blur"), "difference"] == pytest.approx(0.2)
    assert "One seed cannot tell" in comparison_words(found)[-1]


def test_only_what_both_have_is_compared_and_the_rest_is_named(tmp_path):
    found = compare(grid(tmp_path / "a"), grid(tmp_path / "b", names=["blur", "crop", "noise"]))
    assert found.left_out == ("color", "noise")
    assert len(found.cells) == 4
    assert sorted(found.results[1]["first"].unique()) == ["blur", "crop"]
    with pytest.raises(ResultsError, match="share no cell"):
        compare(grid(tmp_path / "c", names=["crop"]), grid(tmp_path / "d", names=["noise"]))


def test_what_differs_between_the_grids_is_said(tmp_path):
    more = "[pretrain]\nepochs = 20"
    found = compare(grid(tmp_path / "a"), grid(tmp_path / "b", extra=more))
    assert found.settings == ("pretrain.epochs: 10 → 20",)
    assert comparison_words(found)[0].startswith("From a to b: ")  # they have one name


def test_gaps_are_no_differences(tmp_path):
    a = build(tmp_path / "a", NAMES, lambda a, b, _: None if a == b else 0.4, seeds=[0, 1], baselines={})
    found = compare(a, grid(tmp_path / "b"))
    assert found.cells["difference"].isna().sum() == 3
    plain = comparison_json(found)
    assert plain["cells"][0]["difference"] is None
    assert plain["spearman"] is None  # all cells of a are alike


@pytest.mark.parametrize("unfinished", ["pending", "failed"])
@pytest.mark.parametrize("as_json", [False, True])
def test_a_grid_without_a_finished_cell_is_named_in_either_order(tmp_path, unfinished, as_json):
    outcome = None if unfinished == "pending" else unfinished
    whole, none = (
        grid(tmp_path / "whole"),
        build(tmp_path / "none", NAMES, lambda *_: outcome, baselines={"random-init": 0.2}),
    )
    for a, b in ((whole, none), (none, whole), (none, none)):
        with pytest.raises(ResultsError, match=r"none: has no result yet in any of the 9 shared cells; run"):
            compared(read_study(a), read_study(b), as_json=as_json)


def test_settings_that_both_studies_vary_are_compared_by_rank_and_by_what_a_choice_costs(tmp_path):
    vary = '[vary]\n"pretrain.batch_size" = [64, 128, 256]'
    rising = study(tmp_path / "a", lambda _, __, size: 0.02 * (size // 64), vary=vary)
    falling = study(tmp_path / "b", lambda _, __, size: -0.02 * (size // 64), vary=vary)
    found = rising.compare(falling)
    [axis] = found.axes
    assert (axis.name, axis.best, axis.rho) == ("batch_size", (256, 64), pytest.approx(-1))
    assert axis.low < axis.lost < axis.high
    assert axis.lost == pytest.approx(0.06, abs=0.005)
    told = comparison_words(found)[-1]
    assert told.startswith("batch_size: 256 is best in")
    assert "changes accuracy by −" in told
    assert comparison_words(rising.compare(rising))[-1].startswith("batch_size: 256 is best in both")
