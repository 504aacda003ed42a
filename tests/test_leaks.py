"""From a grid to its leak, before anything is trained."""

import numpy as np
import pytest
from PIL import Image

from ablation.data.prepare import load, prepare
from ablation.errors import DataError
from ablation.experiment import run_cell
from ablation.grid.augmentations import Step
from ablation.grid.cells import cells
from ablation.grid.fingerprint import data_fingerprint
from ablation.grid.operations import Color, Crop
from ablation.leaks import _crops, write_leaks
from ablation.shown import FirstBatch
from tests.test_preview import grid, names


def quietly(chosen, folder, images=2, workers=1):
    return write_leaks(chosen, folder, images=images, workers=workers, device="cpu", tell=lambda *_: None)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    heard = []
    folder = tmp_path_factory.mktemp("leaks")
    found = write_leaks(
        grid(), folder, images=2, workers=2, device="cpu", tell=lambda *told: heard.append(told)
    )
    return *found, heard


def test_the_files_of_a_leak(written):
    leaks, paths, heard = written
    assert names(paths) == [
        *("figure6.png", "figure6-channels.png", "leak.png", "leak-kinds.png", "distances.png", "leak.csv")
    ]
    assert all(Image.open(path).width > 300 for path in paths[:-1])
    assert heard == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert paths[-1].read_text().startswith("first,second,seed,leak_bits,")
    assert len(leaks) == 4


def test_the_leak_is_the_one_that_a_run_stores(written):
    chosen = grid()
    fingerprint = data_fingerprint(chosen.data)
    dataset = prepare(chosen.data, fingerprint)
    measured = written[0].astype({"first": object, "second": object}).set_index(["first", "second"])
    for cell in cells(chosen, fingerprint):
        if cell.augmentations:
            stored, row = (
                run_cell(cell, dataset).record.leak,
                measured.loc[(cell.first.name, cell.second.name)],
            )
            assert stored["joint"].bits == row["leak_bits"]
            assert stored["chroma"].bits == row["leak_bits_chroma"]


def test_the_same_grid_gives_the_same_bytes_with_one_worker_and_with_two(written, tmp_path):
    _, again = quietly(grid(), tmp_path)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in written[1]]


def test_a_grid_without_crop_and_color_is_shown_with_the_papers(tmp_path):
    assert "figure6.png" in names(quietly(grid(("noise",)), tmp_path)[1])


def test_a_sweep_of_strengths_has_a_figure(tmp_path):
    swept = grid({"color": {"strength": [0.5, 1.0]}}, pairs=[])
    assert "strength.png" in names(quietly(swept, tmp_path)[1])


def test_the_crops_of_figure_6_are_the_same_with_and_without_color():
    chosen = grid()
    batch = FirstBatch.of(chosen, load(prepare(chosen.data, data_fingerprint(chosen.data))), 2)
    steps = [Step("crop", Crop()), Step("color", Color(p=0.0, grayscale=0.0))]
    plain, undistorted = (_crops(batch, batch.shown[0], steps[:count]) for count in (1, 2))
    assert np.array_equal(plain, undistorted)
    assert len({crop.tobytes() for crop in plain}) == 4
    assert not np.array_equal(plain, _crops(batch, batch.shown[1], steps[:1]))


def test_too_few_images_are_told_with_what_would_do(tmp_path):
    with pytest.raises(DataError, match=r"three batches, 192 images, and there are 120; .* 40 or less"):
        quietly(grid(pretrain={"width": 8, "batch_size": 64}), tmp_path / "out")
    assert not (tmp_path / "out").exists()
