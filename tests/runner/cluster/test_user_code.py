from dataclasses import replace

import pytest

from ablation.augment.python_modules import load
from ablation.grid.cells import cells
from ablation.grid.file.load import load_grid
from ablation.runner.cluster.user_code import with_its_code

GRID = """
baselines = []
data = { source = "shapes", train = 40, test = 20, size = 8 }
[augmentations]
crop = {}
mine = { python = "mine:Same" }
[pretrain]
batch_size = 8
"""


@pytest.fixture
def sent(tmp_path, monkeypatch):
    """A grid with an operation of its user's, as it reaches a worker that has another cache."""
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "grids"
    folder.mkdir()
    (folder / "helper.py").write_text("from torch.nn import Identity\n")
    (folder / "mine.py").write_text("import helper\n\nclass Same(helper.Identity):\n    pass\n")
    (folder / "tiny.toml").write_text(GRID)
    file = load_grid(folder / "tiny.toml")
    [cell] = [cell for cell in cells(file.grid, "shapes-1") if cell.label == "mine"]
    return cell, file.sources, folder


def operation(cell):
    return cell.first.steps[0].operation


def test_code_that_is_seen_is_loaded_where_it_is(sent):
    cell, sources, folder = sent
    assert operation(with_its_code(cell, sources)).folder == str(folder)


@pytest.mark.parametrize("change", ["gone", "other"])
def test_code_that_is_not_seen_is_written_beside_what_it_imports_and_keeps_its_id(sent, tmp_path, change):
    cell, sources, folder = sent
    if change == "gone":
        folder.rename(tmp_path / "moved")
    else:
        (folder / "mine.py").write_text("raise RuntimeError\n")
    found = with_its_code(cell, sources)
    assert operation(found).folder.startswith(str(tmp_path / "cache"))
    assert load(operation(found))()(3) == 3
    assert found.id == cell.id
    assert with_its_code(cell, sources) == found


def test_a_cell_without_such_code_stays_as_it_is(sent):
    cell, sources, _ = sent
    baseline = replace(cell, kind="random-init", policy=())
    assert with_its_code(baseline, sources) == baseline
