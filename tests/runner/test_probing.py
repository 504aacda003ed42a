"""Probes that end badly, or not at all, have failed, and the others run on."""

import time

import pytest

from ablation.data.fingerprint import data_fingerprint
from ablation.data.prepare import prepare
from ablation.grid.cells import jobs
from ablation.grid.file.load import load_grid
from ablation.grid.probes import probes
from ablation.runner.probing import ProbeJob, run_probes
from ablation.telling import silent
from tests.runner.test_probes import FEW, GRID


@pytest.fixture
def items(tmp_path, monkeypatch):
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path / "cache"))
    (tmp_path / "grid.toml").write_text(FEW + GRID)
    grid = load_grid(tmp_path / "grid.toml").grid
    probe = probes(grid, None)[0]
    return [(cell, probe) for cell in jobs(grid, "f")]


def some_hang(item):
    if item[0].label == "crop":
        time.sleep(600)
    return ""


def test_a_probe_that_takes_longer_than_it_may_is_stopped_and_the_others_are_not(items):
    said = []
    assert run_probes(items, some_hang, 2, float("inf"), said.append, silent, limit=1.0) == 1
    [sentence] = said
    assert sentence.startswith("crop (seed 0), ")
    assert "it took longer than 1 s and was stopped; the next run tries again" in sentence


def test_a_probe_that_quits_has_failed(items, tmp_path, monkeypatch):
    def quits(*_):
        raise SystemExit(3)

    monkeypatch.setattr("ablation.probing.run_probe", quits)
    assert probed(items[0], tmp_path) == "SystemExit: 3"


def probed(item, folder):
    data = item[0].recipe.data
    return ProbeJob(folder, {data: prepare(data, data_fingerprint(data))}, ("cpu",))(item)


def test_images_that_are_changed_while_a_probe_uses_them_fail_it(items, tmp_path, monkeypatch):
    def changes(cell, probe, folder, datasets, device):
        (labels,) = datasets[cell.recipe.data].glob("test_labels.npy")
        labels.write_bytes(labels.read_bytes()[:-1] + b"?")

    monkeypatch.setattr("ablation.probing.run_probe", changes)
    assert "were changed while they were used" in probed(items[0], tmp_path)
