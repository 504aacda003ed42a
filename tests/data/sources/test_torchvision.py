import gzip
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torchvision import datasets

from ablation.data.sources.torchvision import torchvision, torchvision_labels
from ablation.data.sources.torchvision_sets import KNOWN
from ablation.errors import DataError
from ablation.grid.data import SOURCES, UNSPLIT, Torchvision


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


@pytest.mark.parametrize("source", KNOWN)
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


def test_the_table_has_every_name_that_a_grid_file_may():
    assert set(KNOWN) == {name for name, model in SOURCES.items() if model is Torchvision}
    assert {name for name, known in KNOWN.items() if not known.test} == UNSPLIT


def red(number: int) -> Image.Image:
    return Image.new("RGB", (30, 20), (number, 0, 0))


def reds(images: np.ndarray) -> list[int]:
    return images[:, 0, 8, 8].tolist()


@pytest.fixture
def textures(tmp_path):
    """Files as the Describable Textures have them: numbers 0 to 59, of two classes."""
    folder = tmp_path / "root" / "dtd" / "dtd"
    numbers = {"train": range(30), "val": range(30, 40), "test": range(40, 60)}
    (folder / "labels").mkdir(parents=True)
    for split, those in numbers.items():
        lines = []
        for number in those:
            name = ("banded", "woven")[number % 2]
            (folder / "images" / name).mkdir(parents=True, exist_ok=True)
            red(4 * number).save(folder / "images" / name / f"{number}.jpg", quality=100)
            lines.append(f"{name}/{number}.jpg")
        (folder / "labels" / f"{split}1.txt").write_text("\n".join(lines))
    return folder


def test_pictures_are_decoded_with_their_labels(tmp_path, textures):
    dataset = read("dtd", tmp_path, size=16, train=10)
    assert dataset.class_names == ("banded", "woven")
    assert np.bincount(dataset.train.labels).tolist() == [5, 5]
    numbers = [round(one / 4) for one in reds(dataset.test.images)]
    assert numbers == [*range(40, 60)]
    assert [number % 2 for number in numbers] == dataset.test.labels.tolist()
    assert {file.name for file in (tmp_path / "prepared").iterdir()} == {
        "train_images.npy",
        "test_images.npy",
    }


def test_a_damaged_picture_is_said(tmp_path, textures):
    (textures / "images" / "woven" / "41.jpg").write_bytes(b"nothing")
    with pytest.raises(
        DataError, match=r"dtd: test image 1 cannot be read .*; remove the files from data\.root"
    ):
        read("dtd", tmp_path)


def test_without_a_test_split_a_part_of_each_class_is_set_aside(tmp_path):
    for name in ("Forest", "River"):
        folder = tmp_path / "root" / "eurosat" / "2750" / name
        folder.mkdir(parents=True)
        for number in range(20):
            red(number + 100 * (name == "River")).save(folder / f"{number:02}.png")
    dataset = read("eurosat", tmp_path, size=16, test_fraction=0.25, train=20)
    assert dataset.class_names == ("Forest", "River")
    assert np.bincount(dataset.train.labels).tolist() == [10, 10]
    assert np.bincount(dataset.test.labels).tolist() == [5, 5]
    for split in (dataset.train, dataset.test):
        assert [red >= 100 for red in reds(split.images)] == split.labels.tolist()
    assert not {*reds(dataset.train.images)} & {*reds(dataset.test.images)}


@pytest.mark.parametrize("source", ["qmnist", "usps", "semeion"])
def test_arrays_are_read_by_their_own_names(tmp_path, monkeypatch, source):
    import torch

    pixels = np.random.default_rng(0).integers(0, 256, (40, 16, 16), np.uint8)
    labels = np.arange(40) % 10
    stands = {
        "qmnist": {"data": torch.tensor(pixels), "targets": torch.tensor(labels)[:, None].repeat(1, 8)},
        "usps": {"data": pixels, "targets": labels.tolist()},
        "semeion": {"data": pixels, "labels": labels},
    }
    stand = type("Stand", (), stands[source])
    monkeypatch.setattr(datasets, source.upper(), lambda *_, **__: stand)
    dataset = read(source, tmp_path, size=16)
    known = {picture.tobytes(): label for picture, label in zip(pixels, labels, strict=True)}
    assert [known[image[0].tobytes()] for image in dataset.test.images] == dataset.test.labels.tolist()
    assert len(dataset.test) == (10 if source == "semeion" else 40)


def test_what_a_plan_knows_before_a_download():
    labels = torchvision_labels(Torchvision(source="eurosat", train=100, test_fraction=0.1))
    assert (len(labels.train.labels), len(labels.test.labels)) == (100, 2700)
    assert torchvision_labels(Torchvision(source="gtsrb")).notes == (
        "the classes of gtsrb differ in size; plans take them to be equal",
    )


def test_a_test_fraction_is_for_what_has_no_test_split():
    with pytest.raises(ValueError, match="food101 has a test split of its own; remove it"):
        Torchvision(source="food101", test_fraction=0.1)
    stored = Torchvision(source="food101").model_dump()  # as a results folder keeps it, defaults and all
    assert Torchvision.model_validate(stored) == Torchvision(source="food101")
