import pytest

from ablation.errors import GridError
from ablation.grid.file.load import load_grid
from ablation.grid.file.overrides import seeds_override
from ablation.grid.limits import JOBS
from ablation.grid.models import Grid

HEAD = 'data.source = "shapes"\n'
LIST = str([number / 100 for number in range(1, 61)])
DOUBLED = "".join(f'a{n} = ["a{n - 1}", "a{n - 1}"]\n' for n in range(22, 0, -1))
CHAIN = "".join(f'a{n} = ["a{n - 1}"]\n' for n in range(3000, 0, -1))

TOO_LARGE = {
    "a sequence that doubles": (f'[augmentations]\n{DOUBLED}a0 = ["crop"]\n', "more than 64 operations"),
    "a long chain of sequences": (f'[augmentations]\n{CHAIN}a0 = ["crop"]\n', "more than 32 deep"),
    "a sweep of three lists": (
        f"[augmentations]\ncolor = {{ strength = {LIST}, p = {LIST}, grayscale = {LIST} }}\n",
        "in 216,000 combinations; a grid has at most 1,000 augmentations",
    ),
    "sweeps that multiply in a sequence": (
        f"[augmentations]\ncolor = {{ strength = {LIST} }}\nnoise = {{ std = {LIST} }}\n"
        'all = ["color", "noise"]\n',
        "combines its sweeps to 3,600 augmentations",
    ),
    "sweeps that add up": (
        "[augmentations]\n"
        + "".join(f'c{n} = {{ operation = "color", strength = {LIST} }}\n' for n in range(20)),
        "has at most 1,000 augmentations",
    ),
    "pairs": (
        "[augmentations]\n"
        + "".join(f'c{n} = {{ operation = "noise", std = {n + 1}e-3 }}\n' for n in range(400)),
        "160,000 cells, each run 1 time; a grid has at most 100,000 jobs",
    ),
    "seeds": (
        f"seeds = {list(range(20_000))}\n[augmentations]\ncrop = {{}}\n",
        "must hold at most 1,000 values",
    ),
    "lengths": (
        f"[augmentations]\ncolor = {{ strength = {LIST} }}\n[lengths]\nepochs = {list(range(1, 90))}\n",
        "3,600 cells, each run 89 times",
    ),
}
DEEP = {
    "lists": f"[augmentations]\ncrop = {'[' * 5000}{']' * 5000}\n",
    "tables": f"[augmentations]\ncrop = {'{a = ' * 5000}0{'}' * 5000}\n",
    "dotted keys": f"[augmentations]\ncrop{'.a' * 5000} = 0\n",
    "sections": f"[augmentations.crop{'.a' * 5000}]\nb = 0\n",
    "lists in reach of the parser": f"[augmentations]\ncrop = {'[' * 60}{']' * 60}\n",
}


@pytest.mark.parametrize(("text", "message"), TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_grid_that_grows_beyond_a_limit_is_counted_and_refused(tmp_path, text, message):
    (tmp_path / "grid.toml").write_text(HEAD + text)
    with pytest.raises(GridError, match=message):
        load_grid(tmp_path / "grid.toml")


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_a_grid_nested_deeper_than_any_is_refused(tmp_path, text):
    (tmp_path / "grid.toml").write_text(HEAD + text)
    with pytest.raises(GridError, match="is nested deeper than any grid"):
        load_grid(tmp_path / "grid.toml")


@pytest.mark.parametrize("deep", ["augmentations.crop" + ".a" * 5000 + "=1", "seeds=" + "[" * 5000])
def test_a_setting_of_the_command_line_nested_too_deep_is_refused(tmp_path, deep):
    (tmp_path / "grid.toml").write_text(HEAD + "[augmentations]\ncrop = {}\n")
    with pytest.raises(GridError):
        load_grid(tmp_path / "grid.toml", [deep])


def test_seeds_on_the_command_line_are_limited_before_they_are_listed():
    with pytest.raises(GridError, match="must be from 1 to 1,000"):
        seeds_override(10**12)


def test_a_grid_at_the_limit_is_one():
    noise = {f"n{n}": {"operation": "noise", "std": (n + 1) / 1000} for n in range(316)}
    grid = Grid.model_validate({"data": {"source": "shapes"}, "augmentations": noise})
    assert len(grid.planned) == 316**2 < JOBS < 317**2
