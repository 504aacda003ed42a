"""The same images with labels and without: the same jobs, and no accuracy anywhere without."""

import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

import ablation as ab
from ablation.cli.app import app
from ablation.errors import ResultsError
from ablation.report.write import write_report
from ablation.results.findings.best import best_of
from ablation.results.findings.recommend_words import recommendation_json, recommendation_words
from ablation.results.metrics import ACCURACIES, LABEL_FREE, OF_LABELS
from ablation.results.stored.arrays import CellArrays
from ablation.results.stored.record import Sizes
from tests.results.builder import build, label_free, record

NO_LABELS = '[evaluate]\nlabels = "none"'
# What a page that used labels says; its images are text too, so words stand alone.
LABELLED = (
    r"(?i)linear top-1|\bkNN (top|balanced)|validation linear|test top-1|\bconfusion\b|colour histogram alone"
)
GRID = """
seeds = [0, 1]
baselines = ["random-init", "no-augmentation"]
data = { source = "shapes", train = 96, test = 32, size = 16 }
augmentations = { crop = {}, color = {} }
pretrain = { epochs = 2, batch_size = 32, width = 8 }
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """A grid with labels, and the same without."""
    root = tmp_path_factory.mktemp("both")
    (root / "grid.toml").write_text(GRID)
    without = ['evaluate.labels="none"']
    return tuple(
        ab.run_grid(root / "grid.toml", root / name, workers=1, device="cpu", overrides=overrides)
        for name, overrides in (("given", []), ("none", without))
    )


@pytest.mark.slow
def test_pretraining_and_label_free_scores_are_the_same(both):
    given, none = map(ab.load_results, both)
    same = [*LABEL_FREE, "loss", "contrastive_top1", "effective_rank", "leak_bits", "color_bias"]
    assert np.array_equal(given[same], none[same])
    assert set(given["id"]).isdisjoint(none["id"])


@pytest.mark.slow
def test_no_table_page_or_object_has_an_accuracy(both):
    _, folder = both
    study = ab.open_study(folder)
    for frame in (study.results, study.baselines):
        assert not {*ACCURACIES, *OF_LABELS, "regularization"} & {*frame.columns}
        assert frame["rotation_top1"].notna().all()
    written = write_report(folder, tables=True)
    assert not [file.name for file in written if "class" in file.name or "proxies" in file.name]
    page = re.sub(r'(?s)data:[^"]*|<style>.*?</style>', "", (folder / "report.html").read_text())
    assert not re.search(LABELLED, page)
    assert not re.search(r"\bnan\b", page, re.IGNORECASE)
    assert "What a choice without labels is worth" in page
    assert study.folder.environment.classes == () == study.pictures.class_names
    assert study.recommendation.tested == () == study.unstored
    with pytest.raises(ResultsError, match="no accuracies"):
        ab.load_correct(folder)
    with pytest.raises(ResultsError, match="no accuracies"):
        _ = study.proxies


@pytest.mark.slow
def test_the_two_are_compared_by_what_both_have(both):
    given, none = map(ab.open_study, both)
    assert given.compare(none).metric == none.compare(given).metric == "rotation_top1"
    with pytest.raises(ResultsError, match="compare by rotation_top1"):
        given.compare(none, "linear_top1")


def no_arrays(seed):
    return CellArrays.of_no_labels(
        np.empty(0, np.int32),
        np.empty((0, 5), np.int32),
        np.empty((0, 2, 3, 8, 8), np.uint8),
        np.empty((2, 0), np.float16),
    )


def unlabelled(path, scores, collapsed=()):
    """A folder without labels: cells tell rotations so well, and some collapsed in their first seed."""

    def result(cell, score):
        ended = "collapsed" if cell.label in collapsed and cell.seed == 0 else "ok"
        return record(cell, 0.5, ended).model_copy(
            update={
                "measured": "label-free",
                "scores": None,
                "sizes": Sizes(train=100, test=20),
                "label_free": label_free(10).model_copy(update={"rotation_top1": score}),
                "use": None,
            }
        )

    def score(first, second, seed):
        return scores[first if first == second else f"{first} → {second}"] + seed / 1000

    return build(path, ["crop", "color"], score, [0, 1, 2], {}, NO_LABELS, stored=no_arrays, result=result)


SCORES = {"crop": 0.5, "crop → color": 0.6, "color → crop": 0.8, "color": 0.9}


def test_a_cell_that_collapsed_is_never_chosen_by_a_score_without_labels(tmp_path):
    assert ab.recommend(unlabelled(tmp_path / "sound", SCORES)).best.name == "color"
    study = ab.open_study(unlabelled(tmp_path / "collapsed", SCORES, collapsed=["color"]))
    found, records = study.recommendation, {record.id: record for _, record in study.records}
    assert found.best.name == best_of(study.folder.cells, records).label == "color → crop"
    assert "color" not in {choice.name for choice in (found.simplest, *found.alike)}
    assert study.statistics.cells.loc[("color", "color"), "state"] == "collapsed"


def test_nothing_is_recommended_where_all_collapsed(tmp_path):
    folder = unlabelled(tmp_path / "all", SCORES, collapsed=SCORES)
    with pytest.raises(ValueError, match="all cells collapsed"):
        ab.recommend(folder)
    assert ab.open_study(folder).validation.leader is None
    write_report(folder)
    assert "Nothing to recommend: all cells collapsed" in (folder / "report.html").read_text()


def test_the_recommendation_says_what_such_a_choice_is_worth(tmp_path):
    folder = unlabelled(tmp_path / "study", SCORES)
    found = ab.recommend(folder)
    told = " ".join(recommendation_words(found))
    assert "rotation top-1 90.1 %" in told
    assert "a proxy for accuracy" in told
    assert "65 points below the best at worst" in told
    assert "validation" not in told
    assert "test split" not in told
    plain = recommendation_json(found, found.best, None)
    assert (plain["metric"], plain["labels"], plain["test"], plain["colour"]) == (
        "rotation_top1",
        False,
        [],
        None,
    )
    assert "NaN" not in json.dumps(plain)


def test_status_says_by_what_the_best_is_the_best(tmp_path):
    unlabelled(tmp_path / "study", SCORES)
    shown = CliRunner().invoke(app, ["status", str(tmp_path / "study")], env={"COLUMNS": "200"}).stdout
    assert "color 90.1% by rotation top-1: no labels" in shown
