"""Whatever a results folder's own folders are links to, nothing outside is written, emptied or deleted."""

from functools import partial

import pytest
from typer.testing import CliRunner

from ablation.cli.app import app
from ablation.cli.recommend import run_confirmation
from ablation.errors import ResultsError
from ablation.grid.file.load import GridFile
from ablation.report.publish import publish
from ablation.report.write import write_report
from ablation.results.stored.cells import CellResult, rewrite_record, write_cell
from ablation.results.stored.folder import open_folder, write_folder
from ablation.results.study import read_study
from ablation.runner.launch import launch
from tests.results.builder import arrays, build, record


@pytest.fixture
def folder(tmp_path):
    return build(tmp_path / "tiny", ["crop", "color"], lambda *_: 0.4)


@pytest.fixture
def elsewhere(tmp_path):
    """A folder of the user's, with files that are called like ours."""
    place = tmp_path / "elsewhere"
    place.mkdir()
    for name in ("cells.csv", "leak.png", "crop.png", "grid.toml"):
        (place / name).write_text("the user's")
    yield place
    assert {file.name: file.read_text() for file in place.iterdir()} == dict.fromkeys(
        ("cells.csv", "leak.png", "crop.png", "grid.toml"), "the user's"
    )


def _links(folder, name, to):
    if (folder / name).exists():
        (folder / name).rename(folder.parent / f"{name} as it was")
    (folder / name).symlink_to(to)
    return pytest.raises(ResultsError, match=rf"{name}: is a link that leads out .* remove it, or let")


@pytest.mark.parametrize("name", ["figures", "tables"])
@pytest.mark.parametrize("asked", [False, True])
def test_a_report_leaves_linked_folders_alone(folder, elsewhere, name, asked):
    before = sorted(folder.iterdir())
    with _links(folder, name, elsewhere):
        write_report(folder, **{name: asked})
    assert sorted(folder.iterdir()) == sorted([*before, folder / name])


@pytest.mark.parametrize("to", ["../elsewhere", "../missing", "loop"])
def test_links_of_any_kind_that_leave_are_refused(folder, elsewhere, to):
    (folder / "loop").symlink_to("../elsewhere/../loop")
    (folder.parent / "loop").symlink_to("loop")
    with _links(folder, "tables", to):
        write_report(folder, tables=True)


def test_cells_tracebacks_and_code_are_not_written_through_links(folder, elsewhere):
    opened = open_folder(folder)
    [cell, *_] = [cell for cell in opened.cells if cell.policy]
    with _links(folder, "failures", elsewhere):
        write_cell(folder, CellResult(record(cell, None, "failed"), traceback="…"))
    (folder / "failures").unlink()
    with _links(folder, "mine", elsewhere):
        write_folder(folder, GridFile(opened.grid, "", {"mine/operation.py": b""}), opened.environment)
    for write in (
        partial(write_cell, folder, CellResult(record(cell, 0.4), arrays())),
        partial(rewrite_record, folder, record(cell, 0.4)),
    ):
        (folder / "cells").rename(folder / "cells before")
        with _links(folder, "cells", elsewhere):
            write()
        (folder / "cells").unlink()
        (folder / "cells before").rename(folder / "cells")


def test_a_run_a_confirmation_and_a_copy_refuse_links_before_they_begin(folder, elsewhere, tmp_path):
    study = read_study(folder)
    assert study.recommendation
    with _links(folder, "confirm", elsewhere):
        run_confirmation(study, None)
    with _links(folder, "figures", elsewhere):
        launch(study.folder.file, folder, None)
    publish(study, tmp_path / "copy")
    with _links(tmp_path / "copy", "cells", elsewhere):
        publish(study, tmp_path / "copy")


def test_a_linked_lock_is_not_emptied(folder, tmp_path):
    (tmp_path / "precious").write_text("the user's")
    (folder / ".lock").symlink_to(tmp_path / "precious")
    with pytest.raises(ResultsError, match=r"\.lock: is a link"):
        launch(open_folder(folder).file, folder, None)
    assert (tmp_path / "precious").read_text() == "the user's"


@pytest.mark.parametrize("name", ["preview", "shortcut"])
def test_a_preview_in_the_results_folder_refuses_a_link(folder, elsewhere, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").symlink_to(tmp_path)
    (folder / name).symlink_to(elsewhere)
    said = CliRunner().invoke(app, [name, str(folder / "grid.toml")])
    assert said.exit_code == 2
    assert f"{name}: is a link that leads out" in said.output


def test_files_that_are_links_are_replaced_and_what_they_lead_to_is_not(folder, tmp_path):
    (tmp_path / "precious").write_text("the user's")
    for name in ("report.html", "heatmap.png", "shortcut.json", "leak.png"):
        (folder / name).symlink_to(tmp_path / "precious")
    write_report(folder)
    assert (tmp_path / "precious").read_text() == "the user's"
    assert not (folder / "report.html").is_symlink()
    assert not (folder / "leak.png").is_symlink()


def test_links_that_stay_inside_and_a_folder_that_is_a_link_itself_are_followed(folder, tmp_path):
    (folder / "kept").mkdir()
    (folder / "tables").symlink_to("kept")
    (tmp_path / "link").symlink_to(folder)
    write_report(tmp_path / "link", tables=True)
    assert (folder / "kept" / "cells.csv").is_file()
