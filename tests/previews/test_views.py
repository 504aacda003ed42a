"""From a grid to the files of its preview."""

import numpy as np
import pytest
import torch
from PIL import Image

from ablation.augment.preview import view_pairs
from ablation.data.device import to_device
from ablation.data.fingerprint import data_fingerprint
from ablation.data.prepare import load, prepare
from ablation.errors import DataError
from ablation.evaluate.evaluation import spread_over_classes
from ablation.experiment import run_cell
from ablation.grid.cells import cells
from ablation.grid.models import Grid
from ablation.previews.batch import crops, of_different_classes
from ablation.previews.views import shown_pairs, write_preview

SHAPES = {"source": "shapes", "train": 120, "test": 40, "size": 8}


def grid(augmentations=("crop", "color"), **changes):
    sections = {
        "name": "tiny",
        "data": SHAPES,
        "augmentations": {name: {} for name in augmentations}
        if isinstance(augmentations, tuple)
        else augmentations,
        "pretrain": {"width": 8, "epochs": 1, "batch_size": 32},
    }
    return Grid.model_validate(sections | changes)


def names(paths):
    return [path.name for path in paths]


def test_the_files_of_a_preview(tmp_path):
    written = write_preview(grid(), tmp_path / "results" / "tiny" / "preview", images=3)
    assert names(written) == ["views.png", "operations.png", "crop.png"]
    assert sorted(names(written[0].parent.iterdir())) == sorted(names(written))
    assert all(Image.open(path).width > 300 for path in written)


def test_the_same_grid_gives_the_same_bytes(tmp_path):
    first, second = (
        [path.read_bytes() for path in write_preview(grid(), tmp_path / name, images=2)] for name in "ab"
    )
    assert first == second


def test_a_grid_without_a_crop_has_no_figure_of_crops(tmp_path):
    folder = tmp_path / "preview"
    write_preview(grid(), folder, images=1)
    assert names(write_preview(grid(("noise",)), folder, images=1)) == ["views.png", "operations.png"]
    assert not (folder / "crop.png").exists(), "it was of another grid"


@pytest.mark.parametrize("branches", ["one", "both"])
@pytest.mark.parametrize("base_crop", ["none", "shared", "independent"])
def test_every_kind_of_views_can_be_shown(tmp_path, branches, base_crop):
    views = {"branches": branches, "base_crop": base_crop}
    written = write_preview(grid(("noise", "square-crop"), views=views), tmp_path, images=2)
    assert len(written) == 3


def test_images_without_labels_can_be_shown(tmp_path):
    images, other = np.random.default_rng(0).integers(0, 256, (2, 40, 8, 8, 3), dtype=np.uint8)
    labels = np.arange(40) % 2
    np.savez(tmp_path / "a.npz", train_x=images, train_y=labels, test_x=other, test_y=labels)
    (tmp_path / "more").mkdir()
    for i, image in enumerate(images):
        Image.fromarray(image).save(tmp_path / "more" / f"{i}.png")
    data = {
        "source": "npz",
        "path": str(tmp_path / "a.npz"),
        "unlabelled": str(tmp_path / "more"),
        "size": 8,
    }
    assert len(write_preview(grid(data=data), tmp_path / "out", images=64)) == 3, "a batch has only 32"


def test_the_views_are_those_that_a_cell_keeps():
    chosen = grid()
    fingerprint = data_fingerprint(chosen.data)
    folder = prepare(chosen.data, fingerprint)
    data = to_device(load(folder), torch.device("cpu"))
    pixels = data.pretrain[torch.cat([spread_over_classes(data.train.labels, 8), torch.arange(24)])]
    for cell in cells(chosen, fingerprint):
        if cell.policy:
            kept = run_cell(cell, folder).arrays.views
            pairs = view_pairs(cell.label, cell.steps, chosen.views, pixels, cell.seed)
            assert np.array_equal(kept, pairs[: len(kept)].numpy())


def test_images_that_cannot_be_trained_on_are_refused(tmp_path):
    pretrain = {"width": 8, "batch_size": 80}
    images, other = np.random.default_rng(0).integers(0, 256, (2, 40, 8, 8, 3), dtype=np.uint8)
    labels = np.arange(40) % 2
    np.savez(tmp_path / "a.npz", train_x=images, train_y=labels, test_x=other, test_y=labels)
    data = {"source": "npz", "path": str(tmp_path / "a.npz"), "size": 8}
    with pytest.raises(DataError, match="cannot fill a batch of 80"):
        write_preview(grid(data=data, pretrain=pretrain), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_images_are_of_different_classes_where_there_are_enough():
    labels = np.array([3, 3, 3, 1, 0, 1, 2])
    assert of_different_classes(labels, 4) == [0, 3, 4, 6]
    assert of_different_classes(labels, 6) == [0, 3, 4, 6, 1, 5]
    assert len(of_different_classes(labels, 99)) == 7


def test_all_pairs_are_shown_where_they_are_few_and_those_of_the_first_entries_otherwise():
    def pairs(**changes):
        found, count = shown_pairs(grid(("crop", "color", "blur", "noise"), **changes))
        return [f"{first.name} {second.name}" for first, second in found], count

    shown, count = pairs()
    assert (len(shown), count) == (8, 12)
    assert shown[:4] == ["crop color", "color crop", "crop blur", "blur crop"]
    assert pairs(pairs=["noise"]) == (
        ["crop noise", "noise crop", "color noise", "noise color", "blur noise", "noise blur"],
        6,
    )
    assert pairs(pairs=[]) == ([], 0)


def test_a_crop_is_shown_once_wherever_it_is_used():
    entries = {"simclr": ["crop", "color"], "crop": {}, "other": ["crop", {"operation": "square-crop"}]}
    assert [name for name, _ in crops(grid(entries))] == ["crop", "square-crop"]
