"""A few pictures are decoded when a grid is checked."""

import numpy as np
import pytest
from PIL import Image

from ablation.data.decoding import opened
from ablation.data.sources.folder import folder_labels
from ablation.errors import DataError
from ablation.grid.data import ImageFolder


def fill(root, side=16, suffix=".png"):
    random = np.random.default_rng(0)
    for name in "ab":
        (root / name).mkdir(parents=True)
        for number in range(6):
            pixels = random.integers(0, 256, (side, side, 3), np.uint8)
            Image.fromarray(pixels).save(root / name / f"{number}{suffix}")
    return root


def checked(root, **settings):
    return folder_labels(
        ImageFolder.model_validate({"source": "folder", "path": str(root), "size": 16, **settings})
    )


def test_images_that_cannot_be_read_are_said_before_a_run(tmp_path):
    root = fill(tmp_path / "photos")
    assert checked(root).notes == ()
    (root / "b" / "3.png").write_bytes(b"no image")
    (note,) = checked(root).notes
    assert note.endswith("images checked cannot be read, for example b/3.png (not an image)")


def test_a_folder_of_which_nothing_can_be_read_is_refused(tmp_path, monkeypatch):
    root = fill(tmp_path / "photos", suffix=".tif")
    monkeypatch.setattr(opened, "_pillow", lambda _: None)
    monkeypatch.setattr("ablation.data.decoding.tiff.installed", lambda _: False)
    with pytest.raises(DataError, match=r"0 of \d+ train images checked can be read; .*pip install"):
        checked(root)


@pytest.mark.parametrize("chosen", [{"percentiles": [1, 99]}, [0, 1]])
def test_files_that_need_a_range_are_refused_without_one(tmp_path, chosen):
    root = tmp_path / "photos"
    for name in "ab":
        (root / name).mkdir(parents=True)
        for number in range(4):
            values = np.random.default_rng([ord(name), number]).random((16, 16), np.float32)
            Image.fromarray(values).save(root / name / f"{number}.tif")
    with pytest.raises(DataError, match=r"set data\.range"):
        checked(root)
    assert checked(root, range=chosen).notes == ()


def test_images_that_will_be_enlarged_are_said(tmp_path):
    (first, second) = checked(fill(tmp_path / "photos"), size=32).notes
    assert "train images checked are smaller than data.size (16 pixels), and will be enlarged" in first
    assert "test images" in second
