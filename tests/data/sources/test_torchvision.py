import gzip
import pickle
from pathlib import Path

import numpy as np
import pytest
from torchvision import datasets

from ablation.data.sources.torchvision import torchvision
from ablation.errors import DataError
from ablation.grid.data import Torchvision


def read(source: str, tmp_path: Path, **settings: object):
    folder = tmp_path / "prepared"
    folder.mkdir()
    data = {"source": source, "root": str(tmp_path / "root")} | settings
    return torchvision(Torchvision.model_validate(data), folder)


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr("urllib.request.urlopen", refuse)


@pytest.mark.parametrize("source", ["cifar10", "cifar100", "stl10", "svhn", "mnist", "fashion-mnist"])
def test_a_download_that_fails_says_what_to_do(tmp_path, no_network, source):
    with pytest.raises(DataError, match=rf"{source}: cannot be downloaded .* set data\.root to a folder"):
        read(source, tmp_path)


def test_cifar10_is_read_as_torchvision_keeps_it(tmp_path, no_network, monkeypatch):
    monkeypatch.setattr(datasets.CIFAR10, "_check_integrity", lambda _: True)
    monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda *_: True)
    folder = tmp_path / "root" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    names = [f"class {label}" for label in range(10)]
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": names}))
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (6, 20, 3072), np.uint8)
    for batch, name in enumerate([f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]):
        content = {"data": pixels[batch], "labels": [int(label) for label in np.arange(20) % 10]}
        (folder / name).write_bytes(pickle.dumps(content))
    dataset = read("cifar10", tmp_path, train=50)
    assert dataset.class_names == tuple(names)
    assert np.bincount(dataset.train.labels).tolist() == [5] * 10
    assert np.array_equal(dataset.test.images, pixels[5].reshape(20, 3, 32, 32))
    known = {picture.tobytes() for picture in pixels[:5].reshape(100, 3, 32, 32)}
    assert all(picture.tobytes() in known for picture in np.asarray(dataset.train.images))


def test_mnist_becomes_three_equal_channels_of_the_size_asked_for(tmp_path, no_network):
    raw = tmp_path / "root" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part, count in (("train", 40), ("t10k", 20)):
        images = np.full((count, 28, 28), 80, np.uint8)
        labels = (np.arange(count) % 10).astype(np.uint8)
        heads = {"images-idx3": (2051, *images.shape), "labels-idx1": (2049, count)}
        for (name, head), content in zip(heads.items(), (images, labels), strict=True):
            content = np.array(head, ">i4").tobytes() + content.tobytes()
            (raw / f"{part}-{name}-ubyte").write_bytes(content)
            (raw / f"{part}-{name}-ubyte.gz").write_bytes(gzip.compress(content))
    dataset = read("mnist", tmp_path, size=32)
    assert dataset.train.images.shape == (40, 3, 32, 32)
    assert (dataset.train.images == 80).all()
    assert dataset.class_names[0] == "0 - zero"


@pytest.mark.parametrize("source", ["svhn", "stl10"])
def test_channels_first_sources_keep_their_pixels(tmp_path, monkeypatch, source):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 3, 32, 32), np.uint8)

    class Stand:  # what torchvision's classes of these two look like
        data, labels = pixels, np.arange(20) % 10

    monkeypatch.setattr(datasets, source.upper(), lambda *_, **__: Stand)
    dataset = read(source, tmp_path)
    assert np.array_equal(dataset.train.images, pixels)
    assert dataset.class_names == tuple("0123456789")
