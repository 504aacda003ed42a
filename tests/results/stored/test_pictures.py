"""The thumbnails of a results folder: written, read, found, damaged."""

import numpy as np
import pytest

from ablation.errors import ResultsError
from ablation.results.stored.paths import PICTURES
from ablation.results.stored.pictures import Pictures, read_pictures, write_pictures


def test_pictures_come_back_as_they_were_written(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (2, 3, 8, 8)).astype(np.uint8)
    write_pictures(tmp_path, Pictures(np.array([3, 7], np.int32), images, ("<cat>", "Löwe")))
    read = read_pictures(tmp_path)
    assert np.array_equal(read.images, images)
    assert read.indices.tolist() == [3, 7]
    assert read.class_names == ("<cat>", "Löwe")


def test_places_are_found_in_any_shape_and_none_where_one_is_missing():
    some = Pictures(np.array([3, 7, 8], np.int32), np.zeros((3, 3, 4, 4), np.uint8), ())
    assert some.find(np.array([[8, 3], [7, 7]], np.int32)).tolist() == [[2, 0], [1, 1]]
    assert some.find(np.array([3, 9], np.int32)) is None
    assert some.find(np.array([0], np.int32)) is None


def test_a_folder_without_pictures_has_none_and_damaged_ones_are_named(tmp_path):
    assert read_pictures(tmp_path) is None
    (tmp_path / PICTURES).write_bytes(b"half")
    with pytest.raises(ResultsError, match=r"pictures\.npz: is damaged \(File is not a zip"):
        read_pictures(tmp_path)
