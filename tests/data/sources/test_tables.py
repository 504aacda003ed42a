from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ablation.data.dataset import Dataset, Labels
from ablation.data.fingerprint import data_fingerprint
from ablation.data.sources.folder import folder_labels, image_folder
from ablation.errors import DataError
from ablation.grid.data import ImageFolder

SIDE = 8


@pytest.fixture
def photos(tmp_path) -> Path:
    """Twenty pictures in folders that are no classes; the first red pixel of each is its number."""
    for number in range(20):
        path = tmp_path / "photos" / ("a", "b/c")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (SIDE, SIDE), (number, 0, 0)).save(path)
    return tmp_path / "photos"


def name(number: int) -> str:
    return f"{('a', 'b/c')[number % 2]}/{number}.png"


def table(photos: Path, rows: list[str], header: str = "file,label", encoding: str = "utf-8") -> Path:
    path = photos.parent / "labels.csv"
    path.write_text("\n".join([header, *rows]), encoding=encoding)
    return path


def settings(photos: Path, rows: list[str], header: str = "file,label", **more: object) -> ImageFolder:
    labels = str(table(photos, rows, header))
    return ImageFolder.model_validate(
        {"source": "folder", "path": str(photos), "labels": labels, "size": SIDE} | more
    )


def read(photos: Path, *given: object, **more: object) -> Dataset:
    into = photos.parent / "prepared"
    into.mkdir(exist_ok=True)
    return image_folder(settings(photos, *given, **more), into)


def numbers(dataset: Dataset, split: str) -> list[int]:
    return getattr(dataset, split).images[:, 0, 0, 0].tolist()


def test_the_table_says_the_class_wherever_the_file_is(photos):
    dataset = read(photos, [f"{name(i)},{'dog' if i < 12 else 'cat'}" for i in range(20)])
    assert dataset.class_names == ("cat", "dog")
    for split in ("train", "test"):
        assert [int(i < 12) for i in numbers(dataset, split)] == getattr(dataset, split).labels.tolist()
    assert sorted(numbers(dataset, "train") + numbers(dataset, "test")) == list(range(20))
    assert not [note for note in dataset.notes if "label" in note]


def test_splits_and_groups_may_stand_in_the_table(photos):
    rows = [f"{name(i)},{i // 2 % 2},{('Train', 'TEST', 'val')[i % 3]},p{i}" for i in range(18)]
    dataset = read(photos, rows, "file,label,split,group")
    assert sorted(numbers(dataset, "train")) == list(range(0, 18, 3))
    assert sorted(numbers(dataset, "test")) == list(range(1, 18, 3))
    assert not set(dataset.train.groups) & set(dataset.test.groups)
    assert dataset.notes[:2] == (
        "not used: 6 images of the split validation",
        "not used: 2 images without a label in labels.csv",
    )


def test_a_group_of_the_table_is_never_divided(photos):
    dataset = read(photos, [f"{name(i)},{i % 2},{i // 4}" for i in range(20)], "file,label,group")
    assert not set(dataset.train.groups) & set(dataset.test.groups)
    assert len(set(dataset.train.groups) | set(dataset.test.groups)) == 5


def test_labels_are_counted_before_a_pixel_is_read(photos):
    chosen = settings(photos, [f"{name(i)},{i % 2}" for i in range(20)], train=8)
    known: Labels = folder_labels(chosen)
    (photos.parent / "prepared").mkdir()
    assert (
        known.train.labels.tolist() == image_folder(chosen, photos.parent / "prepared").train.labels.tolist()
    )


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_tables_of_spreadsheets_are_read(photos, separator, encoding):
    rows = [f"{name(i)},{i % 2}".replace("/", "\\").replace(",", separator) for i in range(20)]
    chosen = settings(photos, [])
    table(photos, rows, separator.join(("file", "label")), encoding)
    assert len(folder_labels(chosen).train.labels) == 16


def test_classes_that_are_numbers_are_sorted_by_value(photos):
    rows = [f"{name(i)},{i % 10 + 1}" for i in range(20)]
    assert folder_labels(settings(photos, rows, test_fraction=0.5)).class_names == tuple(
        map(str, range(1, 11))
    )


def test_the_fingerprint_follows_the_table(photos):
    rows = [f"{name(i)},{i % 2}" for i in range(20)]
    before = data_fingerprint(settings(photos, rows))
    assert data_fingerprint(settings(photos, rows[::-1])) != before
    assert data_fingerprint(settings(photos, rows)) == before


@pytest.mark.parametrize(
    ("header", "rows", "said"),
    [
        ("id,label", ["1,a"], "needs the columns file and label in its first line, found 'id', 'label'"),
        ("file,label", [f"{name(0)},a", "nowhere.png,b"], "no such image in .*: 'nowhere.png'; give paths"),
        ("file,label", ["a/0,a"], "give names with their suffix, such as 'a/0.png'"),
        ("file,label", [f"{name(0)},a", f"{name(1)},"], r"labels.csv, line 3: no label for 'b/c/1.png'"),
        (
            "file,label",
            [f"{name(0)},a", f"{name(0)},b"],
            "line 3: 'a/0.png' is 'b' here, but its label in line 2 is 'a'",
        ),
        ("file,label", [f"{name(i)},a" for i in range(9)], "only one class, 'a'"),
        ("file,label,split", [f"{name(0)},a,dev"], "line 2: 'dev' is no split; write train, val or test"),
        ("file,label,split", [f"{name(i)},{i},train" for i in range(9)], "lists no test images; add some"),
        (
            "file,label,split",
            [f"{name(0)},a,train", f"{name(1)},b,train", f"{name(2)},c,test"],
            "line 4: no training image is labelled 'c'",
        ),
        (
            "file,label,split",
            [f"{name(0)},a,train", f"{name(1)},b,train", f"{name(2)},b,test"],
            "lists no test images of class 'a'",
        ),
        ("file,label", [], "lists no image"),
    ],
)
def test_faults_of_the_table_are_named(photos, header, rows, said):
    with pytest.raises(DataError, match=said):
        read(photos, rows, header)


def test_what_contradicts_the_table_is_refused(photos):
    rows = [f"{name(i)},{i % 2},{i}" for i in range(20)]
    groups = photos.parent / "groups.csv"
    groups.write_text("file,group\n" + "\n".join(f"{name(i)},{i}" for i in range(20)))
    with pytest.raises(DataError, match="remove one"):
        read(photos, rows, "file,label,group", groups=str(groups))
    with pytest.raises(ValueError, match="remove class_depth"):
        settings(photos, rows, class_depth=2)
    with pytest.raises(DataError, match=r"check data\.labels"):
        folder_labels(settings(photos, rows).model_copy(update={"labels": str(photos / "none.csv")}))


def test_groups_of_another_table_go_with_labels(photos):
    groups = photos.parent / "groups.csv"
    groups.write_text("file,group\n" + "\n".join(f"{name(i)},{i // 4}" for i in range(20)))
    dataset = read(photos, [f"{name(i)},{i % 2}" for i in range(20)], groups=str(groups))
    both = np.concatenate([dataset.train.groups, dataset.test.groups])
    assert [i // 4 for i in numbers(dataset, "train") + numbers(dataset, "test")] == both.tolist()
