from pathlib import Path

import numpy as np
import pytest

from ablation.data.dataset import Dataset
from ablation.data.sources.medmnist import medmnist, medmnist_labels
from ablation.data.sources.medmnist_sets import KNOWN
from ablation.errors import DataError
from ablation.grid.data import SOURCES, MedMNIST


@pytest.fixture
def trusted(monkeypatch):
    """Files are taken for the published ones."""
    monkeypatch.setattr("torchvision.datasets.utils.check_integrity", lambda path, *_: Path(path).exists())


def save(root: Path, name: str, channels: tuple[int, ...] = (), side: int = 28) -> dict[str, np.ndarray]:
    """Write a file as MedMNIST's: labels are (N, 1)."""
    random = np.random.default_rng(0)
    arrays = {}
    for split, count in (("train", 40), ("val", 8), ("test", 16)):
        arrays[f"{split}_images"] = random.integers(0, 256, (count, side, side, *channels), np.uint8)
        arrays[f"{split}_labels"] = (np.arange(count) % len(KNOWN[name].classes)).astype(np.uint8)[:, None]
    root.mkdir()
    np.savez_compressed(root / (f"{name}.npz" if side == 28 else f"{name}_{side}.npz"), **arrays)
    return arrays


def read(tmp_path: Path, **settings: object) -> Dataset:
    folder = tmp_path / "prepared"
    folder.mkdir()
    data = {"source": "medmnist", "root": str(tmp_path / "root"), "size": 28} | settings
    return medmnist(MedMNIST.model_validate(data), folder)


def test_a_colour_set_is_read_as_it_is(tmp_path, trusted):
    arrays = save(tmp_path / "root", "bloodmnist", (3,))
    dataset = read(tmp_path, name="bloodmnist")
    assert np.array_equal(dataset.train.images, arrays["train_images"].transpose(0, 3, 1, 2))
    assert np.array_equal(dataset.test.labels, arrays["test_labels"][:, 0])
    assert dataset.class_names[:2] == ("basophil", "eosinophil")
    assert dataset.notes == ("not used: 1712 images of the split val",)


def test_a_grey_set_becomes_three_equal_channels(tmp_path, trusted):
    arrays = save(tmp_path / "root", "breastmnist", side=64)
    dataset = read(tmp_path, name="breastmnist", stored_size=64, size=64, train=10)
    assert np.bincount(dataset.train.labels).tolist() == [5, 5]
    assert all(np.array_equal(dataset.test.images[:, c], arrays["test_images"]) for c in range(3))


def test_a_file_that_is_not_the_published_one_is_not_used(tmp_path, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    save(tmp_path / "root", "bloodmnist", (3,))
    with pytest.raises(
        DataError, match=r"bloodmnist: cannot be downloaded .* with MedMNIST's bloodmnist\.npz"
    ):
        read(tmp_path, name="bloodmnist")


def test_a_plan_knows_how_many_images_there_are():
    labels = medmnist_labels(MedMNIST(source="medmnist", name="pneumoniamnist", train=1000))
    assert (len(labels.train.labels), len(labels.test.labels)) == (1000, 624)


@pytest.mark.parametrize(
    ("name", "why"), [("chestmnist", "several labels"), ("organmnist3d", "volumes"), ("mnist", "'pathmnist'")]
)
def test_what_cannot_be_classified_is_refused(name, why):
    with pytest.raises(ValueError, match=why):
        MedMNIST.model_validate({"source": "medmnist", "name": name})


def test_the_table_has_every_name_that_a_grid_file_may():
    for name in KNOWN:
        assert SOURCES["medmnist"].model_validate({"source": "medmnist", "name": name})
