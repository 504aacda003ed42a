"""`validate` looks at the images of `[transfer]`, too."""

import numpy as np
import pytest

from ablation.cli.design import design_of, design_words
from ablation.errors import DataError
from ablation.grid.models import Grid


def words(tmp_path, **transfer):
    data = {"source": "shapes", "train": 200, "test": 40}
    values = {"data": data, "augmentations": {"crop": {}, "color": {}}, "transfer": transfer}
    return design_words(design_of(Grid.model_validate(values), tmp_path / "results"))


def saved(path, channels):
    random, y = np.random.default_rng(0), np.arange(40) % 2
    x = {f"{one}_x": random.integers(0, 256, (40, 16, 16, channels), np.uint8) for one in ("train", "test")}
    np.savez(path, train_y=y, test_y=y, **x)
    return str(path)


def test_its_classes_are_counted(tmp_path):
    told = words(tmp_path, source="npz", path=saved(tmp_path / "a.npz", 3))[-1]
    assert told == "Transfer to 2 classes, each with 20 training and 20 test images: 0, 1."


def test_images_of_other_channels_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"^transfer: these images have 4 channels"):
        words(tmp_path, source="npz", path=saved(tmp_path / "a.npz", 4))


def test_its_errors_name_its_own_settings(tmp_path):
    told = words(tmp_path, source="npz", path=str(tmp_path / "none.npz"))[-1]
    assert told.startswith("Images to transfer to cannot be counted: transfer")
    assert "data.path" not in told
    (tmp_path / "photos" / "a").mkdir(parents=True)
    with pytest.raises(DataError, match=r"^transfer: ") as refused:
        words(tmp_path, source="folder", path=str(tmp_path / "photos"))
    assert "data." not in str(refused.value)
