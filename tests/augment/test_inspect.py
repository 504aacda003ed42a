"""A user's own operation is run before any job is, and its faults are named."""

import sys

import pytest
import torch

from ablation.augment.inspect import inspect, probe_batch
from ablation.grid.entries import Kornia, Python
from ablation.grid.user_code import read_sources, sources_hash

# What `forward` returns, and what is said about it.
FAULTS = {
    "x[:, :, ::2]": "returns (16, 3, 16, 32) for (16, 3, 32, 32); it must keep the shape",
    "x * 2 - 0.2": "returns values from -0.20 to 1.80; they must stay in [0, 1]",
    "x.double()": "returns torch.float64 for torch.float32",
    "(x, x)": "must return a single tensor, not tuple",
    "x / x": "returns values that are not finite",
    "x.mul_(0.5)": "changes its input",
    "(x + x.flip(0)) / 2": "mixes images of a batch",
    "(x - x.mean()).clamp(0, 1)": "mixes images of a batch",
    "x * random.random()": "returns different results for the same torch seed",
    "x * torch.rand(())": "draws once per batch; it must draw separately for each image "
    "(torch.rand(len(x), ..., device=x.device))",
    "x if torch.rand(()) < 0.5 else x.flip(3)": "draws once per batch",
    "sys.exit('over')": "fails on 16 images of 32×32 pixels: SystemExit: over (mine.py:14)",
    "x @ x[:, :, :5]": "fails on 16 images of 32×32 pixels: RuntimeError: ",
}
SOUND = [
    "x",
    "x.flip(3)",
    "x * torch.rand(len(x), 1, 1, 1)",
    "torch.where(torch.rand(len(x), 1, 1, 1) < 0.02, 1 - x, x)",
    "(x + 0.1 * torch.randn_like(x)).clamp(0, 1)",
]
CODE = """import random
import sys
import torch

class Mine(torch.nn.Module):
    def __init__(self, strength: float = 1.0, kind: str = "a"):
        super().__init__()
        if strength > 5:
            raise ValueError("too strong")
        if kind == "exit":
            raise SystemExit

    def forward(self, x):
        return {result}
"""


@pytest.fixture
def mine(tmp_path):
    path, modules = list(sys.path), set(sys.modules)

    def entry(result, **arguments):
        (tmp_path / "mine.py").write_text(CODE.format(result=result))
        source = sources_hash(read_sources(tmp_path, "mine"))
        return Python(python="mine:Mine", arguments=arguments, source=source, folder=str(tmp_path))

    yield entry
    sys.path[:] = path
    if "mine" not in modules:
        sys.modules.pop("mine", None)


@pytest.mark.parametrize(("result", "said"), FAULTS.items())
def test_a_faulty_module_is_told_what_is_wrong(mine, result, said):
    found = inspect(mine(result), 32)
    assert list(found) == [""]
    assert found[""].startswith(f"mine:Mine {said}")


@pytest.mark.parametrize("result", SOUND)
def test_a_sound_module_passes(mine, result):
    assert inspect(mine(result), 32) == {}


def test_an_error_inside_names_the_line(mine):
    assert inspect(mine("x.nothing"), 32)[""].endswith("has no attribute 'nothing' (mine.py:14)")


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"strenght": 1.0}, {"strenght": 'unknown; did you mean "strength"?'}),
        ({"strength": "a lot"}, {"strength": 'must be a number, not "a lot"'}),
        ({"kind": 3}, {"kind": "must be text, not 3"}),
        ({"strength": 9}, {"strength": "ValueError: too strong (mine.py:9)"}),
        ({"kind": "exit"}, {"kind": "SystemExit (mine.py:11)"}),
        ({"strength": 2, "kind": "b"}, {}),
    ],
)
def test_arguments_are_held_against_the_signature(mine, arguments, found):
    assert inspect(mine("x", **arguments), 32) == found


def test_a_function_of_images_is_told_what_to_be(mine):
    entry = mine("x\n\ndef dim(images):\n    return images / 2")
    said = "needs images; a function is called without images and must return a torch.nn.Module"
    assert inspect(entry.model_copy(update={"python": "mine:dim"}), 32) == {"": said}


@pytest.mark.parametrize("operation", [Kornia(kornia="RandomPlasmaShadow"), Kornia(kornia="RandomErasing")])
def test_the_global_generator_is_left_alone(operation):
    state = torch.get_rng_state()
    inspect(operation, 32)
    assert torch.equal(torch.get_rng_state(), state)


def test_what_it_prints_goes_to_standard_error(mine, capsys):
    assert inspect(mine("(print('hello'), x)[1]"), 32) == {}
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("size", [32, 130])
def test_a_coin_thrown_once_a_batch_is_found_at_every_size(mine, size):
    assert "draws once" in inspect(mine("x if torch.rand(()) < 0.5 else x.flip(3)"), size)[""]
    assert inspect(mine("torch.where(torch.rand(len(x), 1, 1, 1) < 0.5, x, x.flip(3))"), size) == {}


def test_the_number_of_threads_is_left_alone():
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        inspect(Kornia(kornia="RandomInvert"), 32)
        assert torch.get_num_threads() == threads + 1
    finally:
        torch.set_num_threads(threads)


def test_the_probe_holds_black_white_a_hot_pixel_and_noise():
    images = probe_batch(32)
    assert images[0].max() == 0
    assert images[1].min() == 1
    assert images[2].sum() == 3
    assert len(images.flatten(1).unique(dim=0)) == 16
