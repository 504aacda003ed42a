"""Images that are not RGB go the whole way: validate, preview, run, page, recommendation."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from ablation.cli.app import app
from ablation.results.stored.arrays import read_arrays
from ablation.results.study import read_study

GRID = """
seeds = [0]
baselines = ["random-init", "raw-pixels", "color-histogram"]
[data]
source = "npz"
path = "bands.npz"
size = 16
show = {show}
channels = {channels}
[augmentations]
crop = {{}}
channel-jitter = {{}}
[pretrain]
epochs = 1
width = 8
batch_size = 32
"""


def ablation(*words):
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.slow
@pytest.mark.parametrize("channels", [1, 4, 13])
def test_a_set_of_bands_goes_to_page_and_recommendation(tmp_path, monkeypatch, channels):
    monkeypatch.chdir(tmp_path)
    random, arrays = np.random.default_rng(0), {}
    for split, n in (("train", 160), ("test", 60)):
        labels = np.arange(n) % 2
        ramp = np.arange(16) // 4 % 2
        shapes = np.where(labels[:, None, None] == 0, ramp[None, :, None], ramp[None, None, :])
        spectra = random.uniform(0.3, 1, (n, 1, 1, channels))
        arrays |= {
            f"{split}_x": (200 * shapes[..., None] * spectra + 40 * random.random((n, 16, 16, 1))).astype(
                np.uint8
            ),
            f"{split}_y": labels,
        }
    np.savez("bands.npz", **arrays)
    last = min(3, channels)
    Path("g.toml").write_text(GRID.format(show=[last, 1, 1], channels=channels))
    assert f"Images have {channels} channel" in ablation("validate", "g.toml")
    ablation("preview", "g.toml")
    ablation("run", "g.toml", "--workers", "1")
    study = read_study(Path("results/g"))
    assert study.results["linear_top1"].notna().all()
    record = next(record for cell, record in study.records if cell.kind == "pair")
    assert read_arrays(study.folder.path, record).views.shape[2:] == (3, 16, 16)
    page = Path("results/g/report.html").read_text()
    assert f"channels {last}, 1 and 1 as red, green and blue" in page
    assert (
        "one channel and so no colour" if channels == 1 else f"the {channels} channels of an image differ"
    ) in page
    assert "cells" in ablation("recommend", "results/g")
    assert Image.open("results/g/preview/views.png").width > 100
