from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from ablation.errors import GridError
from ablation.grid.entries import Kornia, Python
from ablation.grid.file.load import GridFile, load_grid

GOOD = """\
# A small grid
# two minutes on two cores

[data]
source = "shapes"  # drawn

# what is done to them
[augmentations]
crop = {}
color = { strength = 0.5 }  # the CIFAR-10 strength

[pretrain]
epochs = 3
"""
LISTED = "(`ablation augmentations` lists them)"
SAY = '; say which with operation, kornia or python = "..."'


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("grids").mkdir()


def load(text: str = GOOD, *overrides: str, seeds: int | None = None) -> GridFile:
    Path("grids/quick.toml").write_text(text)
    return load_grid("grids/quick.toml", overrides, seeds)


def complaint(*args: Any, **kwargs: Any) -> list[str]:
    with pytest.raises(GridError) as caught:
        load(*args, **kwargs)
    return str(caught.value).split("\n")


def test_a_good_file_is_taken_as_it_is_and_named_by_its_file() -> None:
    loaded = load()
    assert loaded.grid.name == "quick"
    assert loaded.grid.augmentations["color"].strength == 0.5  # type: ignore[union-attr]
    assert loaded.text == GOOD.replace("cores\n", 'cores\nname = "quick"\n', 1)


def test_a_file_that_names_itself_is_kept_byte_for_byte() -> None:
    text = 'name = "mine"\n' + GOOD
    loaded = load(text)
    assert loaded.grid.name == "mine"
    assert loaded.text == text


def test_the_text_as_run_gives_the_same_grid_under_another_file_name() -> None:
    loaded = load(GOOD, "pretrain.epochs=7", "views.branches=both", seeds=2)
    Path("grid.toml").write_text(loaded.text)
    assert load_grid("grid.toml") == loaded


def test_windows_line_ends_and_byte_order_mark_are_read() -> None:
    Path("grids/windows.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_grid("grids/windows.toml").grid.pretrain.epochs == 3


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("{ strength", "{ strenght", '10  augmentations.color.strenght: unknown; did you mean "strength"?'),
        (
            "color =",
            "colour =",
            f'10  augmentations.colour: unknown operation "colour"; did you mean "color"? {LISTED}',
        ),
        (
            "crop = {}",
            "vivid = {}",
            f'9  augmentations.vivid: unknown operation "vivid"{SAY} {LISTED}',
        ),
        (
            "crop = {}",
            'vivid = { operation = "colour" }',
            f'9  augmentations.vivid.operation: unknown operation "colour"; did you mean "color"? {LISTED}',
        ),
        (
            "crop = {}",
            "crop = 1",
            "9  augmentations.crop: must be a table in { } or a list of names in [ ], not 1",
        ),
        (
            "crop = {}",
            '"crop!" = {}',
            '9  augmentations."crop!": a name starts with a letter and holds letters, digits, spaces and '
            "_ + . - (48 at most), with no space at its end",
        ),
        (
            "crop = {}",
            "Color = { operation = 'crop' }",
            '10  augmentations.color: "color" and "Color" differ only by case; rename one',
        ),
        (
            "crop = {}",
            "crop = { scale = [0.5, 0.1] }",
            "9  augmentations.crop.scale: must be [low, high] with 0 < low <= high, not [0.5, 0.1]",
        ),
        (
            "crop = {}",
            "crop = { scale = [0.5] }",
            "9  augmentations.crop.scale: must hold more values than [0.5]",
        ),
        (
            "crop = {}",
            "crop = { scale = [0.1, 0.2, 0.3] }",
            "9  augmentations.crop.scale: must hold at most 2 values, not [0.1, 0.2, 0.3]",
        ),
        (
            "crop = {}",
            "crop = { scale = 0.5 }",
            "9  augmentations.crop.scale: must be a list in [ ], not 0.5",
        ),
        ("crop = {}", "crop = { flip = true }", "9  augmentations.crop.flip: must be a number, not true"),
        (
            "crop = {}",
            "crop = { flip = nan }",
            "9  augmentations.crop.flip: must be a finite number, not nan",
        ),
        ("crop = {}", "crop = { flip = 2 }", "9  augmentations.crop.flip: must be at most 1, not 2"),
        ("epochs = 3", 'epochs = "3"', '13  pretrain.epochs: must be a whole number, not "3"'),
        ("epochs = 3", "epochs = 2.5", "13  pretrain.epochs: must be a whole number, not 2.5"),
        ("epochs = 3", "epochs = -1", "13  pretrain.epochs: must be at least 0, not -1"),
        ("epochs = 3", "temperature = 0", "13  pretrain.temperature: must be more than 0, not 0"),
        ("epochs = 3", "warmup = 1", "13  pretrain.warmup: must be less than 1, not 1"),
        (
            "epochs = 3",
            'optimizer = "adam"',
            '13  pretrain.optimizer: must be "adamw", "sgd" or "lars", not "adam"; did you mean "adamw"?',
        ),
        ("epochs = 3", "epoch = 3", '13  pretrain.epoch: unknown; did you mean "epochs"?'),
        ("epochs = 3", "solver = 3", '13  pretrain.solver: unknown here; did you mean "evaluate.solver"?'),
        (
            "epochs = 3",
            "seeds = [1]",
            '13  pretrain.seeds: unknown here; "seeds" stands before the first section',
        ),
        (
            "# A small grid",
            "epochs = 3",
            '1  epochs: unknown here; did you mean "pretrain.epochs", "lengths.epochs", "race.epochs" or '
            '"few_labels.epochs"?',
        ),
        (
            "epochs = 3",
            "[lengths]\nepochs = [1, 2]\naugmentations = 3",
            '15  lengths.augmentations: must be "all" or a list in [ ], not 3',
        ),
        ("# A small grid", 'save_encoder = "yes"', '1  save_encoder: must be true or false, not "yes"'),
        (
            "# A small grid",
            '"a\\n\\"b" = 1',
            r'1  "a\n\"b": unknown; one of name, seeds, baselines, data, views, augmentations, pairs, '
            "lengths, pretrain, race, evaluate, vary, few_labels, transfer, save_encoder, label_free, "
            "presets",
        ),
        ("[pretrain]", "[pretraining]", '12  pretraining: unknown; did you mean "pretrain"?'),
        (
            "[pretrain]",
            "[zzz]",
            "12  zzz: unknown; one of name, seeds, baselines, data, views, augmentations, pairs, lengths, "
            "pretrain, race, evaluate, vary, few_labels, transfer, save_encoder, label_free, presets",
        ),
        (
            '"shapes"',
            '"shape"',
            '5  data.source: unknown source "shape"; did you mean "shapes"? (shapes, palettes, '
            "moving-shapes, cifar10, cifar100, stl10, svhn, mnist, fashion-mnist, "
            "kmnist, emnist, qmnist, usps, semeion, gtsrb, flowers102, food101, "
            "oxford-iiit-pet, dtd, eurosat, fgvc-aircraft, pcam, caltech101, "
            "caltech256, rendered-sst2, sun397, country211, imagenette, "
            "medmnist, folder, clips, hf, npz)",
        ),
        (
            'source = "shapes"',
            "size = 32",
            "4  data.source: missing; one of shapes, palettes, moving-shapes, cifar10, cifar100, stl10, "
            "svhn, mnist, fashion-mnist, "
            "kmnist, emnist, qmnist, usps, semeion, gtsrb, flowers102, food101, "
            "oxford-iiit-pet, dtd, eurosat, fgvc-aircraft, pcam, caltech101, "
            "caltech256, rendered-sst2, sun397, country211, imagenette, "
            "medmnist, folder, clips, hf, npz",
        ),
        ('"shapes"', '"npz"', "4  data.path: missing"),
        ('"shapes"', '"npz"\npath = 3', "6  data.path: must be text in quotes, not 3"),
        (
            '"shapes"',
            '"shapes"\npath = "x"',
            '6  data.path: unknown with source = "shapes"; one of source, train, test, size, seed, coloring, '
            "colorings, hint",
        ),
        (
            '"shapes"',
            '"palettes"\nhint = 0.5',
            '6  data.hint: colour is the class of palettes already; use source = "shapes"',
        ),
        (
            '"shapes"',
            '"shapes"\ncoloring = "gray"\nhint = 0.5',
            '7  data.hint: needs coloring = "random", not "gray"',
        ),
        (
            '"shapes"',
            '"palettes"\ncoloring = "fixed"',
            '6  data.coloring: "fixed" would leave palettes one class; use source = "shapes"',
        ),
        (
            '"shapes"',
            '"shapes"\nsize = 30',
            '13  pretrain.stem: "patch" cuts images into 4x4 patches: data.size must divide by 4, not 30',
        ),
        (
            '"shapes"',
            '"shapes"\ntrain = 100',
            "13  pretrain.batch_size: 128 is more than the 100 images of data.train: "
            "there would be no full batch",
        ),
        ("# A small grid", "seeds = []", "1  seeds: must hold at least 1 value, not []"),
        ("# A small grid", "seeds = [1, -1]", "1  seeds[1]: must be at least 0, not -1"),
        ("# A small grid", "seeds = [1, 1]", "1  seeds: contains duplicates: [1, 1]"),
        (
            "# A small grid",
            "seeds = [4294967296]",
            "1  seeds[0]: must be less than 4294967296, not 4294967296",
        ),
        ("# A small grid", "seeds = [\n  0,\n  true,\n]", "1  seeds[1]: must be a whole number, not true"),
        (
            "# A small grid",
            'name = "a/b"',
            "1  name: must be usable as the name of a results folder, which 'a/b' is not",
        ),
        ("strength = 0.5", "strength = .5", "10  is not valid TOML: invalid value"),
    ],
)
def test_each_mistake_is_told_with_its_place_and_what_to_write(old: str, new: str, line: str) -> None:
    assert GOOD.count(old) == 1
    assert complaint(GOOD.replace(old, new)) == [f"grids/quick.toml:{line}"]


@pytest.mark.parametrize("text", [GOOD.split("# what")[0], GOOD.split("crop")[0]])
def test_a_grid_without_operations_names_them(text: str) -> None:
    place = "grids/quick.toml:8" if "[aug" in text else "grids/quick.toml"
    assert complaint(text) == [
        f"{place}  augmentations: contains no operation; name at least one, "
        "crop, cutout, color, sobel, noise, blur, rotate or another"
    ]


def test_a_grid_without_data_says_so() -> None:
    assert complaint("[augmentations]\ncrop = {}\n") == ["grids/quick.toml  data: missing"]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file_and_none_that_follows_from_another() -> None:
    text = """
seeds = ["a"]
[augmentations]
colour = {}
"not!" = {}
crop = { flips = 1 }
[data]
source = "shapes"
size = 30
siz = 3
[evaluate]
regularization = [-1.0]
[views]
branches = "two"
"""
    assert complaint(text, "pretrain.epochs=x", "data.train=5", "novalue", seeds=0) == [
        "--set novalue  must have the form section.key=value; quote a part that holds spaces",
        "--seeds 0  must be from 1 to 1,000",
        'grids/quick.toml:2  seeds[0]: must be a whole number, not "a"',
        "grids/quick.toml:4  augmentations.colour: "
        f'unknown operation "colour"; did you mean "color"? {LISTED}',
        'grids/quick.toml:5  augmentations."not!": a name starts with a letter and holds letters, digits, '
        "spaces and _ + . - (48 at most), with no space at its end",
        'grids/quick.toml:6  augmentations.crop.flips: unknown; did you mean "flip"?',
        'grids/quick.toml:10  data.siz: unknown; did you mean "size"?',
        "grids/quick.toml:12  evaluate.regularization[0]: must be more than 0, not -1.0",
        'grids/quick.toml:14  views.branches: must be "one" or "both", not "two"',
        '--set pretrain.epochs=x  pretrain.epochs: must be a whole number, not "x"',
    ]


def test_both_misfits_of_data_and_pretraining_are_told_together_with_other_mistakes() -> None:
    text = GOOD.replace('"shapes"', '"shapes"\nsize = 30\ntrain = 100').replace("strength", "strenght")
    lines = complaint(text.replace("epochs = 3", "batch_size = 256"))
    assert [line.split(":")[2] for line in lines] == [' unknown; did you mean "strength"?', ANY, ANY]


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("pretrain.epochs=x", 'pretrain.epochs: must be a whole number, not "x"'),
        ("pretrain.epoch=3", 'pretrain.epoch: unknown; did you mean "epochs"?'),
        ("pretrian.epochs=3", 'pretrian: unknown; did you mean "pretrain"?'),
        (
            "augmentations.colr={}",
            f'augmentations.colr: unknown operation "colr"; did you mean "color"? {LISTED}',
        ),
        ("augmentations.color.strenght=1", 'augmentations.color.strenght: unknown; did you mean "strength"?'),
        ("data.source.x=1", "data.source: is not a section and has no keys"),
        ("name=a:b", "name: must be usable as the name of a results folder, which 'a:b' is not"),
    ],
)
def test_a_mistake_on_the_command_line_is_told_there(override: str, line: str) -> None:
    assert complaint(GOOD, override) == [f"--set {override}  {line}"]


def test_the_mended_value_of_a_bad_file_is_not_complained_about() -> None:
    assert load(GOOD.replace("epochs = 3", "epochs = 'x'"), "pretrain.epochs=4").grid.pretrain.epochs == 4


def test_another_source_may_be_set_where_the_other_keys_are_its_own() -> None:
    text = GOOD.replace('"shapes"', '"shapes"\nsize = 64')
    data = load(text, "data.source=npz", "data.path=photos/flowers.npz").grid.data
    assert (data.source, data.size, data.path) == ("npz", 64, "photos/flowers.npz")  # type: ignore[union-attr]
    text = GOOD.replace('"shapes"', '"shapes"\ncoloring = "fixed"')
    assert complaint(text, "data.source=npz") == [
        "grids/quick.toml:4  data.path: missing",
        'grids/quick.toml:6  data.coloring: unknown with source = "npz"; '
        "one of train, test, size, seed, channels, show, path, unlabelled, duplicates, resize, range, pages, "
        "source",
    ]


def test_a_known_number_of_images_does_not_bind_pretraining_on_unlabelled_ones() -> None:
    text = GOOD.replace('"shapes"', '"npz"\npath = "x.npz"\ntrain = 100\nunlabelled = "more"')
    assert "pretrain.batch_size" in complaint(text)[0]  # the supervised ceiling is trained on the 100
    assert load('baselines = ["random-init"]\n' + text).grid.data.train == 100


def test_an_operation_may_stand_under_several_names() -> None:
    grid = load(GOOD, "augmentations.strong={operation='color', strength=1.0}").grid
    assert [operation.operation for operation in grid.augmentations.values()] == ["crop", "color", "color"]


def test_a_missing_file_is_told_with_the_nearest_one() -> None:
    load()
    Path("grids/other.toml").touch()
    Path("empty").mkdir()
    for path, line in {
        "grids/quik.toml": 'grids/quik.toml  no such file; did you mean "grids/quick.toml"?',
        "grids/quick": 'grids/quick  no such file; did you mean "grids/quick.toml"?',
        "grids/zzzzzz.toml": "grids/zzzzzz.toml  no such file; grids holds other.toml, quick.toml",
        "nowhere/mine.toml": "nowhere/mine.toml  no such file; there is no folder nowhere either",
        "empty/mine.toml": "empty/mine.toml  no such file; empty holds no .toml file",
        "empty/quick.toml": "empty/quick.toml  no such file; "
        "`ablation new empty/quick.toml --from quick` writes a copy of the built-in grid",
        "grids": "grids  is a folder; grids holds other.toml, quick.toml",
    }.items():
        with pytest.raises(GridError) as caught:
            load_grid(path)
        assert str(caught.value) == line


def test_bytes_that_are_not_utf_8_are_told_with_their_line() -> None:
    Path("grids/latin.toml").write_bytes(GOOD.replace("drawn", "dessinées").encode("latin-1"))
    with pytest.raises(GridError) as caught:
        load_grid("grids/latin.toml")
    assert str(caught.value) == "grids/latin.toml:5  is not UTF-8; save the file as UTF-8 text"


@pytest.mark.parametrize(
    ("line", "complaint_of_it"),
    [
        (
            "seeds = [0, 9223372036854775808]",
            "is not valid TOML: the number at seeds[1] has more than 64 bits",
        ),
        (f"pairs = {'[' * 400}{']' * 400}", "is nested deeper than any grid"),
        (f"pairs = {'[' * 4000}{']' * 4000}", "is nested deeper than any grid"),
        (f"{'a.' * 40}a = 1", "is nested deeper than any grid"),
    ],
)
def test_what_no_grid_holds_is_told_before_anything_is_made_of_it(line: str, complaint_of_it: str) -> None:
    assert complaint(f"{line}\n{GOOD}") == [f"grids/quick.toml  {complaint_of_it}"]


def test_toml_that_ends_too_early_is_told_without_a_line() -> None:
    assert complaint("seeds = [0,") == [
        "grids/quick.toml  is not valid TOML: invalid value (at end of document)"
    ]


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ("crop = { flip = [0.5, 2.0] }", "crop.flip: must be at most 1, not 2.0"),
        ("crop = { flip = [] }", "crop.flip: must be a number, not []"),
        ('both = ["crop", "colour"]', 'both: "colour" is neither an entry of this grid nor a built-in'),
        ('both = ["crop", 3]', "both[1]: must be a name or a table in { }, not 3"),
        ('both = [["crop"]]', 'both[0]: must be a name or a table in { }, not ["crop"]; give the inner list'),
        ('own = { python = "../a:B" }', 'own.python: must be "module:name", not "../a:B"'),
        ('both = ["crop", { flip = 1.0 }]', "both[1]: has no operation; name it with operation, kornia or"),
        (
            'both = ["crop", { operation = "blu" }]',
            'both[1].operation: unknown operation "blu"; did you mean',
        ),
        ('both = ["crop", { operation = "blur", p = 2.0 }]', "both[1].p: must be at most 1, not 2.0"),
        ("both = []", "both: must hold at least 1 value, not []"),
        ('both = ["both"]', 'both: "both" contains itself: both → both'),
        ("own = { kornia = 3 }", "own.kornia: must be text in quotes, not 3"),
        ('own = { python = "mine" }', 'own.python: must be "module:name", not "mine"'),
        ('own = { python = "mine:Mine" }', "own: there is no mine.py in "),
        ('own = { kornia = "A", by = [1.0, nan] }', "own.by[1]: must be a finite number, not nan"),
    ],
)
def test_mistakes_in_the_other_kinds_of_entries_are_told_with_their_place(entry: str, line: str) -> None:
    [told] = complaint(GOOD.replace("crop = {}", entry))
    assert told.startswith(f"grids/quick.toml:9  augmentations.{line}")


def test_whoever_knows_operations_that_are_not_built_in_is_asked_about_each_and_all_answers_are_told() -> (
    None
):
    def inspect(operation: Kornia | Python, size: int, channels: int) -> Mapping[str, str]:
        assert isinstance(operation, Kornia)
        return {
            key: f"{operation.kornia} at {size} × {channels} has no {key}"
            for key in operation.arguments
            if key != "p"
        }

    entry = 'one = { kornia = "One", bit = 3, p = [0.1, 0.9] }\ntwo = ["crop", { kornia = "Two", bid = 1 }]'
    text = (
        GOOD.replace("crop = {}", entry)
        .replace("strength", "strenght")
        .replace('"shapes"', '"shapes"\nsize = 64')
    )
    Path("grids/quick.toml").write_text(text)
    with pytest.raises(GridError) as caught:
        load_grid("grids/quick.toml", inspect=inspect)
    assert str(caught.value).split("\n") == [
        "grids/quick.toml:10  augmentations.one.bit: One at 64 × 3 has no bit",
        "grids/quick.toml:11  augmentations.two[1].bid: Two at 64 × 3 has no bid",
        'grids/quick.toml:12  augmentations.color.strenght: unknown; did you mean "strength"?',
    ]


@pytest.mark.parametrize(
    ("pairs", "line"),
    [
        ('["colour"]', 'pairs: "colour" is not an entry of [augmentations]; did you mean "color"?'),
        ('["zzz"]', 'pairs: "zzz" is not an entry of [augmentations]; one of crop, color'),
        ('"most"', 'pairs: must be "all" or a list in [ ], not "most"'),
        ("[3]", "pairs[0]: must be text in quotes, not 3"),
    ],
)
def test_pairs_are_all_or_those_of_entries(pairs: str, line: str) -> None:
    assert complaint(f"pairs = {pairs}\n{GOOD}") == [f"grids/quick.toml:1  {line}"]
