"""The notebooks run from their first cell to their last, on small sizes, and are committed as they ran."""

import json
import re
import sys
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
SMALL = {
    "01-read-a-heatmap": "",
    "02-colour-shortcut": "SIZE, IMAGES, STRENGTHS = 32, 400, [0.0, 1.0]",
    "03-your-own-images": "TRAIN_EACH, EPOCHS, SIZE = 24, 1, 16",
    "04-write-an-augmentation": "TRAIN, EPOCHS = 300, 1",
}


def test_every_notebook_has_its_small_sizes():
    assert [path.stem for path in NOTEBOOKS] == list(SMALL)


def kernels(folder):
    """A kernel that is this very interpreter, whatever is installed elsewhere."""
    from jupyter_client.kernelspec import KernelSpecManager

    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "language": "python",
    }
    (folder / "this").mkdir()
    (folder / "this" / "kernel.json").write_text(json.dumps(spec | {"display_name": "this"}))
    return KernelSpecManager(kernel_dirs=[str(folder)])


def checkout(folder):
    """Make a folder like notebooks/, so that what a notebook writes stays out of the project."""
    for name in ("grids", "results"):
        (folder / name).symlink_to(NOTEBOOKS[0].parents[1] / name)
    (folder / "notebooks").mkdir()
    return folder / "notebooks"


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, tmp_path, monkeypatch):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    from jupyter_client.manager import AsyncKernelManager

    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    book = nbformat.read(path, as_version=4)
    at = next(k for k, cell in enumerate(book.cells) if "parameters" in cell.metadata.get("tags", []))
    book.cells.insert(at + 1, nbformat.v4.new_code_cell(SMALL[path.stem]))
    manager = AsyncKernelManager(kernel_name="this", kernel_spec_manager=kernels(tmp_path))
    here = checkout(tmp_path)
    run = nbclient.NotebookClient(book, timeout=120, km=manager, resources={"metadata": {"path": str(here)}})
    run.execute()
    pictures = [
        output
        for cell in book.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) >= 2
    runs = any("run_grid" in cell.source for cell in book.cells)
    assert runs == bool(list(here.glob("results/*/report.html")))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_as_it_ran_and_names_no_machine(path):
    book = json.loads(path.read_text())
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell["outputs"]]
    assert not [
        output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"
    ]
    said = json.dumps([{k: v for k, v in out.items() if k != "data"} for out in outputs])
    assert not re.search(r"/(tmp|home|root|Users|work)/", said)
    assert path.stat().st_size < 600_000
