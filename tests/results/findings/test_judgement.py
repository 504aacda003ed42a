import json

import pytest

from ablation.results.findings.judgement import judge
from ablation.results.findings.leak_and_accuracy import Explained
from ablation.results.loading import load_baselines, load_results
from tests.results.builder import build

NAMES = ["crop", "blur", "color"]


def judged(folder):
    return judge(load_results(folder), load_baselines(folder))


def test_a_grid_is_judged_with_its_numbers(tmp_path):
    folder = build(
        tmp_path, NAMES, lambda a, b, seed: 0.3 + 0.2 * ("color" in (a, b)) + seed / 100, seeds=[0, 1]
    )
    found = judged(folder)
    assert found.sentence == found.verdict.sentence
    assert isinstance(found.explained, Explained)
    written = json.loads(found.json())
    assert written["word"] == "no evidence", "use does not fall"
    assert written["evidence"]["accuracy"]["alone"] == pytest.approx(0.295)
    assert written["leak_against_accuracy"]["rho"] == pytest.approx(-1)
    assert written["leak_against_accuracy"]["smallest_p"] > 0.05


def test_what_cannot_be_judged_says_why(tmp_path):
    found = judged(build(tmp_path / "pending", NAMES, lambda *_: None, baselines={}))
    assert found.sentence == "No verdict: there are no results yet."
    assert json.loads(found.json())["word"] is None
    failed = judged(build(tmp_path / "failed", NAMES, lambda *_: "failed", baselines={}))
    assert failed.sentence == "No verdict: no cell has a result."
    gap = judged(build(tmp_path / "gap", NAMES, lambda a, b, _: 0.3 if a == b else "failed"))
    assert "crop → blur" in gap.explained
    assert gap.verdict.word == "no evidence"


def test_a_correlation_that_there_is_not_is_null(tmp_path):
    written = json.loads(judged(build(tmp_path, NAMES, lambda *_: 0.3)).json())
    assert written["leak_against_accuracy"]["rho"] is None


def test_a_verdict_on_images_of_one_channel_is_about_brightness(tmp_path):
    folder = build(tmp_path, NAMES, lambda *_: 0.3, seeds=[0, 1])
    results, baselines = load_results(folder), load_baselines(folder)
    told = "These images have one channel: colour means brightness here."
    assert told not in judge(results, baselines).sentence
    results.attrs["grid"]["data"] = {"source": "folder", "path": "photos", "channels": 1}
    found = judge(results, baselines).verdict
    assert found.sentence.endswith(told)
    assert found.conclusion.endswith(told)
