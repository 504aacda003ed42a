from dataclasses import replace

import numpy as np
import pytest

from ablation.results.earlier import earlier_noise
from ablation.results.stored.folder import open_folder
from tests.results.builder import arrays, build

NAMES = ["crop", "color", "blur"]


def stored(seed, draws=np.random.default_rng(0)):  # noqa: B008 (another draw for every cell)
    labels = np.arange(60, dtype=np.uint16) % 9
    predicted = np.where(draws.random(60) < 0.5, labels, 9).astype(np.uint16)
    return replace(arrays(seed), validation_predictions=predicted, validation_labels=labels)


def folder(path, seeds=(0, 1, 2), names=NAMES, **options):
    return build(path, names, lambda *_: 0.5, seeds=list(seeds), stored=stored, **options)


def test_a_grid_goes_by_its_own_results_before_others_of_the_same_images(tmp_path):
    mine, other = (
        folder(tmp_path / "mine"),
        folder(tmp_path / "other", names=["crop", "color", "blur", "noise"]),
    )
    grid = open_folder(mine).grid
    found = earlier_noise(grid, mine)
    assert found.folder == mine
    assert found.noise.luck == pytest.approx(
        0.25, rel=0.1
    )  # each image right half of the time, by luck alone
    assert earlier_noise(grid, tmp_path / "new").folder == other  # the larger
    assert earlier_noise(grid, tmp_path / "new", "f" * 16).folder == other


def test_other_images_one_seed_few_cells_and_damage_are_passed_over(tmp_path):
    grid = open_folder(folder(tmp_path / "one" / "a", seeds=[0])).grid
    assert earlier_noise(grid, tmp_path / "one" / "a") is None
    folder(tmp_path / "few" / "a", names=["crop", "color"])
    assert earlier_noise(grid, tmp_path / "few" / "new") is None
    whole = folder(tmp_path / "whole" / "a")
    assert earlier_noise(grid, tmp_path / "whole" / "new", "another") is None
    larger = grid.model_copy(update={"data": grid.data.model_copy(update={"size": 64})})
    assert earlier_noise(larger, tmp_path / "whole" / "new") is None
    more = grid.model_copy(update={"data": grid.data.model_copy(update={"train": 50})})
    assert earlier_noise(more, tmp_path / "whole" / "new").folder == whole
    for file in (whole / "cells").glob("*.npz"):
        file.write_bytes(b"\0" * file.stat().st_size)
    assert earlier_noise(grid, whole) is None
