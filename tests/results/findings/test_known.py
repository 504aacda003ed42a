"""What h and z know, in words and figures, of planted numbers."""

import pytest

from ablation.report.plots.known import known_figure
from ablation.results.findings.known import UNTRAINED, known_words
from ablation.results.stored.transformations import Known
from ablation.results.study import read_study
from tests.results.builder import build, record

ASKED = "[evaluate]\ntransformations = true"


def knowing(cell, top1):
    """Rotation is lost in z where the policy rotates; everything else is kept."""
    rotates = any(step.operation.operation == "rotate" for step in cell.steps)
    luck = 0.01 * (cell.seed or 0)
    h = Known(gray=0.9, rotation=0.7 + luck, noise=0.95, sobel=0.99)
    z = h.model_copy(update={"rotation": (0.3 if rotates else 0.65) + luck})
    return record(cell, top1, transformations={"h": h, "z": z})


@pytest.fixture
def study(tmp_path):
    return read_study(
        build(tmp_path, ["crop", "rotate"], lambda *_: 0.5, [0, 1, 2], {}, ASKED, result=knowing)
    )


def test_what_the_head_gives_up_is_found_where_it_was_planted_and_nowhere_else(study):
    rows = study.known.set_index(["policy", "task", "features"])
    assert rows.loc[("rotate", "rotation", "h"), "mean"] == pytest.approx(0.71)
    assert rows.loc[("rotate", "rotation", "z"), "lost"] == pytest.approx(0.4)
    assert rows.loc[("crop", "rotation", "z"), "lost"] == pytest.approx(0.05)
    assert rows.loc[("rotate", "noise", "z"), "lost"] == 0
    assert UNTRAINED not in set(study.known["policy"])


def test_the_words_name_the_policy_that_has_the_transformation_and_the_papers_numbers(study):
    first, told = known_words(study.known, study.folder.grid)
    assert first == "In jobs of 10 epochs:"
    assert told.startswith("Trained with rotate, h tells rotations in 71.0 % of the images and z in 31.0 %")
    assert told.endswith("chance is 25 %; in the paper 67.6 and 25.6 %.")


def test_every_policy_is_a_row_of_each_panel(study):
    axes = known_figure(study.known).axes
    assert [ax.get_title() for ax in axes] == [
        "tells gray from colour", "tells rotations", "tells noise", "tells Sobel",
    ]  # fmt: skip
    assert [tick.get_text() for tick in axes[0].get_yticklabels()] == [
        "crop", "crop → rotate", "rotate → crop", "rotate",
    ]  # fmt: skip


def test_a_grid_that_did_not_ask_has_no_such_part(tmp_path):
    study = read_study(build(tmp_path, ["crop"], lambda *_: 0.5, [0], {}))
    assert study.known.empty
    assert known_words(study.known, study.folder.grid) == []
