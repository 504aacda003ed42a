"""Too little room on the disk is an error before anything is decoded."""

import shutil
from collections import namedtuple

import numpy as np
import pytest
from PIL import Image

from ablation.data.prepare import prepare
from ablation.data.space import space_for
from ablation.errors import DataError
from ablation.grid.data import Generated, ImageFolder, Npz

DATA = Generated(source="shapes", train=30, test=20, size=16)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path / "not" / "yet"))


def test_what_is_decoded_needs_no_more_room():
    space = space_for([DATA], "v1")
    assert (space.images, space.missing) == (50 * 3 * 16**2, 50 * 3 * 16**2)
    prepare(DATA, "v1")
    both = space_for([DATA, DATA.model_copy(update={"seed": 1})], "v1")
    assert both.missing == space.missing
    assert both.images >= 2 * space.images


def test_unlabelled_images_and_what_an_interruption_left_are_counted(tmp_path):
    random = np.random.default_rng(0)
    for number in range(120):
        path = tmp_path / ("photos/cat", "photos/dog", "wild")[number % 3] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (8, 8, 3), np.uint8)).save(path)
    photos, wild = str(tmp_path / "photos"), str(tmp_path / "wild")
    data = ImageFolder(source="folder", path=photos, unlabelled=wild, size=8)

    def interrupt(what, done, total):
        if what.startswith("test"):
            raise KeyboardInterrupt

    assert space_for([data], "v1").missing == 120 * 3 * 8**2
    with pytest.raises(KeyboardInterrupt):
        prepare(data, "v1", interrupt)
    assert space_for([data], "v1").missing < (120 - 64 - 16) * 3 * 8**2


@pytest.mark.parametrize("channels", [1, 13])
def test_every_channel_takes_room(tmp_path, channels):
    random = np.random.default_rng(0)
    x = {f"{split}_x": random.integers(0, 256, (12, 8, 8, channels), np.uint8) for split in ("train", "test")}
    np.savez(tmp_path / "x.npz", **x, train_y=np.arange(12) % 2, test_y=np.arange(12) % 2)
    data = Npz(source="npz", path=str(tmp_path / "x.npz"), size=8, channels=channels)
    assert space_for([data], "v1").missing == 24 * channels * 8**2


def test_a_disk_that_is_too_small_is_refused(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: namedtuple("Usage", "free")(20_000))
    with pytest.raises(DataError, match="images need 1 MB more, and 1 MB are free; set ABLATION_CACHE"):
        space_for([DATA], "v1").refuse_too_little()
