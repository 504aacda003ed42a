"""The small copy of a results folder: the same report, fewer bytes, nothing to run again."""

from dataclasses import replace

import numpy as np
import pytest

from ablation.cli.recommend import recommended
from ablation.errors import ResultsError
from ablation.grid.cells import jobs
from ablation.report.page.render import render
from ablation.report.publish import publish
from ablation.results.stored.arrays import read_arrays
from ablation.results.stored.cells import CellResult, read_record, write_cell
from ablation.results.study import read_study
from ablation.runner.tally import survey
from ablation.view.state import read_state
from tests.report.page.studies import photographs
from tests.results.builder import build

LENGTHS = "[pretrain]\nepochs = 4\n[lengths]\nepochs = [2, 20]"


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    path = tmp_path_factory.mktemp("published")

    def score(first, second, seed):
        return 0.4 + 0.1 * (first == "crop") + 0.05 * (second == "color") + 0.01 * seed

    names = ["crop", "color", "blur"]
    build(
        path / "mine", names, score, [0, 1], extra=LENGTHS, stored=photographs,
        length=lambda *at: score(*at[:3]),
    )  # fmt: skip
    (path / "mine" / "cells" / "0123456789abcdef.safetensors").write_bytes(b"an encoder")
    mine = read_study(path / "mine")
    size = publish(mine, path / "copy")
    return mine, read_study(path / "copy"), size


def test_the_report_of_the_copy_is_the_same(studies):
    mine, copy, _ = studies
    assert render(copy).replace("copy", "mine") == render(mine).replace("copy", "mine")


def test_intervals_of_the_copy_cover_other_images_too(tmp_path):
    def stored(seed):
        random, labels = np.random.default_rng(seed), np.arange(40, dtype=np.uint16) % 9
        guesses = np.where(random.random(40) < 0.5, labels, 0).astype(np.uint16)
        return replace(photographs(seed), validation_predictions=guesses, validation_labels=labels)

    vary = '[vary]\n"pretrain.epochs" = [20, 40]\n"pretrain.width" = [8, 16]'
    build(
        tmp_path / "mine", ["crop", "color"], lambda *at: 0.4 + 0.01 * at[2], [0, 1, 2], extra=vary,
        stored=stored, varied=lambda *at: 0.5 + 0.01 * at[2],
    )  # fmt: skip
    mine = read_study(tmp_path / "mine")
    publish(mine, tmp_path / "copy")
    copy = read_study(tmp_path / "copy")
    assert copy.unstored == ()
    assert copy.longest.statistics.cells["se_images"].notna().all()
    assert copy.axes.along["width"].frame.equals(mine.axes.along["width"].frame)
    assert recommended(copy) == recommended(mine)


def test_predictions_that_are_not_stored_are_told(tmp_path):
    path = build(tmp_path, ["crop", "color"], lambda *at: 0.4 + 0.01 * at[2], [0, 1])
    [cell, *_] = [cell for cell in read_study(path).folder.cells if cell.policy]
    record = read_record(path, cell.id)
    write_cell(path, CellResult(record.model_copy(update={"arrays": None})))
    [told] = read_study(path).unstored
    assert told.startswith("The predictions of 1 of 8 jobs are not stored")
    assert told in render(read_study(path))
    assert told in recommended(read_study(path))


def test_it_is_smaller_and_leaves_encoders_behind(studies):
    mine, copy, size = studies
    here = sum(path.stat().st_size for path in mine.folder.path.rglob("*") if path.is_file())
    assert size < 0.75 * here
    assert size == sum(path.stat().st_size for path in copy.folder.path.rglob("*") if path.is_file())
    assert not list(copy.folder.path.rglob("*.safetensors"))


def test_views_are_kept_of_the_first_seed_and_of_what_the_histograms_show(studies):
    _, copy, _ = studies
    kept = {
        (cell.label, cell.seed)
        for cell, record in copy.records
        if record.arrays is not None and len(read_arrays(copy.folder.path, record).views)
    }
    assert {label for label, seed in kept if seed == 1} == {"crop", "crop → color"}
    assert len([label for label, seed in kept if seed == 0]) == 9


def test_nothing_of_it_is_to_be_run_again(studies):
    _, copy, _ = studies
    grid, fingerprint = copy.folder.grid, copy.folder.environment.fingerprint
    assert survey(jobs(grid, fingerprint), copy.folder.path).pending == []


def test_nothing_is_pretrained_again_for_the_encoders_that_stay_behind(tmp_path):
    build(tmp_path / "mine", ["crop"], lambda *_: 0.5, [0], first_lines="save_encoder = true")
    publish(read_study(tmp_path / "mine"), tmp_path / "copy")
    assert read_state(tmp_path / "mine").tally.pending
    assert not read_state(tmp_path / "copy").tally.pending


def test_results_are_not_published_over_themselves_or_over_other_files(studies, tmp_path):
    mine, _, _ = studies
    with pytest.raises(ResultsError, match="another folder"):
        publish(mine, mine.folder.path)
    other = build(tmp_path / "other", ["crop"], lambda *_: 0.5, seeds=[7])
    text = (other / "grid.toml").read_text().replace('"tiny"', '"other"')
    (other / "grid.toml").write_text(text)
    with pytest.raises(ResultsError, match="holds the results of another grid"):
        publish(mine, other)
    assert (other / "grid.toml").read_text() == text
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ResultsError, match="not a results folder"):
        publish(mine, tmp_path)
