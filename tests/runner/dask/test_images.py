from pathlib import Path
from types import SimpleNamespace

import pytest

from ablation.errors import DataError
from ablation.runner.dask import images as shipment
from ablation.runner.dask.images import SentImages, append


@pytest.fixture
def images(tmp_path, monkeypatch):
    """A prepared data set of two files, and a cache folder elsewhere."""
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path / "there"))
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "meta.json").write_text("{}")
    (folder / "train_images.npy").write_bytes(bytes(range(250)) * 40)
    return SentImages.of(folder)


def sent(images, content=None):
    """What answers a worker that asks: the files in pieces, or with other bytes."""

    def ask(folder):
        for name, size, _ in images.files:
            whole = content or (images.folder / name).read_bytes()
            for start in range(0, size, 3000):
                append(folder, name, whole[start : min(start + 3000, size)])

    return ask


def never(_):
    raise AssertionError("asked for what is there")


def elsewhere(images, tmp_path):
    return SentImages(tmp_path / "not here", images.files)


def test_images_that_are_seen_are_read_where_they_are(images):
    assert images.obtained(never) == images.folder


def test_images_that_are_not_seen_are_received_once(images, tmp_path):
    unseen = elsewhere(images, tmp_path)
    folder = unseen.obtained(sent(images))
    assert folder.is_relative_to(tmp_path / "there")
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        file.name: file.read_bytes() for file in images.folder.iterdir()
    }
    assert unseen.obtained(never) == folder
    assert not list(folder.parent.glob("*.tmp"))


def test_other_images_under_the_same_path_are_never_taken_for_these(images):
    file = images.folder / "train_images.npy"
    right = file.read_bytes()
    file.write_bytes(right[::-1])  # of the same size
    good = SimpleNamespace(folder=images.folder, files=images.files)

    def ask(folder):
        append(folder, "meta.json", b"{}")
        append(folder, "train_images.npy", right)

    assert images.obtained(ask) != good.folder


def test_damaged_images_are_refused_and_left_nowhere(images, tmp_path):
    with pytest.raises(DataError, match="damaged"):
        elsewhere(images, tmp_path).obtained(sent(images, bytes(10_000)))
    assert [path.suffix for path in (tmp_path / "there" / "received").iterdir()] == [".lock"]


def test_images_that_do_not_arrive_are_told(images, tmp_path, monkeypatch):
    monkeypatch.setattr(shipment, "_PATIENCE", 0.1)
    with pytest.raises(DataError, match="did not arrive"):
        elsewhere(images, tmp_path).obtained(lambda folder: append(folder, "meta.json", b"{"))


def test_a_cache_that_cannot_be_written_is_told(images, tmp_path):
    Path(tmp_path / "there").write_text("a file")
    with pytest.raises(DataError, match="cannot store the images"):
        elsewhere(images, tmp_path).obtained(never)
