"""How answers change with the epochs: planted crossings, partial lengths, one length, and equal curves."""

import json
import zlib

import numpy as np
import pytest
from matplotlib.figure import Figure

import ablation as ab
from ablation.results.findings.best import answer_of
from ablation.results.findings.colour_trend import LengthEffect, opposed_lengths
from ablation.results.findings.recommend_words import recommendation_json, recommendation_words
from ablation.results.statistics.intervals import mean_interval
from ablation.results.study import read_study
from tests.results.builder import build, record, use

NAMES = ["crop", "blur", "color"]
LONGER = {2: -0.06, 8: -0.03, 32: 0.06}  # what color adds, by epochs: the short answer is wrong
FADING = {2: -0.06, 8: -0.04, 32: -0.002}
EQUAL = dict.fromkeys(LONGER, -0.06)


def study(path, adds, seeds=(0, 1, 2), lengths="epochs = [2, 8, 32]", own=2, names=NAMES):
    def score(first, second, seed, epochs=own):
        luck = np.random.default_rng(zlib.crc32(f"{first}{second}{seed}{epochs}".encode()))
        added = adds[epochs] if "color" in (first, second) and first != second else 0.0
        alone = {"crop": 0.7, "blur": 0.6, "color": 0.5}
        return max(alone[first], alone[second]) + added + 0.01 * seed + 0.003 * luck.standard_normal()

    def result(cell, top1):
        colored = any(step.operation.operation == "color" for step in cell.steps)
        made = record(cell, top1, use={"h": use(0.55 if colored else 0.75), "z": use(0.6)})
        return made.model_copy(update={"sizes": made.sizes.model_copy(update={"validation": 1000})})

    extra = f"[pretrain]\nepochs = {own}\n" + (f"[lengths]\n{lengths}" if lengths else "")
    floors = {"color-histogram": 0.45, "random-init": 0.2}
    build(path, names, score, [*seeds], floors, extra, length=score, result=result)
    return read_study(path)


@pytest.fixture(scope="module")
def crossing(tmp_path_factory):
    return study(tmp_path_factory.mktemp("crossing"), LONGER)


def test_a_signal_that_turns_into_a_gain_depends_on_length(crossing):
    found = crossing
    assert [one.word for one in found.colour_trend.lengths] == ["signal", "signal", "shortcut"]
    assert found.judgement.verdict.word == "depends on length"
    sentence = found.judgement.sentence
    assert sentence.startswith("In jobs of 32 epochs, colour distortion changes")
    assert "It depends on length: distortion costs 6." in sentence
    assert "has not settled (from 8 to 32 epochs +" in sentence
    written = json.loads(found.judgement.json())
    assert (written["word"], written["epochs"], written["lengths"]["moves"]) == (
        "depends on length",
        32,
        True,
    )
    frame = found.colour_trend.frame
    mean = frame[frame["beside"] == ""].set_index("epochs")
    assert mean["effect"].to_dict() == pytest.approx(LONGER, abs=0.01)
    assert (mean["low"] < mean["effect"]).all()


def test_a_cost_that_is_gone_in_long_jobs_depends_on_length_and_one_that_stays_does_not(tmp_path):
    fading = study(tmp_path / "fading", FADING).judgement
    assert fading.verdict.word == "depends on length"
    equal = study(tmp_path / "equal", EQUAL)
    assert equal.judgement.verdict.word == "signal"
    assert equal.colour_trend.opposed is None
    assert not equal.recommendation.run_longer


def test_the_recommendation_is_of_the_longest_jobs_and_says_what_led_before(crossing):
    found = crossing
    choice = found.recommendation
    assert choice.epochs == 32
    assert "color" in choice.best.name
    assert found.validation.leader in {("crop", "crop"), ("crop", "blur"), ("blur", "crop")}
    words = " ".join(recommendation_words(choice))
    assert "the answer of 32 epochs, the longest of 3 lengths; heatmaps and effects are of 2 epochs" in words
    assert "from the best. It led at the length before, so this has not settled: run longer." in words
    assert "Colour: it depends on the length of the jobs: distortion costs" in words
    plain = recommendation_json(choice, choice.best, None)
    assert (plain["epochs"], plain["lengths"], plain["run_longer"]) == (32, [2, 8, 32], True)
    records = {cell.id: record for cell, record in (*found.records, *found.varied_records)}
    best = answer_of(found.folder, records)
    assert (best.label, best.epochs) == (choice.best.name, 32)


def test_every_length_has_its_leader_and_gaps_with_intervals(crossing):
    found = ab.trends(crossing)
    assert found.groupby("epochs").size().to_dict() == {2: 9, 8: 9, 32: 9}
    assert (found.groupby("epochs")["leader"].sum() == 1).all()
    assert (found.loc[found["leader"], "gap"] == 0).all()
    crop = found[(found["first"] == "crop") & (found["second"] == "crop")].set_index("epochs")
    assert crop.loc[32, "low"] < 0.06 < crop.loc[32, "high"]
    assert crop.loc[32, "distinguishable"]


def test_one_seed_has_no_interval_and_says_so(tmp_path):
    found = study(tmp_path, LONGER, seeds=[0])
    assert found.trends["low"].isna().all()
    assert found.judgement.verdict.word == "no evidence"
    assert "One seed cannot tell" in " ".join(recommendation_words(found.recommendation))


@pytest.mark.parametrize("lengths", ['augmentations = ["crop", "color"]', "seeds = [0]"])
def test_where_only_a_part_was_run_longer_the_answer_stays_with_the_grids_own_length(tmp_path, lengths):
    found = study(tmp_path, EQUAL, lengths=f"epochs = [2, 8, 32]\n{lengths}")
    assert (found.recommendation.epochs, found.judgement.verdict.epochs) == (2, 2)
    assert found.judgement.verdict.word == "signal"
    assert "Not all cells were run longer with all seeds" in " ".join(found.recommendation.lengths)
    cells = found.trends.groupby("epochs").size()
    assert cells.nunique() == 1, "the same cells at all lengths"
    assert found.trends["n"].nunique() == 1, "and the same seeds"


def test_a_length_that_has_just_begun_changes_no_answer(tmp_path):
    whole = study(tmp_path / "a", LONGER, lengths="epochs = [2, 8]")
    begun = study(tmp_path / "b", LONGER)
    for cell in begun.folder.varied_cells:
        if cell.recipe.pretrain.epochs == 32 and cell.label != "crop":
            (begun.folder.path / "cells" / f"{cell.id}.json").unlink()
    begun = read_study(begun.folder.path)
    assert begun.recommendation.best == whole.recommendation.best
    assert begun.judgement.sentence == whole.judgement.sentence


def test_with_one_length_longer_jobs_are_asked_for_where_colour_is_at_stake(tmp_path):
    asked = study(tmp_path / "a", LONGER, lengths="")
    assert asked.trends.empty
    assert ab.colour_trend(asked).empty
    assert asked.recommendation.run_longer
    assert "run some cells longer (`[lengths]` in the grid file)" in " ".join(
        recommendation_words(asked.recommendation)
    )
    idle = study(tmp_path / "b", {2: 0.0}, lengths="", names=["crop", "blur"])
    assert not idle.recommendation.run_longer
    assert "[lengths]" not in " ".join(recommendation_words(idle.recommendation))


def test_both_are_drawn_against_the_epochs(crossing):
    found = crossing
    ax = ab.trend_plot(found.trends, Figure().add_subplot())
    assert ax.get_xscale() == "log"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["2", "8", "32"]
    assert found.recommendation.best.name in {text.get_text() for text in ax.texts}
    ax = ab.colour_trend_plot(ab.colour_trend(found), Figure().add_subplot())
    assert {"mean", "beside crop", "beside blur"} <= {text.get_text() for text in ax.texts}


def opposed_share(count, effect, lengths, seeds, unequal=1.0):
    """How often equal curves are said to depend on the length."""
    random, found = np.random.default_rng(3), 0
    sd = 0.01 * unequal ** np.linspace(1, -1, lengths)[:, None]  # short jobs vary more
    for _ in range(count):
        table = effect + sd * random.standard_normal((lengths, seeds)) + 0.01 * random.standard_normal(seeds)
        effects = [
            LengthEffect(k, float(row.mean()), mean_interval(row.tolist()), "no evidence", {}, {})
            for k, row in enumerate(table)
        ]
        found += opposed_lengths(effects, table, lambda weights: weights[:, 0] * np.nan) is not None
    return found / count


@pytest.mark.parametrize(("effect", "lengths", "seeds"), [(0.0, 4, 3), (0.02, 4, 3), (0.02, 2, 3)])
def test_equal_curves_seldom_depend_on_the_length(effect, lengths, seeds):
    assert opposed_share(300, effect, lengths, seeds) <= 0.05
