"""A folder of images that have no classes: every image counts, whatever folder it is in."""

import numpy as np
import pytest

from ablation.errors import DataError
from tests.data.sources.test_folder import fill, read


def test_images_of_every_depth_are_used(tmp_path):
    root = fill(tmp_path / "photos" / "trip", 4)
    fill(tmp_path / "photos" / "a" / "b", 2)
    fill(root / "deeper", 1)
    dataset = read(tmp_path / "photos", tmp_path, class_depth=0)
    assert len(dataset.train) + len(dataset.test) == 2 * 7
    assert not np.concatenate([dataset.train.labels, dataset.test.labels]).any()
    assert (dataset.class_names, dataset.classes, dataset.notes) == ((), (), ())


def test_a_part_is_held_out_and_two_splits_are_kept(tmp_path):
    fill(tmp_path / "photos", 10)
    assert len(read(tmp_path / "photos", tmp_path, class_depth=0, test_fraction=0.3).test) == 6
    fill(tmp_path / "split" / "train", 5)
    fill(tmp_path / "split" / "test", 2)
    dataset = read(tmp_path / "split", tmp_path, class_depth=0)
    assert (len(dataset.train), len(dataset.test)) == (10, 4)


def test_a_folder_called_train_alone_is_no_split(tmp_path):
    fill(tmp_path / "photos" / "train", 5)
    dataset = read(tmp_path / "photos", tmp_path, class_depth=0)
    assert len(dataset.train) + len(dataset.test) == 10


def test_a_subset_that_is_too_large_says_how_many_there_are(tmp_path):
    fill(tmp_path / "photos", 5)
    with pytest.raises(DataError, match=r"there are only 8 images; ask for as many or fewer"):
        read(tmp_path / "photos", tmp_path, class_depth=0, train=100)


def test_a_folder_without_images_and_one_of_masks_are_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="contains 0 images"):
        read(tmp_path / "empty", tmp_path, class_depth=0)
    for name in ("images", "masks"):
        fill(tmp_path / "pairs" / name, 3)
    with pytest.raises(DataError, match="are images and their masks"):
        read(tmp_path / "pairs", tmp_path, class_depth=0)
