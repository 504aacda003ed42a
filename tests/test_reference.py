"""What `results/reference` holds is whole, small, and what the grids beside it say."""

from pathlib import Path

import pytest

from ablation.grid.cells import jobs
from ablation.grid.file.load import load_grid
from ablation.results.stored.folder import open_folder
from ablation.view.state import read_state

ROOT = Path(__file__).parents[1]
FOLDERS = sorted(path.parent for path in (ROOT / "results" / "reference").glob("*/grid.toml"))
OTHERWISE_CALLED = {"shapes": "quick"}
# color-shortcut-shapes is color-shortcut with the preset shapes.
PRESETS = ("fixed", "shapes", "palettes", "longer")

every_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)


def test_there_are_references():
    assert {"cifar10-pairs", "cifar10-pairs-shared", "shapes"} <= {folder.name for folder in FOLDERS}


@every_folder
def test_each_is_whole_and_small(folder):
    assert "jobs, all done" in read_state(folder).words
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 8_000_000


@every_folder
def test_its_jobs_have_the_ids_that_they_were_run_with(folder):
    opened = open_folder(folder)
    environment = opened.environment
    now = {cell.id for cell in jobs(opened.grid, environment.fingerprint, environment.protocol)}
    assert now == {path.stem for path in (folder / "cells").glob("*.json") if ".probe-" not in path.name}, (
        "committed results are not found any more; tests/grid/test_cells.py says what to do"
    )


@every_folder
def test_each_is_the_grid_that_the_project_names(folder):
    there = open_folder(folder).grid.model_dump(mode="json")
    name, _, preset = folder.name.rpartition("-")
    if preset not in PRESETS or not name:
        name, preset = OTHERWISE_CALLED.get(folder.name, folder.name), None
    here = load_grid(next(file for file in (ROOT / "grids").rglob(f"{name}.toml")), preset=preset).grid
    expected = here.model_dump(mode="json")
    assert {name for name in there if there[name] != expected[name]} <= {"name", "seeds", "data", "transfer"}
    for key in ("train", "test", "size"):
        assert there["data"][key] == expected["data"][key]


@every_folder
def test_none_tells_of_the_machine_it_was_made_on(folder):
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*.json")]
    texts.append((folder / "grid.toml").read_text(encoding="utf-8"))
    assert not [text for text in texts if "/home/" in text or "/tmp/" in text or "/work/" in text]
