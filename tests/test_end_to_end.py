"""From a grid file to numbers, with real jobs in real worker processes."""

import re
import subprocess
import sys
from colorsys import hsv_to_rgb
from pathlib import Path

import numpy as np
import pytest
import torch

import ablation as ab
from ablation.results.findings.class_words import pays_words

GRIDS = Path(__file__).parents[1] / "grids"


def run(grid, out, *options):
    command = [sys.executable, "-m", "ablation", "run", grid, "--out", out, "--device", "cpu", *options]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)


@pytest.mark.slow
def test_one_and_two_workers_give_the_same_files_bit_for_bit(tmp_path):
    small = ["--set", "data.train=200", "--set", "data.test=100", "--set", "data.size=16"]
    job = ["--set", "pretrain.width=8", "--set", "pretrain.epochs=2", "--set", "pretrain.batch_size=32"]
    few = ["--set", "augmentations={crop={}, color={}}", "--set", "evaluate.regularization=[0.1, 1.0]"]
    few += ["--set", "pairs=[]"]
    few += ["--set", 'baselines=["random-init", "no-augmentation", "supervised"]']
    for workers in (1, 2):
        out = tmp_path / str(workers)
        run(GRIDS / "quick.toml", out, "--workers", workers, *small, *job, *few)
    for table in ("cells.csv", "baselines.csv"):
        assert (tmp_path / "1" / table).read_bytes() == (tmp_path / "2" / table).read_bytes()
    again = ab.verify(tmp_path / "2", cells=2, seed=1, workers=1)
    assert again.exactly
    assert [job.machine.untold for job in again.jobs] == [(), ()]


def glyphs(count, random, size=16):
    """Two classes that only colour tells apart, and three whose colour is anything."""
    rows, columns = np.mgrid[:size, :size]
    images, labels = np.empty((count, size, size, 3), np.uint8), np.arange(count) % 5
    for i, label in enumerate(labels):
        radius, (y, x) = random.uniform(4, 6), random.uniform(6, 10, 2)
        dy, dx = rows - y, columns - x
        far, near = np.maximum(abs(dy), abs(dx)), np.minimum(abs(dy), abs(dx))
        disc = np.hypot(dy, dx) < radius
        stripes = (np.floor(dx / 1.5) % 2 == 0) & (np.hypot(dy, dx) < radius + 1)
        mask = (disc, disc, far < 0.85 * radius, (near < 0.3 * radius) & (far < radius), stripes)[label]
        hue = (0.0, 0.6)[label] + random.uniform(-0.04, 0.04) if label < 2 else random.uniform()
        ink = 255 * np.array(hsv_to_rgb(hue % 1, random.uniform(0.5, 0.9), random.uniform(0.6, 1)))
        image = np.where(mask[..., None], ink, random.uniform(20, 120))
        images[i] = np.clip(image + random.normal(0, 12, image.shape), 0, 255)
    return images, labels


@pytest.mark.slow
def test_the_classes_whose_identity_colour_distortion_destroys_are_named(tmp_path):
    random = np.random.default_rng(0)
    (train_x, train_y), (test_x, test_y) = glyphs(2000, random), glyphs(1000, random)
    names = np.array(["red disc", "blue disc", "square", "cross", "stripes"])
    np.savez(
        tmp_path / "glyphs.npz",
        train_x=train_x, train_y=train_y, test_x=test_x, test_y=test_y, class_names=names,
    )  # fmt: skip
    (tmp_path / "grid.toml").write_text(
        f"""
        seeds = [0, 1, 2]
        baselines = []
        label_free = false
        data = {{ source = "npz", path = "{tmp_path / "glyphs.npz"}", size = 16 }}
        augmentations = {{ blur = {{}}, color = {{}} }}
        pretrain = {{ epochs = 6, batch_size = 64, width = 16 }}
        evaluate = {{ validation_fraction = 0.2, regularization = [0.01, 0.1] }}
        """
    )
    run(tmp_path / "grid.toml", tmp_path / "out", "--workers", "1")
    study = ab.open_study(tmp_path / "out")
    effects = ab.class_effects(study).query("deviates")
    assert set(effects["augmentation"]) == {"color"}
    assert set(effects.loc[effects["effect"] < 0, "class"]) == {"red disc", "blue disc"}
    assert "color costs blue disc" in pays_words(study.class_effects, ["blur", "color"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "coloring", "word", "images", "epochs"),
    [
        ("shapes", "random", "shortcut", 1000, 4),
        ("palettes", "random", "signal", 1200, 6),
        ("shapes", "fixed", "no evidence", 2000, 6),
    ],
)
def test_the_verdict_is_the_planted_answer(tmp_path, source, coloring, word, images, epochs):
    # Blur alone leaves colour as it is, so that its cell and blur with color differ by color alone. At
    # strength 1 jobs this short learn less from distorted views, whatever the colouring.
    (tmp_path / "grid.toml").write_text(
        f"""
        seeds = [0, 1, 2]
        baselines = ["color-histogram"]
        label_free = false
        data = {{ source = "{source}", coloring = "{coloring}", train = {images}, test = 200, size = 16 }}
        augmentations = {{ blur = {{}}, color = {{ strength = 0.5 }} }}
        pretrain = {{ epochs = {epochs}, batch_size = 64, width = 16 }}
        evaluate = {{ validation_fraction = 0.4, regularization = [0.01, 0.1, 1.0] }}
        """
    )
    run(tmp_path / "grid.toml", tmp_path / "out", "--workers", "1")
    verdict = ab.verdict(ab.load_results(tmp_path / "out"), ab.load_baselines(tmp_path / "out"))
    assert verdict.word == word, verdict.sentence
    assert verdict.evidence.seeds == (0, 1, 2)


OWN = """
import torch
from torch import nn

class Dim(nn.Module):
    def __init__(self, least=0.5):
        super().__init__()
        self.least = least

    def forward(self, x):
        return x * (self.least + (1 - self.least) * torch.rand(len(x), 1, 1, 1, device=x.device))
"""


def test_the_augmentation_of_the_next_test_would_run_on_a_gpu():
    code = {}
    exec(OWN, code)
    images = torch.empty(4, 3, 16, 16, device="meta")
    assert code["Dim"]()(images).device == images.device


@pytest.mark.slow
def test_every_kind_of_augmentation_runs_and_code_that_changes_runs_its_cells_again(tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "grid.toml").write_text(
        """
        baselines = []
        pairs = []
        data = { source = "shapes", train = 64, test = 32, size = 16 }
        pretrain = { epochs = 1, batch_size = 32, width = 8 }
        evaluate = { regularization = [1.0] }
        [augmentations]
        dim = { python = "own:Dim", least = 0.2 }
        poster = { kornia = "RandomPosterize", bits = 3 }
        noise = { std = [0.1, 0.2] }
        policy = ["crop", "noise"]
        """
    )
    out = tmp_path / "out"
    assert "6 of 6 jobs done" in run(tmp_path / "grid.toml", out, "--workers", "1").stdout
    results = ab.load_results(out)
    assert list(results["first"].cat.categories) == [
        *("dim", "poster", "noise std 0.1", "noise std 0.2", "policy std 0.1", "policy std 0.2"),
    ]
    assert (results["outcome"] != "failed").all()
    (tmp_path / "own.py").write_text(OWN.replace("return x", "return 0.9 * x"))
    assert "1 of 6 jobs to run" in run(tmp_path / "grid.toml", out, "--workers", "1").stdout
    (tmp_path / "own.py").unlink()
    assert "nothing to run" in run(out / "grid.toml", out).stdout  # the folder holds the code


@pytest.mark.parametrize("grid", sorted(GRIDS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_grid_of_the_project_is_valid_and_names_its_cost(grid):
    assert ab.load_grid(grid).grid.augmentations
    comment = grid.read_text().split("\n\n")[0]
    assert re.search(r"\d.* on two cores", comment)
