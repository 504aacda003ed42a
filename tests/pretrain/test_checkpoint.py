"""A saved encoder is what the run evaluated, for use anywhere, and says what it is."""

import pytest
import torch

import ablation as ab
from ablation.data.fingerprint import data_fingerprint
from ablation.data.prepare import prepare
from ablation.errors import ResultsError
from ablation.experiment import run_cell
from ablation.grid.cells import cells
from ablation.grid.file.load import load_grid
from ablation.pretrain.features import fingerprint
from ablation.results.stored.cells import write_cell
from ablation.results.stored.folder import write_folder
from ablation.runner.launch import _environment
from tests.tiny import TINY

NET = """
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(3, 8, 3)

    def forward(self, x):
        return self.layer(x).amax(dim=(2, 3))
"""


@pytest.fixture
def saved(tmp_path):
    """Run the cells of an encoder, and return the results folder and each one's result by label."""

    def saved(*job, folder="results", labels=("random-init", "crop")):
        (tmp_path / "net.py").write_text(NET)
        (tmp_path / "grid.toml").write_text(TINY + "\n".join(job))
        file = load_grid(tmp_path / "grid.toml")
        fingerprint_ = data_fingerprint(file.grid.data)
        images, results = prepare(file.grid.data, fingerprint_), tmp_path / folder
        write_folder(results, file, _environment(fingerprint_, None))
        found = {}
        for cell in cells(file.grid, fingerprint_):
            if cell.label in labels:
                found[cell.label] = run_cell(cell, images, keep_encoder=True)
                write_cell(results, found[cell.label])
        return results, found

    return saved


def path_of(results, result):
    return results / "cells" / f"{result.record.id}.safetensors"


@pytest.mark.parametrize("job", [["width = 8", "epochs = 1"], ['encoder = "python:net:Net"', "epochs = 1"]])
def test_it_takes_pixels_or_images_and_normalises_them(saved, job):
    results, found = saved(*job)
    encoder = ab.load_encoder(path_of(results, found["crop"]))
    pixels = torch.randint(0, 256, (4, 3, 8, 8), dtype=torch.uint8)
    h = encoder(pixels)
    assert h.shape == (4, encoder.dimension)
    assert torch.equal(h, encoder(pixels.float() / 255))
    assert not encoder.training


def test_it_is_the_encoder_that_was_evaluated(saved):
    results, found = saved("width = 8", "epochs = 1")
    kept = ab.load_encoder(path_of(results, found["crop"]))
    from ablation.pretrain.checkpoint import load_checkpoint

    model = load_checkpoint(path_of(results, found["crop"]), torch.device("cpu")).model
    pixels = torch.randint(0, 256, (4, 3, 8, 8), dtype=torch.uint8)
    assert torch.allclose(kept(pixels), model.features(pixels), atol=1e-6)


def test_a_users_encoder_without_its_code_is_told(saved, tmp_path):
    results, found = saved('encoder = "python:net:Net"')
    (results / "net.py").unlink()
    with pytest.raises(ResultsError, match=r"safetensors: there is no net\.py in .*results"):
        ab.load_encoder(path_of(results, found["crop"]))


def test_the_card_says_what_it_is_and_how_to_load_it(saved):
    results, found = saved("width = 8", "epochs = 1")
    result = found["crop"]
    card = path_of(results, result).with_suffix(".md").read_text()
    assert card.startswith("# Encoder: crop, seed 0\n")
    for said in (
        "| images | shapes, 8×8 pixels, 40 training images",
        "resnet-micro",
        "## Licence\n\nNot stated",
    ):
        assert said in card
    assert f'ab.load_encoder("{result.record.id}.safetensors")' in card
    assert f"{result.record.parameters:,} parameters, {result.record.flops:,} FLOPs" in card


def test_a_job_may_start_from_a_saved_encoder_and_its_floor_is_that_start(saved, tmp_path):
    results, found = saved("width = 8", "epochs = 1")
    (tmp_path / "start.safetensors").write_bytes(found["crop"].weights)
    again, started = saved("width = 8", "epochs = 0", 'weights = "start.safetensors"', folder="again")
    assert not (again / "start.safetensors").exists()
    start = ab.load_encoder(path_of(results, found["crop"])).encoder
    for one in started.values():
        same = ab.load_encoder(path_of(again, one)).encoder
        assert fingerprint(same.stages) == fingerprint(start.stages)
    assert started["crop"].record.scores == started["random-init"].record.scores
    assert started["random-init"].record.scores != found["random-init"].record.scores
