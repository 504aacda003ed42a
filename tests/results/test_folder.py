import pytest

from ablation.errors import ResultsError
from ablation.results.folder import open_folder, write_folder
from tests.results.builder import build


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
    write_folder(folder, (folder / "grid.toml").read_text(), open_folder(folder).environment)
    assert sorted(path.name for path in (folder / "cells").iterdir()) == before


def test_a_parent_names_the_results_folders_it_holds(folder):
    with pytest.raises(ResultsError, match=r"it holds .*results.tiny"):
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
    environment = open_folder(folder).environment
    with pytest.raises(ResultsError, match=r"thesis\.tex"):
        write_folder(home, "", environment)
    with pytest.raises(ResultsError, match="is a file"):
        write_folder(home / "thesis.tex", "", environment)
    assert [path.name for path in home.iterdir()] == ["thesis.tex"]
