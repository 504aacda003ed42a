"""From a grid to its leak, before anything is trained."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from ablation.data.fingerprint import data_fingerprint
from ablation.data.prepare import load, prepare
from ablation.errors import DataError, GridError
from ablation.experiment import run_cell
from ablation.grid.augmentations import Step
from ablation.grid.cells import cells
from ablation.grid.file.load import load_grid
from ablation.grid.operations import Color, Crop
from ablation.previews import leaks
from ablation.previews.batch import FirstBatch
from ablation.previews.leaks import _crops, _figure6, measure_leaks, write_leaks
from tests.previews.test_views import grid, names


def quietly(chosen, folder, images=2):
    return write_leaks(chosen, folder, images=images, workers=1, device="cpu", tell=lambda *_: None)


@pytest.fixture
def at_once(monkeypatch):
    """Cells are measured in this process: to start another takes seconds."""

    def one_by_one(function, ask, _):
        yield from ((item, function(item)) for item in iter(ask, None))

    monkeypatch.setattr(leaks, "in_processes", one_by_one)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    heard = []
    folder = tmp_path_factory.mktemp("leaks")
    found = write_leaks(
        grid(), folder, images=2, workers=2, device="cpu", tell=lambda *told: heard.append(told)
    )
    return *found, heard


def test_the_files_of_a_leak(written):
    frame, paths, heard = written
    assert names(paths) == [
        *("figure6.png", "figure6-channels.png", "leak.png", "leak-kinds.png", "distances.png", "leak.csv")
    ]
    assert all(Image.open(path).width > 300 for path in paths[:-1])
    assert [told for told in heard if told[0] == "jobs"] == [("jobs", done, 4) for done in range(5)]
    assert paths[-1].read_text().startswith("first,second,seed,leak_bits,")
    assert len(frame) == 4


def test_the_leak_is_the_one_that_a_run_stores(written):
    chosen = grid()
    fingerprint = data_fingerprint(chosen.data)
    dataset = prepare(chosen.data, fingerprint)
    measured = written[0].astype({"first": object, "second": object}).set_index(["first", "second"])
    for cell in cells(chosen, fingerprint):
        if cell.policy:
            stored, row = (
                run_cell(cell, dataset).record.leak,
                measured.loc[(cell.first.name, cell.second.name)],
            )
            assert stored["joint"].bits == row["leak_bits"]
            assert stored["chroma"].bits == row["leak_bits_chroma"]


def test_the_number_of_workers_changes_nothing(written, at_once):
    again, _ = measure_leaks(grid(), "tiny", workers=1, device="cpu", tell=lambda *_: None)
    pd.testing.assert_frame_equal(again, written[0])


def test_a_sweep_of_strengths_has_a_figure_and_a_grid_without_loses_it(tmp_path, at_once):
    swept = grid({"color": {"strength": [0.5, 1.0]}}, pairs=[])
    folder = tmp_path / "shortcut"
    assert "strength.png" in names(quietly(swept, folder)[1])
    quietly(grid(("noise",)), folder)
    assert not (folder / "strength.png").exists()


def test_a_grid_without_crop_and_color_is_shown_with_the_papers_and_the_caption_says_so():
    def caption(augmentations):
        (_, figure), _ = _figure6(grid(augmentations), images=1)
        return " ".join(text.get_text() for text in figure.axes[0].texts)

    assert caption(("noise",)).count("the default, as the grid has none") == 2
    assert caption(("crop", "noise")).count("the default, as the grid has none") == 1
    assert "by default" not in caption(("crop", "color"))


def test_classes_of_kornia_leak_too(at_once):
    chosen = grid({"poster": {"kornia": "RandomPosterize", "bits": 3}, "crop": {}})
    assert len(measure_leaks(chosen, "tiny", workers=1, device="cpu", tell=lambda *_: None)[0]) == 4


def test_an_operation_that_fails_on_a_batch_is_named(tmp_path, monkeypatch, at_once):
    (tmp_path / "own.py").write_text(FAILS_ON_A_BATCH)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "grid.toml").write_text(
        """
        baselines = []
        data = { source = "shapes", train = 120, test = 40, size = 8 }
        augmentations = { mine = { python = "own:Picky" } }
        pretrain = { batch_size = 32 }
        """
    )
    chosen = load_grid(tmp_path / "grid.toml").grid
    with pytest.raises(
        GridError, match="mine fails on a batch of 32 images of 8×8 pixels: RuntimeError: not 32"
    ):
        quietly(chosen, tmp_path / "out")


FAILS_ON_A_BATCH = """
from torch import nn

class Picky(nn.Module):
    def forward(self, x):
        if len(x) == 32:
            raise RuntimeError("not 32")
        return 1 - x
"""


def test_the_crops_of_figure_6_are_the_same_with_and_without_color():
    chosen = grid()
    batch = FirstBatch.of(chosen, load(prepare(chosen.data, data_fingerprint(chosen.data))), 2)
    steps = [Step("crop", Crop()), Step("color", Color(p=0.0, grayscale=0.0))]
    plain, undistorted = (_crops(batch, batch.shown[0], steps[:count]) for count in (1, 2))
    assert np.array_equal(plain, undistorted)
    assert len({crop.tobytes() for crop in plain}) == 4
    assert not np.array_equal(plain, _crops(batch, batch.shown[1], steps[:1]))


def test_too_few_images_are_told_with_what_would_do(tmp_path):
    with pytest.raises(
        DataError, match=r"three batches \(192 images\), but there are only 120; .* 40 or less"
    ):
        quietly(grid(pretrain={"width": 8, "batch_size": 64}), tmp_path / "out")
    assert not (tmp_path / "out").exists()
