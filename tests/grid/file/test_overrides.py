import tomllib
from typing import Any

import pytest

from ablation.errors import GridError
from ablation.grid.file.overrides import overridden, read_override, rewrite, seeds_override

SECTIONS = """\
# top

# of seeds
seeds = [0]  # one

# of augmentations
[augmentations]
crop = {}  # c
color = { strength = 1.0 }  # s
# noise = {}

# of pretraining
[pretrain]
epochs = 3  # three
"""
SUBSECTIONS = """\
[augmentations.crop]  # c
flip = 0.5
# of color
[augmentations.color]
strength = 1.0
[pretrain]  # p
"""
DOTTED = """\
pretrain.epochs = 3  # three
augmentations.color.strength = 1.0
augmentations.crop = {}
"""
INLINE = """\
augmentations = { crop = {}, color = { strength = 1.0 } }  # a
pretrain = { epochs = 3 }
"""
OUT_OF_ORDER = """\
[augmentations.crop]
[pretrain]  # p
epochs = 3
[augmentations.color]  # c
strength = 1.0
"""


@pytest.mark.parametrize("text", [SECTIONS, SUBSECTIONS, DOTTED, INLINE, OUT_OF_ORDER, ""])
@pytest.mark.parametrize(
    "argument",
    [
        "pretrain.epochs=20",
        "pretrain.width=64",
        "augmentations.color.strength=0.5",
        "augmentations.color.p=1e-5",
        "augmentations.crop.scale=[0.2, 1.0]",
        "augmentations.blur={}",
        "augmentations.blur={p = 0.5, sigma = [1, 2.0]}",
        "augmentations.blur.p=0.5",
        'augmentations."soft blur".operation=blur',
        "views.branches=both",
        'views={branches = "both"}',
        "seeds=[3, 4]",
        'name=it\'s "mine"',
    ],
)
def test_an_override_changes_its_key_and_nothing_else_in_any_layout(text: str, argument: str) -> None:
    override = read_override(argument)
    result = rewrite(text, [override])
    assert tomllib.loads(result) == overridden(tomllib.loads(text), [override])
    for comment in (line[line.index("#") :] for line in text.splitlines() if "#" in line):
        assert comment in result


def test_the_text_reads_as_if_it_had_been_written_so() -> None:
    arguments = [
        "pretrain.epochs=20",
        "augmentations.blur={ p = 0.5 }",
        "augmentations.color.p=1",
        "name=x y",
    ]
    overrides = [*map(read_override, arguments), seeds_override(3)]
    assert (
        rewrite(SECTIONS, overrides)
        == """\
# run with: --set pretrain.epochs=20 --set 'augmentations.blur={ p = 0.5 }' --set augmentations.color.p=1 \
--set 'name=x y' --seeds 3
# top
name = "x y"

# of seeds
seeds = [0, 1, 2]  # one

# of augmentations
[augmentations]
crop = {}  # c
color = { strength = 1.0, p = 1}  # s
# noise = {}
blur = {p = 0.5}

# of pretraining
[pretrain]
epochs = 20  # three
"""
    )


def test_without_overrides_the_text_is_the_same() -> None:
    assert rewrite(SECTIONS, []) == SECTIONS


def test_the_last_of_two_wins() -> None:
    overrides = [read_override("pretrain.epochs=1"), read_override("pretrain.epochs=2")]
    assert tomllib.loads(rewrite(SECTIONS, overrides))["pretrain"] == {"epochs": 2}


def test_control_characters_of_a_value_stay_out_of_the_comment() -> None:
    override = read_override('name="a"\nseeds = [9]')
    assert tomllib.loads(rewrite("seeds = [0]\n", [override])) == {"name": '"a"\nseeds = [9]', "seeds": [0]}


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("a.b=3", 3),
        ("a.b=3.0", 3.0),
        ("a.b=true", True),
        ("a.b=[1, 'x']", [1, "x"]),
        ("a.b={c = 1}", {"c": 1}),
        ("a.b=photos/flowers", "photos/flowers"),
        ("a.b='2024'", "2024"),
        ("a.b=x=y", "x=y"),
        ("a.b=", ""),
        ("a.b=1\nc=2", "1\nc=2"),
    ],
)
def test_a_value_is_toml_or_else_text(argument: str, value: Any) -> None:
    override = read_override(argument)
    assert (override.path, override.value) == (("a", "b"), value)


@pytest.mark.parametrize(
    "argument", ["epochs", "=3", "a b=3", "a.=3", "[a]=3", "a.b#=3", "a\nb=3", "", "a." * 40 + "a=1"]
)
def test_what_is_no_override_is_told(argument: str) -> None:
    with pytest.raises(GridError) as caught:
        read_override(argument)
    assert str(caught.value) == "--set " + argument.replace("\n", r"\n") + (
        "  must have the form section.key=value; quote a part that holds spaces"
    )


def test_what_is_not_text_is_told() -> None:
    with pytest.raises(GridError, match=r"--set name=\\udcff  is not UTF-8 text"):
        read_override("name=\udcff")  # a byte that Python could not decode


def test_fewer_than_one_seed_is_told() -> None:
    assert seeds_override(1).value == [0]
    with pytest.raises(GridError, match="--seeds 0  must be from 1 to 1,000"):
        seeds_override(0)


def test_a_text_that_cannot_be_changed_in_place_is_not_changed_silently(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ablation.grid.file.overrides._set", lambda text, *_: text)
    with pytest.raises(GridError, match=r"--set pretrain.epochs=4  cannot be put into this file"):
        rewrite(SECTIONS, [read_override("pretrain.epochs=4")])
