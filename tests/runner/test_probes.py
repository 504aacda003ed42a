"""Probes are run on the encoders that cells left, whenever they are asked for, and change no cell."""

import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from ablation.cli.plan import show_plan
from ablation.cli.progress import JsonShow
from ablation.errors import DataError, GridError
from ablation.grid.cells import jobs
from ablation.grid.file.load import load_grid
from ablation.results.loading import load_probes
from ablation.results.stored.probes import read_probe
from ablation.runner.backends import Asked
from ablation.runner.launch import launch
from ablation.view.pages import update
from ablation.view.state import read_state
from tests.runner.test_launch import Heard

GRID = """
baselines = ["random-init", "supervised"]
pairs = []
label_free = false
data = { source = "shapes", train = 200, test = 100, size = 16 }
augmentations = { crop = {}, color = {} }
pretrain = { epochs = 1, batch_size = 32, width = 8 }
evaluate = { regularization = [0.1] }
"""
FEW = "few_labels = { shares = [0.05, 0.5], epochs = 2, learning_rates = [0.01] }\n"
OTHER = 'transfer = { source = "palettes", train = 100, test = 50, size = 16 }\n'


def load(folder: Path, text: str):
    (folder / "tiny.toml").write_text(text)
    return load_grid(folder / "tiny.toml")


def run(folder: Path, text: str):
    heard = Heard()
    ending = launch(load(folder, text), folder / "out", heard, Asked(device="cpu", workers=1))
    return ending, heard


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    """Every encoder is kept, and none is probed; not to be changed."""
    folder = tmp_path_factory.mktemp("pretrained")
    run(folder, "save_encoder = true\n" + GRID)
    return folder


@pytest.fixture(scope="module")
def once(pretrained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("probed")
    shutil.copytree(pretrained, folder, dirs_exist_ok=True)
    return folder, run(folder, FEW + OTHER + GRID)[0]


@pytest.fixture
def probed(once, tmp_path):
    shutil.copytree(once[0], tmp_path, dirs_exist_ok=True)
    return tmp_path, once[1]


def files(folder: Path) -> dict[str, dict[str, Any]]:
    """Everything that probes left, without the seconds they took."""
    found = {}
    for path in (folder / "out" / "cells").glob("*.probe-*.json"):
        cell, _, probe = path.stem.partition(".probe-")
        record = read_probe(folder / "out", cell, probe)
        assert record.seconds > 0
        found[path.name] = record.model_dump(exclude={"seconds"})
    return found


def test_every_encoder_is_probed_and_the_supervised_one_by_transfer_alone(probed):
    folder, ending = probed
    assert (ending.probes.done, ending.probes.pending, ending.stopped) == (16, [], None)
    found = load_probes(folder / "out")
    told = found.groupby("cell")["probe"].agg(lambda probes: " ".join(sorted(probes))).to_dict()
    assert told == {
        "color": "fine-tune fine-tune linear linear transfer",
        "crop": "fine-tune fine-tune linear linear transfer",
        "random-init": "linear linear scratch scratch transfer",
        "supervised": "transfer",
    }
    assert found.groupby("share")["labels"].unique().map(list).to_dict() == {0.05: [10], 0.5: [100]}


def test_probes_that_are_lost_are_run_again_to_the_same_numbers(probed):
    folder, _ = probed
    before = files(folder)
    paths = sorted((folder / "out" / "cells").glob("*.probe-*.json"))
    for path in paths[::2]:
        path.unlink()
    paths[1].write_text(paths[1].read_text()[:100])
    ending, heard = run(folder, FEW + OTHER + GRID)
    assert not heard.records, "no cell runs again"
    assert ending.probes.done == 16
    assert files(folder) == before


def test_a_probe_that_is_added_pretrains_nothing_and_changes_no_id(pretrained, tmp_path):
    plain, more = (load(tmp_path, text).grid for text in (GRID, FEW + OTHER + GRID))
    assert [cell.id for cell in jobs(plain, "f")] == [cell.id for cell in jobs(more, "f")]
    shutil.copytree(pretrained, tmp_path, dirs_exist_ok=True)
    ending, heard = run(tmp_path, FEW + GRID)
    assert not heard.records
    assert ending.probes.done == 12


def test_cells_that_kept_no_encoder_are_named_and_only_the_untrained_one_is_probed(pretrained, tmp_path):
    shutil.copytree(pretrained, tmp_path, dirs_exist_ok=True)
    for encoder in tmp_path.glob("out/cells/*.safetensors"):
        encoder.unlink()
    ending, heard = run(tmp_path, FEW + GRID)
    assert not heard.records
    assert (ending.probes.done, len(ending.probes.without)) == (4, 2)
    assert ending.probes.words[-1].startswith("2 finished jobs kept no encoder, so nothing is probed there: ")
    assert "save_encoder = true" in ending.probes.words[-1]


def test_a_probe_that_fails_is_said_and_tried_again(probed):
    folder, _ = probed
    record = next((folder / "out" / "cells").glob("*.probe-*.json"))
    cell = json.loads(record.read_text())["cell"]
    weights = folder / "out" / "cells" / f"{cell}.safetensors"
    kept = weights.read_bytes()
    weights.write_bytes(b"damaged")
    record.unlink()
    ending, heard = run(folder, FEW + OTHER + GRID)
    assert (ending.probes.failed, len(ending.probes.pending)) == (1, 1)
    assert any("the next run tries again" in sentence for sentence in heard.sentences)
    weights.write_bytes(kept)
    assert run(folder, FEW + OTHER + GRID)[0].probes.done == 16


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("few_labels = { shares = [0.9] }", "few_labels.shares: at most 0.8: the rest is held out"),
        ("few_labels = { shares = [0.1, 0.1] }", "few_labels.shares: contains duplicates"),
        ("few_labels = { shares = [0.0] }", "few_labels.shares[0]: must be more than 0"),
        ("few_labels = { fine_tune = false, linear = false }", "few_labels: measures nothing"),
        ('transfer = { source = "npz" }', "transfer.path: "),
        (
            'transfer = { source = "folder", path = "x", class_depth = 0 }',
            "transfer.class_depth: 0 leaves no",
        ),
        ('transfer = { source = "npz", path = "x", unlabelled = "y" }', "transfer.unlabelled: nothing is"),
    ],
)
def test_what_cannot_be_probed_is_refused_at_once(tmp_path, section, told):
    with pytest.raises(GridError) as error:
        load(tmp_path, f"{section}\n{GRID}")
    assert told in str(error.value)


def save(path: Path, images: int, channels: int = 3) -> str:
    random, y = np.random.default_rng(0), np.arange(images) % 2
    x = {
        f"{one}_x": random.integers(0, 256, (images, 16, 16, channels), np.uint8) for one in ("train", "test")
    }
    np.savez(path, train_y=y, test_y=y, **x)
    return str(path)


@pytest.mark.parametrize(
    ("images", "channels", "more", "told"),
    [
        (40, 3, ", train = 4000", "transfer.train = 4000"),
        (40, 4, "", "transfer: these images have 4 channels"),
        (2, 3, "", "transfer: "),
        (0, 3, "", "transfer.path: no file"),
    ],
)
def test_images_that_cannot_be_probed_on_are_refused_before_any_job(tmp_path, images, channels, more, told):
    path = save(tmp_path / "a.npz", images, channels) if images else "none.npz"
    section = f'transfer = {{ source = "npz", path = "{path}", size = 16{more} }}\n'
    with pytest.raises((DataError, GridError)) as error:
        run(tmp_path, section + GRID)
    assert str(error.value).startswith(told)
    assert "data." not in str(error.value).replace("transfer.", "")
    assert not (tmp_path / "out" / "cells").exists()


def test_an_encoder_of_patches_refuses_images_that_it_cannot_cut(tmp_path):
    with pytest.raises(GridError, match=r"transfer\.size: must divide by 4, not 18"):
        load(tmp_path, OTHER.replace("16", "18") + GRID)


ONE_SIZE = """
from torch import nn

class Net(nn.Module):
    def __init__(self, channels, size):
        super().__init__()
        self.layer = nn.Linear(channels * size * size, 8)

    def forward(self, x):
        return self.layer(x.flatten(1))
"""


def test_an_encoder_of_one_size_refuses_others_before_any_job(tmp_path):
    (tmp_path / "nets.py").write_text(ONE_SIZE)
    grid = GRID.replace(", width = 8", ', encoder = "python:nets:Net"')
    with pytest.raises(
        GridError, match=r"^transfer\.size = 20: python:nets:Net, built for images of size 16,"
    ):
        run(tmp_path, OTHER.replace("16", "20") + grid)
    assert not (tmp_path / "out" / "cells").exists()


def test_a_program_is_told_how_many_probes_are_done(probed, capsys):
    _, ending = probed
    JsonShow("tiny").end(ending)
    told = json.loads(capsys.readouterr().out)["probes"]
    assert told == {"done": 16, "failed": 0, "pending": 0, "total": 16}


def test_plan_says_how_long_probes_take_from_those_that_are_done(probed):
    folder, _ = probed
    next((folder / "out" / "cells").glob("*.probe-*.json")).unlink()
    console = Console(width=200, file=StringIO())
    show_plan(load(folder, FEW + OTHER + GRID).grid, folder / "out", console=console, device="cpu", workers=1)
    assert "probes: 16, 15 done; the rest: under 1 s with 1 worker" in console.file.getvalue()


def test_a_study_whose_probes_are_pending_is_not_shown_as_done(probed):
    folder, _ = probed
    assert read_state(folder / "out").words == "4 jobs, all done; 16 of 16 probes done"
    next((folder / "out" / "cells").glob("*.probe-*.json")).unlink()
    state = read_state(folder / "out")
    assert state.words.startswith("4 jobs, all done; 15 of 16 probes done")
    found = update("out", state)
    assert (found["done"], found["total"], found["finished"]) == (19, 20, False)
