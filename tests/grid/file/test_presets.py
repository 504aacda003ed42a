"""`--preset NAME`: which settings it puts in place, where results go, and what it refuses."""

from pathlib import Path

import pytest

from ablation.errors import GridError
from ablation.grid.file.load import GridFile, parse_grid

TEXT = """# A grid.

[data]
source = "shapes"
[augmentations]
crop = {}
[pretrain]
epochs = 40  # long
[vary]
"pretrain.batch_size" = [64, 128, 256]

[presets.small]
data.train = 400
pretrain.epochs = 2
seeds = [0]
vary."pretrain.batch_size" = [64, 128]
"""


def loaded(preset: str | None, overrides: tuple[str, ...] = (), text: str = TEXT) -> GridFile:
    return parse_grid(text, Path("mine.toml"), overrides, preset=preset)


def test_a_preset_replaces_settings_and_gives_the_results_a_folder_of_their_own():
    small = loaded("small").grid
    assert (small.name, small.data.train, small.pretrain.epochs) == ("mine-small", 400, 2)
    assert small.vary.axes == {("pretrain", "batch_size"): (64, 128)}
    whole = loaded(None).grid
    assert (whole.name, whole.pretrain.epochs) == ("mine", 40)


def test_the_text_as_run_gives_the_same_grid_and_says_which_preset_it_was():
    small = loaded("small", ("pretrain.width=8",))
    assert small.text.splitlines()[0] == "# run with: --preset small --set pretrain.width=8"
    assert "epochs = 2  # long" in small.text
    assert parse_grid(small.text, Path("grid.toml")).grid == small.grid


def test_overrides_go_over_a_preset():
    assert loaded("small", ("pretrain.epochs=7", "name=other")).grid.pretrain.epochs == 7
    assert loaded("small", ("name=other",)).grid.name == "other"


@pytest.mark.parametrize(
    ("preset", "text", "complaint"),
    [
        ("smal", TEXT, '--preset smal  this grid file has no such preset; did you mean "small"?'),
        ("big", TEXT, "--preset big  this grid file has no such preset; one of small"),
        ("small", TEXT.partition("[presets")[0], "this grid file defines no presets"),
        ("small", TEXT.replace("pretrain.epochs = 2", "pretrain.epoch = 2"), "small  pretrain.epoch: "),
        ("small", TEXT.replace("data.train = 400", "data.train = 10"), "batch_size: 128 is more than the 10"),
        (None, TEXT + "[presets]\nbig = 3\n", "presets"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(preset, text, complaint):
    with pytest.raises(GridError) as error:
        loaded(preset, text=text)
    assert complaint in str(error.value)
