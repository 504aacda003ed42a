"""`ablation augmentations`: what may stand in a grid file, as it would be written there."""

import subprocess
import sys
import tomllib

import pytest
from rich.console import Console

from ablation.augment.kornia_classes import classes
from ablation.cli.augmentations import show_augmentations, show_kornia
from ablation.grid.entries import read_entry
from ablation.grid.operations import OPERATIONS


def printed(show):
    console = Console(record=True, width=80, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    show(console)
    return console.export_text()


def test_each_operation_stands_on_a_line_that_a_grid_file_could_hold():
    lines = [line for line in printed(show_augmentations).splitlines() if " = {" in line and line[0] != "A"]
    written = tomllib.loads("\n".join(lines))
    assert list(written) == list(OPERATIONS)
    for name, values in written.items():
        entry = OPERATIONS[name].model_validate(read_entry(name, values))
        for key, default in OPERATIONS[name]().model_dump().items():
            exact = isinstance(default, str)
            assert getattr(entry, key) == (default if exact else pytest.approx(default, rel=1e-3))


def test_it_says_what_each_does_and_where_the_defaults_come_from():
    text = printed(show_augmentations)
    for model in OPERATIONS.values():
        assert f"{model.__doc__} ({model.source})" in text


def test_it_needs_no_torch():
    code = (
        "import sys; from ablation.cli.augmentations import show_augmentations as show; show(); "
        "assert not {'torch', 'kornia'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_every_class_of_kornia_is_listed_with_its_parameters_or_a_reason():
    usable, refused = printed(show_kornia).split("These classes cannot be used:")
    lines = {line.split()[0]: line for line in (usable + refused).splitlines() if line[:1].isupper()}
    assert set(classes()) <= set(lines)
    assert lines["RandomPosterize"] == "RandomPosterize { bits = 3, p = 0.5 }"
    assert lines["RandomRotation"].startswith("RandomRotation { degrees, resample = ")
    assert "RandomMixUpV2 mixes images of a batch" in refused
    assert "the order of its four parts" in usable
