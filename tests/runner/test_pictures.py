"""Pictures are kept of exactly the test images that a report shows, where the images are at hand."""

import shutil

import numpy as np
import pytest

from ablation.data.fingerprint import data_fingerprint
from ablation.data.prepare import load, prepare
from ablation.grid.cells import cells
from ablation.grid.file.load import load_grid
from ablation.results.stored.cells import CellResult, write_cell
from ablation.results.stored.paths import PICTURES
from ablation.results.stored.pictures import SIDE, read_pictures
from ablation.runner.pictures import keep_pictures
from ablation.runner.tally import survey
from tests.results.builder import arrays, record
from tests.tiny import TINY


@pytest.fixture(params=[8, 64])
def finished(request, tmp_path, monkeypatch):
    """A grid of one seed whose cells have records and arrays, and its decoded images, of 8 or 64 pixels."""
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path / "cache"))
    (tmp_path / "tiny.toml").write_text(TINY)
    grid = load_grid(tmp_path / "tiny.toml", [f"data.size={request.param}"]).grid
    fingerprint = data_fingerprint(grid.data)
    dataset = prepare(grid.data, fingerprint)
    every = list(cells(grid, fingerprint))
    for number, cell in enumerate(every):
        write_cell(tmp_path, CellResult(record(cell, 0.5), arrays(number)))
    return tmp_path, grid, fingerprint, survey(every, tmp_path), dataset


def test_queries_and_their_neighbours_are_kept_small(finished):
    folder, *rest, dataset = finished
    keep_pictures(folder, *rest)
    kept, images = read_pictures(folder), load(dataset).test.images
    shown = [arrays(number) for number, cell in enumerate(rest[-1].cells) if cell.first]
    wanted = {*np.concatenate([np.append(one.queries, one.neighbours) for one in shown]).tolist()}
    assert len(wanted) > 10
    assert kept.indices.tolist() == sorted(wanted)
    assert kept.class_names == load(dataset).class_names
    assert kept.images.shape[1:] == (3, *2 * (min(images.shape[-1], SIDE),))
    means = images[kept.indices].mean(axis=(2, 3))
    assert np.allclose(kept.images.mean(axis=(2, 3)), means, atol=1)


def test_what_is_kept_is_left_alone_and_asks_for_no_images(finished):
    folder, *rest, dataset = finished
    keep_pictures(folder, *rest)
    before = (folder / PICTURES).stat().st_mtime_ns
    shutil.rmtree(dataset)
    keep_pictures(folder, *rest)
    assert (folder / PICTURES).stat().st_mtime_ns == before
    (folder / PICTURES).unlink()
    keep_pictures(folder, *rest)
    assert read_pictures(folder) is None


def test_damaged_pictures_are_kept_anew(finished):
    folder, *rest, _ = finished
    (folder / PICTURES).write_bytes(b"half")
    keep_pictures(folder, *rest)
    assert read_pictures(folder) is not None
