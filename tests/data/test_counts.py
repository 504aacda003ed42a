import numpy as np
import pytest

from ablation.data.counts import Counts, image_counts
from ablation.data.sources.table import LABELS, SOURCES
from ablation.data.splits import validation_split
from ablation.errors import DataError
from ablation.grid.data import Generated, ImageFolder, Npz, Torchvision
from ablation.grid.recipe import Evaluate
from tests.data.sources.test_folder import fill
from tests.data.sources.test_npz import arrays


@pytest.fixture
def sections(tmp_path):
    """A data section of every source that needs no download, with whatever can change a count."""
    photos = fill(tmp_path / "photos", 9)
    files = [path.relative_to(photos).as_posix() for path in sorted(photos.rglob("*.png"))]
    rows = [f"{file},{file[:3]}{place // 2}" for place, file in enumerate(files)]
    (tmp_path / "groups.csv").write_text("\n".join(["file,group", *rows]))
    groups = {"train_groups": np.arange(30) // 3, "test_groups": 100 + np.arange(12)}
    np.savez(tmp_path / "data.npz", **arrays(**groups))
    folder = {"path": str(photos), "groups": str(tmp_path / "groups.csv"), "test_fraction": 0.3, "size": 8}
    return {
        "shapes": Generated(source="shapes", train=23, test=11, size=8),
        "folder": ImageFolder(source="folder", test=4, **folder),
        "npz": Npz(source="npz", path=str(tmp_path / "data.npz"), train=20, size=8),
    }


@pytest.mark.parametrize("source", ["shapes", "folder", "npz"])
def test_labels_are_known_before_a_pixel_is_read(sections, source, tmp_path):
    data = sections[source]
    (tmp_path / "prepared").mkdir()
    dataset = SOURCES[source](data, tmp_path / "prepared")
    labels = LABELS[source](data)
    assert labels.class_names == dataset.class_names
    for labelled, split in zip((labels.train, labels.test), (dataset.train, dataset.test), strict=True):
        np.testing.assert_array_equal(labelled.labels, split.labels)
        np.testing.assert_array_equal(labelled.groups, split.groups)
    _, held_out = validation_split(dataset.train.labels, 0.3, dataset.train.groups)
    counts = image_counts(data, Evaluate(validation_fraction=0.3))
    assert (counts.train, counts.validation) == (len(dataset.train), len(held_out))
    assert counts.test == len(dataset.test)


def test_every_source_has_labels_and_torchvisions_need_no_files():
    assert LABELS.keys() == SOURCES.keys()
    stl10 = image_counts(Torchvision(source="stl10", test=1000), Evaluate(validation_fraction=0.2))
    assert stl10 == Counts(5000, 1000, 1000, "top1", (1000.0, 1000.0))
    cifar100 = image_counts(Torchvision(source="cifar100"), Evaluate(validation_fraction=0.1))
    assert cifar100 == Counts(50000, 5000, 10000, "top1", (5000.0, 10000.0))


def test_images_of_unequal_classes_are_worth_fewer(tmp_path):
    few = {"train_y": np.repeat([0, 1, 2], [20, 5, 5]), "test_y": np.repeat([0, 1, 2], [8, 2, 2])}
    np.savez(tmp_path / "data.npz", **arrays() | few)
    data = Npz(source="npz", path=str(tmp_path / "data.npz"), size=8)
    counts = image_counts(data, Evaluate(validation_fraction=0.2))
    assert (counts.decided_by, counts.validation) == ("balanced", 6)
    assert counts.worth == pytest.approx((9 / (1 / 4 + 1 + 1), 9 / (1 / 8 + 1 / 2 + 1 / 2)))
    assert image_counts(data, Evaluate(validation_fraction=0.2, score="top1")).worth == (6.0, 12.0)


def test_images_that_are_not_there_are_not_counted():
    with pytest.raises(DataError, match="no such folder"):
        image_counts(ImageFolder(source="folder", path="nowhere"), Evaluate())
    with pytest.raises(DataError, match="no such file"):
        image_counts(Npz(source="npz", path="nowhere.npz"), Evaluate())
