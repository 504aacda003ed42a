from datetime import UTC, datetime

import pytest

from ablation.errors import ResultsError
from ablation.grid.cells import PROTOCOL_VERSION, cells
from ablation.grid.file.load import GridFile, load_grid
from ablation.results.stored.environment import Environment
from ablation.results.stored.folder import open_folder, write_folder
from tests.results.builder import build

NOW = datetime(2025, 1, 2, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    return build(tmp_path / "results/tiny", ["crop"], lambda *_: 0.4)


def test_a_folder_is_read_as_it_was_written(folder):
    opened = open_folder(str(folder))
    assert (opened.path, opened.name) == (folder, "tiny")
    assert list(opened.grid.augmentations) == ["crop"]
    assert opened.environment.command == ("ablation", "run", "grids/test.toml")


def test_renewing_a_folder_keeps_its_cells(folder):
    before = sorted(path.name for path in (folder / "cells").iterdir())
    opened = open_folder(folder)
    write_folder(folder, GridFile(opened.grid, (folder / "grid.toml").read_text()), opened.environment)
    assert sorted(path.name for path in (folder / "cells").iterdir()) == before


def test_a_parent_names_the_results_folders_it_holds(folder):
    with pytest.raises(ResultsError, match=r"it contains .*results.tiny"):
        open_folder(folder.parent)


def test_what_is_no_results_folder_is_said_to_be_none(tmp_path):
    with pytest.raises(ResultsError, match="no such results folder"):
        open_folder(tmp_path / "nowhere")
    with pytest.raises(ResultsError, match=r"no grid\.toml"):
        open_folder(tmp_path)


@pytest.mark.parametrize("file", ["grid.toml", "environment.json"])
def test_a_damaged_folder_is_named(folder, file):
    (folder / file).write_text("{")
    with pytest.raises(ResultsError, match=file):
        open_folder(folder)


def test_a_folder_of_other_files_is_never_written_into(folder, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.tex").write_text("")
    opened = open_folder(folder)
    file = GridFile(opened.grid, "")
    with pytest.raises(ResultsError, match=r"thesis\.tex"):
        write_folder(home, file, opened.environment)
    with pytest.raises(ResultsError, match="is a file"):
        write_folder(home / "thesis.tex", file, opened.environment)
    assert [path.name for path in home.iterdir()] == ["thesis.tex"]


def test_a_preview_may_lie_in_the_folder_before_the_first_run(folder, tmp_path):
    (tmp_path / "new/preview").mkdir(parents=True)
    opened = open_folder(folder)
    write_folder(tmp_path / "new", GridFile(opened.grid, 'data.source = "shapes"'), opened.environment)


def test_a_folder_holds_the_code_of_the_users_own_operations_and_is_read_without_the_original(tmp_path):
    project = tmp_path / "project"
    (project / "parts").mkdir(parents=True)
    (project / "mine.py").write_text("from parts import noise")
    (project / "parts/noise.py").write_text("")
    (project / "own.toml").write_text(
        'data.source = "shapes"\n[augmentations]\nmine = { python = "mine:Mine", p = 0.5 }\n'
    )
    file = load_grid(project / "own.toml")
    results = tmp_path / "results"
    write_folder(
        results,
        file,
        Environment(fingerprint="f", protocol=PROTOCOL_VERSION, command=(), started=NOW, versions={}),
    )
    (project / "mine.py").write_text("another = 1")
    opened = open_folder(results)
    assert [cell.id for cell in cells(opened.grid, "f")] == [cell.id for cell in cells(file.grid, "f")]
    changed = load_grid(project / "own.toml").grid
    assert {cell.id for cell in cells(changed, "f") if cell.first}.isdisjoint(
        cell.id for cell in cells(file.grid, "f")
    )
