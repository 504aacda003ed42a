"""Folders as users have them: each image is in one class once, or it is said that it is not used."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from ablation.errors import DataError
from tests.data.sources.test_folder import COLORS, fill, read, save

COMPOSED, DECOMPOSED, WIDE = "caf\u00e9", "cafe\u0301", "\u732b\u3000\u72ac"
BAD = "\x1b[31mred\n" + os.fsdecode(b"\xff")
COLORS |= dict.fromkeys((COMPOSED, DECOMPOSED, WIDE, BAD), (1, 2, 3))


def test_a_class_in_both_encodings_of_its_letters_is_read_once(tmp_path):
    root = fill(tmp_path / "photos", 3, (COMPOSED, "dog"))
    save(root / DECOMPOSED / "more.png", (1, 2, 3))
    dataset = read(root, tmp_path)
    assert dataset.class_names == (COMPOSED, "dog")
    labels = np.concatenate([dataset.train.labels, dataset.test.labels])
    assert np.bincount(labels).tolist() == [4, 3]


def test_images_of_no_class_are_counted_and_named(tmp_path):
    root = tmp_path / "photos"
    for split in ("train", "test", "extra"):
        fill(root / split, 3)
    for loose in ("a.png", "train/b.png"):
        save(root / loose, COLORS["owl"])
    assert read(root, tmp_path).notes == (
        "folders other than train/ and test/ are not used: 'extra' (6 images)",
        "2 images outside the class folders are not used: 'a.png', 'train/b.png'",
    )


def test_images_above_the_level_of_the_classes_are_counted_and_named(tmp_path):
    fill(tmp_path / "photos" / "animal", 4, ("cat", "dog"))
    save(tmp_path / "photos" / "animal" / "a.png", COLORS["owl"])
    assert read(tmp_path / "photos", tmp_path, class_depth=2).notes == (
        "1 image outside the class folders is not used: 'animal/a.png'",
    )


def test_names_do_not_control_a_terminal(tmp_path):
    root = fill(tmp_path / "photos", 6, (BAD, WIDE))
    dataset = read(root, tmp_path)
    assert dataset.class_names == (r"\u001b[31mred\n\udcff", WIDE)
    (root / BAD / "a\n.png").write_bytes(b"broken")
    (note,) = read(root, tmp_path).notes
    assert note.isprintable()
    shutil.rmtree(root / BAD)
    (root / BAD).mkdir()
    with pytest.raises(DataError, match="no images of this class") as error:
        read(root, tmp_path)
    assert str(error.value).isprintable()


def test_a_home_folder_of_nobody_is_a_missing_folder(tmp_path):
    with pytest.raises(DataError, match=r"~nobody-of-this-name: no such folder"):
        read(Path("~nobody-of-this-name"), tmp_path)
