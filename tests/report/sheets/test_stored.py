"""Figures of the views that cells left behind."""

from dataclasses import replace

import numpy as np
import pytest

from ablation.grid.cells import cells
from ablation.report.sheets import stored as stored_views
from ablation.results.stored.cells import CellResult, write_cell
from ablation.results.stored.folder import open_folder
from ablation.results.study import read_study
from tests.results import builder
from tests.results.builder import arrays, build, record


def stored(path, names, seeds=(0,), extra=""):
    """A folder whose every view is full of the number of its cell and seed, untouched views of 255."""
    build(path, names, lambda *_: 0.5, seeds=list(seeds), extra=extra)
    folder = open_folder(path)
    shades = {}
    for number, cell in enumerate(cells(folder.grid, folder.environment.fingerprint)):
        if cell.first:
            views = np.full((2, 2, 3, 8, 8), 255, np.uint8)
            views[:, 0] = number
            shades[cell.first.name, cell.second.name, cell.seed] = number
            kept = replace(arrays(), views=views, view_labels=np.array([1, 0], np.uint16))
            write_cell(path, CellResult(record(cell, 0.5), kept))
    return read_study(path), shades


def shown(monkeypatch, name):
    """What a figure is drawn of."""
    given = []
    monkeypatch.setattr(stored_views, name, lambda *args, **kwargs: given.append((args, kwargs)))
    return given


def test_each_single_augmentation_is_shown_beside_the_untouched_view(tmp_path, monkeypatch):
    study, shades = stored(tmp_path, ["crop", "blur"])
    given = shown(monkeypatch, "contact_sheet")
    stored_views.operations_figure(study)
    (lead, (group,), rows), _ = given[0]
    assert np.unique(lead[0].pictures).tolist() == [255]
    found = {column.title: np.unique(column.pictures).tolist() for column in group.columns}
    assert found == {name: [shades[name, name, 0]] for name in ("crop", "blur")}
    assert rows == ["class 1", "class 0"]


def test_both_branches_are_shown_where_both_are_augmented(tmp_path, monkeypatch):
    study, _ = stored(tmp_path, ["crop"], extra='[views]\nbranches = "both"')
    assert "crop" in [text.get_text() for text in stored_views.operations_figure(study).axes[0].texts]
    given = shown(monkeypatch, "contact_sheet")
    stored_views.operations_figure(study)
    (lead, (group,), _), _ = given[0]
    assert lead == []
    assert group.columns[0].pictures.shape[1] == 2


def test_with_time_the_other_frame_is_shown_beside_the_first_view(tmp_path, monkeypatch):
    written = builder.grid_text
    monkeypatch.setattr(
        builder, "grid_text", lambda *given: written(*given).replace('"shapes"', '"moving-shapes"')
    )
    study, _ = stored(tmp_path, ["time", "blur"])
    given = shown(monkeypatch, "contact_sheet")
    stored_views.operations_figure(study)
    (lead, (group,), _), said = given[0]
    assert np.unique(lead[0].pictures).tolist() == [255]
    assert [column.pictures.shape[1] for column in group.columns] == [2, 1]
    assert "the second is another frame" in said["caption"]


def test_histograms_are_of_the_same_crops_without_and_with_colour(tmp_path, monkeypatch):
    study, shades = stored(tmp_path, {"zoom": "crop", "paint": "color", "blur": "blur"}, seeds=(0, 1))
    given = shown(monkeypatch, "histogram_figure")
    stored_views.histograms_figure(study)
    (crops, colored, names), _ = given[0]
    assert crops[0, :, 0, 0, 0].tolist() == [shades["zoom", "zoom", 0], shades["zoom", "zoom", 1]]
    assert colored[0, :, 0, 0, 0].tolist() == [shades["zoom", "paint", 0], shades["zoom", "paint", 1]]
    assert names == ["class 1", "class 0"]


@pytest.mark.parametrize("names", [["crop", "blur"], ["color", "blur"]])
def test_a_grid_without_crop_or_colour_has_no_histograms(tmp_path, names):
    assert stored_views.histograms_figure(stored(tmp_path, names)[0]) is None


def test_without_views_there_is_no_figure(tmp_path):
    study = read_study(build(tmp_path, ["crop", "color"], lambda *_: None))
    assert stored_views.operations_figure(study) is None
    assert stored_views.histograms_figure(study) is None
