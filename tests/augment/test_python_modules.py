"""A user's own module: found in the grid's folder, imported once, and again where its code has changed."""

import subprocess
import sys

import pytest
import torch

from ablation.augment.python_modules import build, load
from ablation.errors import GridError
from ablation.grid.entries import Python
from ablation.grid.user_code import read_sources, sources_hash

MINE = """
import torch
from torch import nn

class Darken(nn.Module):
    def __init__(self, by: float = 0.5):
        super().__init__()
        self.by = by
        self.weights = torch.rand(3)

    def forward(self, x):
        return x * self.by
"""


@pytest.fixture(autouse=True)
def _path_and_modules_as_before():
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.split(".")[0] in ("mine", "helper", "later", "pack"):
            del sys.modules[name]


def entry(folder, python="mine:Darken", **arguments):
    source = sources_hash(read_sources(folder, python.partition(":")[0]))
    return Python(python=python, arguments=arguments, source=source, folder=str(folder))


def write(folder, text=MINE, name="mine.py"):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return folder


def test_a_class_is_built_with_its_arguments(tmp_path):
    darken = build(entry(write(tmp_path), by=0.25), 32)
    assert darken(torch.ones(2)).tolist() == [0.25, 0.25]


def test_it_follows_the_images_to_their_device(tmp_path):
    write(tmp_path, MINE.replace("self.weights =", "self.scale = nn.Parameter(torch.ones(3, 1, 1)) #"))
    write(tmp_path, (tmp_path / "mine.py").read_text().replace("x * self.by", "x * self.scale"))
    darken = build(entry(tmp_path), 32)
    for device in ("cpu", "meta"):
        images = torch.ones(2, 3, 8, 8, device=device)
        assert darken(images).device == images.device


def test_a_list_stays_a_list_and_is_a_tuple_where_that_is_asked_for(tmp_path):
    write(tmp_path, MINE.replace("by: float = 0.5", "by=None, of: tuple[int, ...] = ()"))
    write(tmp_path, (tmp_path / "mine.py").read_text().replace("self.by = by", "self.by = [by, of]"))
    assert build(entry(tmp_path, by=[[1], 2], of=[3, 4]), 32).module.by == [[[1], 2], (3, 4)]


def test_a_function_may_make_the_module(tmp_path):
    write(tmp_path, MINE + "\ndef slightly():\n    return Darken(0.9)\n")
    assert build(entry(tmp_path, "mine:slightly"), 32).module.by == 0.9


def test_it_is_imported_once_while_its_code_stays(tmp_path):
    assert load(entry(write(tmp_path))) is load(entry(tmp_path))


def test_changed_code_is_imported_again(tmp_path):
    assert build(entry(write(tmp_path)), 32).module.by == 0.5
    write(tmp_path, MINE.replace("0.5", "0.7"))  # as long as before and in the same second
    assert build(entry(tmp_path), 32).module.by == 0.7


def test_changed_code_of_a_neighbour_is_imported_again(tmp_path):
    write(tmp_path, "BY = 0.5", "helper.py")
    write(tmp_path, "from helper import BY\n" + MINE.replace("= 0.5", "= BY"))
    assert build(entry(tmp_path), 32).module.by == 0.5
    write(tmp_path, "BY = 0.7", "helper.py")
    assert build(entry(tmp_path), 32).module.by == 0.7


def test_two_folders_may_hold_a_module_of_one_name(tmp_path):
    one = entry(write(tmp_path / "one"))
    other = entry(write(tmp_path / "other", MINE.replace("0.5", "0.7")))
    assert [build(each, 32).module.by for each in (one, other, one)] == [0.5, 0.7, 0.5]


def test_a_module_of_a_package(tmp_path):
    write(tmp_path, "BY = 0.3", "pack/values.py")
    write(tmp_path, "from .values import BY\n" + MINE.replace("= 0.5", "= BY"), "pack/mine.py")
    assert build(entry(tmp_path, "pack.mine:Darken"), 32).module.by == 0.3


def test_neighbours_do_not_replace_what_is_installed(tmp_path):
    for name in ("ablation/__init__.py", "wave.py", "random.py"):
        write(tmp_path, "raise ValueError", name)
    write(tmp_path, "import random, wave\nfrom ablation.augment.paper import kernel_size\n" + MINE)
    ours, before = sys.modules["ablation"], list(sys.path)
    sys.modules.pop("wave", None)
    build(entry(tmp_path), 32)
    assert sys.modules["ablation"] is ours
    assert not sys.modules["wave"].__file__.startswith(str(tmp_path))
    assert sys.path == [*before, str(tmp_path)]


def test_an_import_inside_a_function_works_later(tmp_path):
    write(tmp_path, "BY = 0.1", "later.py")
    write(tmp_path, MINE + "\n    def late(self):\n        import later\n        return later.BY\n")
    assert build(entry(tmp_path), 32).module.late() == 0.1


@pytest.mark.slow
def test_random_weights_are_the_same_in_every_process_and_the_generator_is_left_alone(tmp_path):
    mine = entry(write(tmp_path))
    state = torch.get_rng_state()
    weights = build(mine, 32).module.weights
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(5)
    assert torch.equal(build(mine, 32).module.weights, weights)
    code = (
        "from ablation.grid.entries import Python; from ablation.augment.python_modules import build\n"
        f"mine = Python.model_validate({mine.model_dump() | {'folder': mine.folder}!r})\n"
        "print(build(mine, 32).module.weights.tolist())"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == str(weights.tolist())


def test_code_that_changed_since_the_run_began_is_refused(tmp_path):
    before = entry(write(tmp_path))
    write(tmp_path, MINE + "# changed")
    with pytest.raises(GridError, match="has changed since the grid was read"):
        load(before)


@pytest.mark.parametrize("name", ["random", "numpy", "ablation"])
def test_a_name_that_hides_an_installed_module_is_refused(tmp_path, name):
    write(tmp_path, MINE, f"{name}.py")
    with pytest.raises(GridError, match="name of an installed module"):
        load(entry(tmp_path, f"{name}:Darken"))


@pytest.mark.parametrize(
    ("text", "python", "message"),
    [
        (MINE, "mine:Darkn", 'mine.py: "Darkn" does not exist; did you mean "Darken"'),
        (MINE + "x = 3\n", "mine:x", '"x" is not a class'),
        (MINE + "inst = Darken()\n", "mine:inst", '"inst" is an instance; name its class, "Darken"$'),
        ("\nimport nothing_of_this_name", "mine:Darken", r"ModuleNotFoundError: .* \(mine.py:2\)"),
        ("\n\nraise SystemExit(1)", "mine:Darken", r"SystemExit: 1 \(mine.py:3\)"),
        ("def make():\n    return 3", "mine:make", "must create a torch.nn.Module, not int"),
        (MINE.replace("self.by = by", "exit(1)"), "mine:Darken", r"SystemExit: 1 \(mine.py:8\)"),
        (MINE.replace("self.by = by", "1 / 0"), "mine:Darken", r"ZeroDivisionError: .* \(mine.py:8\)"),
    ],
)
def test_what_cannot_be_loaded_says_why_and_where(tmp_path, text, python, message):
    write(tmp_path, text)
    with pytest.raises(GridError, match=message):
        build(entry(tmp_path, python), 32)


def test_code_that_ends_the_process_in_a_step_is_an_error_of_that_step(tmp_path):
    leaving = build(entry(write(tmp_path, MINE.replace("return x", "raise SystemExit(2); return x"))), 32)
    with pytest.raises(RuntimeError, match="the user's code exits the process: SystemExit: 2"):
        leaving(torch.ones(2))


def test_what_it_prints_goes_to_standard_error(tmp_path, capsys):
    said = "print('import')\n" + MINE.replace("self.by = by", "self.by = by; print('constructor')")
    build(entry(write(tmp_path, said.replace("return", "print('forward'); return"))), 32)(torch.ones(2))
    assert capsys.readouterr() == ("", "import\nconstructor\nforward\n")


def test_the_folder_comes_last_on_the_path_afterwards(tmp_path):
    load(entry(write(tmp_path)))
    assert sys.path[-1] == str(tmp_path)
    assert sys.path.count(str(tmp_path)) == 1
    assert not list(tmp_path.rglob("*.pyc"))
