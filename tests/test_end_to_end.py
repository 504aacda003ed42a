"""From a grid file to numbers, with real jobs in real worker processes."""

import subprocess
import sys
from pathlib import Path

import pytest

import ablation as ab

GRIDS = Path(__file__).parents[1] / "grids"


def run(grid, out, *options):
    command = [sys.executable, "-m", "ablation", "run", grid, "--out", out, "--device", "cpu", *options]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)


@pytest.mark.slow
def test_one_and_two_workers_give_the_same_files_bit_for_bit(tmp_path):
    small = ["--set", "data.train=200", "--set", "data.test=100", "--set", "data.size=16"]
    job = ["--set", "pretrain.width=8", "--set", "pretrain.epochs=2", "--set", "pretrain.batch_size=32"]
    for workers in (1, 2):
        run(GRIDS / "quick.toml", tmp_path / str(workers), "--workers", workers, *small, *job)
    for table in ("cells.csv", "baselines.csv"):
        assert (tmp_path / "1" / table).read_bytes() == (tmp_path / "2" / table).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "coloring", "least", "most"),
    [("shapes", "random", 0.08, 1.0), ("palettes", "random", -1.0, -0.03), ("shapes", "fixed", -0.1, 0.1)],
)
def test_color_helps_where_it_is_a_shortcut_hurts_where_it_is_the_class_and_else_neither(
    tmp_path, source, coloring, least, most
):
    # Blur alone leaves colour as it is, so that its cell and blur with color differ by color alone.
    grid = tmp_path / "grid.toml"
    grid.write_text(
        f"""
        baselines = []
        data = {{ source = "{source}", coloring = "{coloring}", train = 2000, test = 1000 }}
        augmentations = {{ blur = {{}}, color = {{}} }}
        pretrain = {{ epochs = 8 }}
        """
    )
    run(grid, tmp_path / "out")
    top1 = ab.load_results(tmp_path / "out").set_index(["first", "second"])["linear_top1"]
    effect = (top1["blur", "color"] + top1["color", "blur"]) / 2 - top1["blur", "blur"]
    assert least <= effect <= most


@pytest.mark.parametrize("grid", sorted(GRIDS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_grid_of_the_project_is_valid_and_names_its_cost(grid):
    assert ab.load_grid(grid).grid.augmentations
    comment = grid.read_text().split("\n\n")[0]
    assert "on two cores" in comment
