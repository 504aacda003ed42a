import json
import os
import subprocess
import sys

import pytest
from PIL import Image
from typer.testing import CliRunner

import ablation as ab
from ablation.cli.app import app
from ablation.cli.new import recipe
from ablation.data.sources.survey import Survey
from ablation.grid.cells import jobs
from ablation.grid.file.builtin import builtin_grids
from ablation.grid.file.load import load_grid


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def invoke(*arguments):
    return CliRunner().invoke(app, arguments)


def photos(folder, count, classes=("cat", "dog")):
    for number, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for index in range(count + number):
            Image.new("RGB", (60 + index, 41), (index, number, 0)).save(folder / name / f"{index}.png")
    return folder


def test_a_copy_of_a_built_in_grid_has_its_cells_and_names_its_cost_and_the_next_commands():
    said = invoke("new", "own/mine", "--from", "cifar10").stdout
    assert said.startswith("own/mine.toml: written; cost: about 11 minutes on two cores")
    assert "ablation run own/mine.toml " in said
    assert "ablation recommend results/mine " in said
    [original] = [grid.path for grid in builtin_grids() if grid.name == "cifar10"]
    copy = load_grid("own/mine.toml")
    assert [job.id for job in jobs(copy.grid, "")] == [job.id for job in jobs(load_grid(original).grid, "")]
    assert "ablation run own/mine.toml --set data.source=npz" in copy.text


def test_a_grid_for_own_images_fits_them(here):
    photos(here / "my photos", 20)
    said = invoke("new", "mine", "--data", "my photos/").stdout
    assert "for three seeds (48 cells and 12 baselines)" in said
    file = load_grid("mine.toml")
    assert sum(1 for _ in jobs(file.grid, "")) == 48 + 12
    assert (file.grid.data.path, file.grid.data.size, file.grid.pretrain.batch_size) == ("my photos", 40, 4)
    assert "on my photos: 41 images of 2 classes (20 to 21 each)." in file.text
    assert "shorter side of the images is 41 pixels, judging by 41 images" in file.text
    assert ab.load_images("mine.toml").train.images.shape == (33, 3, 40, 40)


def test_cost_stays_the_same_whatever_the_number_of_images():
    def of(count, test=None, least=None):
        return recipe(Survey(("a", "b"), (count, least or count), test, (500,), False, ()))

    assert [of(count).epochs for count in (300, 1500, 5000)] == [100, 33, 10]
    assert of(500_000, 1000).train == 10_000
    assert of(500_000, 1000, least=100).train is None  # a balanced subset would be too small
    assert {of(count).minutes for count in (1500, 5000, 500_000)} == {30}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--from", "quik"], 'no such built-in grid; did you mean "quick"?'),
        (["--from", "zzz"], "choose one of batch-size, cifar10, color-bits"),
        (["--data", "nowhere"], "nowhere: no such folder"),
        (["--data", "photos/cat"], "contains no class folders, only 2 images; put the images of each class"),
        (["--data", "photos/cat/0.png"], "0.png: not a folder"),
        ([], "needs either --data DIR or --from GRID"),
        (["--from", "quick", "--data", "photos"], "needs either --data DIR or --from GRID"),
    ],
)
def test_what_no_grid_can_be_made_of_is_told_and_nothing_is_written(here, arguments, told):
    photos(here / "photos", 2)
    result = invoke("new", "mine", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert not (here / "mine.toml").exists()


def test_no_file_is_overwritten(here):
    (here / "mine.toml").write_text("# my work")
    result = invoke("new", "mine", "--from", "quick")
    assert (result.exit_code, result.stderr[:40]) == (2, "error: mine.toml  exists already and was")
    assert (here / "mine.toml").read_text() == "# my work"


def test_grids_says_of_each_what_it_shows_and_what_it_costs():
    listed = json.loads(invoke("grids", "--json").stdout)["grids"]
    assert {"quick", "cifar10", "palettes"} <= {grid["name"] for grid in listed}
    shown = invoke("grids").stdout
    for grid in listed:
        assert "on two cores" in grid["cost"]
        assert f"{grid['name']}  {grid['purpose']}\n    {grid['cost']}\n" in shown


COMPLETE = """
import sys
from ablation.cli.app import app
try:
    app(prog_name="ablation")
finally:
    print("heavy:", {"torch", "numpy", "pandas", "rich"} & set(sys.modules))
"""


def test_the_shell_completes_grids_and_results_and_loads_no_torch(here):
    def offered(words):
        asked = {
            "_ABLATION_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(words.count(" ")),
        }
        done = subprocess.run(
            [sys.executable, "-c", COMPLETE],
            env=os.environ | asked,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split("\n")

    (here / "results" / "one").mkdir(parents=True)
    (here / "results" / "one" / "grid.toml").touch()
    (here / "mine.toml").touch()
    assert offered("ablation status ")[:1] == ["results/one"]
    assert offered("ablation run mi")[:1] == ["mine.toml"]
    assert offered("ablation new x --from pal")[:1] == ["palettes"]
    assert "heavy: set()" in offered("ablation recommend results/")
