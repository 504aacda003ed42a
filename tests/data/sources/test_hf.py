from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ablation.data.dataset import Dataset
from ablation.data.fingerprint import data_fingerprint
from ablation.data.sources.hf import hugging_face, hugging_face_labels
from ablation.errors import DataError
from ablation.grid.data import HuggingFace

hf = pytest.importorskip("datasets", reason='needs pip install ".[hf]"')


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path / "cache"))


def encoded(number: int, side: tuple[int, int] = (24, 20)) -> dict[str, Any]:
    """A picture of one red value, with noise in a corner: none is there twice."""
    picture = Image.new("RGB", side, (number, 0, 0))
    noise = np.random.default_rng(number).integers(0, 256, (6, 8, 3), np.uint8)
    picture.paste(Image.fromarray(noise))
    file = BytesIO()
    picture.save(file, "PNG")
    return {"bytes": file.getvalue(), "path": None}


def table(numbers: range, names: tuple[str, ...] = ("cat", "dog"), **more: Any) -> Any:
    """A split; pictures of even numbers are of the first class."""
    features = {"image": hf.Image(), "label": hf.ClassLabel(names=list(names))}
    rows = {"image": [encoded(n) for n in numbers], "label": [n % 2 for n in numbers]}
    return hf.Dataset.from_dict(rows, features=hf.Features(features))


def saved(path: Path, **splits: Any) -> Path:
    hf.DatasetDict(splits).save_to_disk(str(path))
    return path


def settings(path: Path | str, **given: Any) -> HuggingFace:
    return HuggingFace.model_validate({"source": "hf", "path": str(path), "size": 16} | given)


def read(path: Path, into: Path, **given: Any) -> Dataset:
    folder = into / "prepared"
    folder.mkdir(exist_ok=True)
    return hugging_face(settings(path, **given), folder)


def reds(images: np.ndarray) -> list[int]:
    return images[:, 0, 8, 8].tolist()


def test_images_labels_and_names_come_out_as_they_were_saved(tmp_path):
    path = saved(tmp_path / "pets", train=table(range(40)), test=table(range(50, 60)))
    dataset = read(path, tmp_path)
    assert dataset.class_names == ("cat", "dog")
    assert reds(dataset.train.images) == [*range(40)]
    assert dataset.test.labels.tolist() == [red % 2 for red in reds(dataset.test.images)]
    assert dataset.notes == ()
    labels = hugging_face_labels(settings(path))
    assert np.array_equal(labels.train.labels, dataset.train.labels)


def test_subsets_are_balanced(tmp_path):
    path = saved(tmp_path / "pets", train=table(range(40)), test=table(range(50, 60)))
    dataset = read(path, tmp_path, train=10, test=4)
    assert np.bincount(dataset.train.labels).tolist() == [5, 5]
    assert dataset.train.labels.tolist() == [red % 2 for red in reds(dataset.train.images)]


def test_validation_is_tested_on_where_there_is_no_test(tmp_path):
    path = saved(
        tmp_path / "p", train=table(range(8)), validation=table(range(9, 13)), extra=table(range(20, 24))
    )
    assert read(path, tmp_path).notes == (
        "trained on the split train, tested on validation",
        "splits other than train and validation are not used: 'extra'",
    )
    assert len(read(path, tmp_path, test_split="extra").test) == 4
    with pytest.raises(
        DataError, match=r"no split 'full', only 'train', 'validation', 'extra'; set data\.train_"
    ):
        read(path, tmp_path, train_split="full")


def test_a_single_split_is_divided(tmp_path):
    table(range(20)).save_to_disk(str(tmp_path / "one"))
    dataset = read(tmp_path / "one", tmp_path, test_fraction=0.3)
    assert np.bincount(dataset.test.labels).tolist() == [3, 3]
    assert sorted(reds(dataset.train.images) + reds(dataset.test.images)) == [*range(20)]


def test_copies_are_refused_or_left_out(tmp_path):
    path = saved(tmp_path / "pets", train=table(range(10)), test=table(range(8, 14)))
    with pytest.raises(DataError, match=r"2 pictures are in both .* \('train\[8\]' = 'test\[0\]', "):
        hugging_face_labels(settings(path))
    assert reds(read(path, tmp_path, duplicates="drop").train.images) == [*range(8)]


def test_a_row_that_cannot_be_decoded_is_named(tmp_path):
    features = hf.Features(
        {"image": {"bytes": hf.Value("binary"), "path": hf.Value("string")}, "label": hf.Value("int64")}
    )
    images = [encoded(n) for n in range(8)]
    images[3] = {"bytes": b"nothing", "path": None}
    images[4] = {"bytes": None, "path": None}
    train = hf.Dataset.from_dict({"image": images, "label": [n % 2 for n in range(8)]}, features=features)
    dataset = read(saved(tmp_path / "p", train=train, test=table(range(9, 13)).cast(features)), tmp_path)
    [note] = dataset.notes
    assert note == (
        "skipped 2 unreadable train images: train[3] (not an image); train[4] (there is no image in this row)"
    )
    assert reds(dataset.train.images) == [0, 1, 2, 5, 6, 7]


def test_deep_samples_keep_their_brightness(tmp_path):
    def deep(numbers: range) -> Any:
        features = hf.Features({"picture": hf.Image(), "kind": hf.Value("string")})
        rows = []
        for number in numbers:
            file = BytesIO()
            Image.fromarray(np.full((16, 16), 100 * number, np.uint16)).save(file, "PNG")
            rows.append({"bytes": file.getvalue(), "path": None})
        return hf.Dataset.from_dict(
            {"picture": rows, "kind": ["ab"[n % 2] for n in numbers]}, features=features
        )

    path = saved(tmp_path / "deep", train=deep(range(8)), test=deep(range(8, 12)))
    dataset = read(path, tmp_path, label="kind", range=[0, 25500])
    assert reds(dataset.train.images) == [*range(8)]
    assert dataset.class_names == ("a", "b")


def test_columns_that_are_not_clear_are_refused(tmp_path):
    one = table(range(8))
    masked = hf.concatenate_datasets(
        [one, table(range(20, 28)).rename_columns({"image": "mask", "label": "k"})], axis=1
    )
    two = saved(tmp_path / "two", train=masked.remove_columns("k"))
    with pytest.raises(
        DataError, match=r"image and mask could each be the column of images; set data\.image"
    ):
        read(two, tmp_path)
    none = saved(
        tmp_path / "none", train=one.cast_column("label", hf.Value("int64")).rename_column("label", "kind")
    )
    with pytest.raises(DataError, match=r"no column of labels; set data\.label, if it is one of 'kind'"):
        read(none, tmp_path)
    with pytest.raises(DataError, match=r"data\.label = 'image' is no column of labels; kind could be"):
        read(none, tmp_path, label="image")


def test_a_split_without_labels_is_refused(tmp_path):
    hidden = table(range(9, 13)).map(lambda _: {"label": -1})
    with pytest.raises(DataError, match="4 images of the split test have no label; choose others"):
        read(saved(tmp_path / "pets", train=table(range(8)), test=hidden), tmp_path)


def test_classes_without_images_are_not_counted(tmp_path):
    names = ("cat", "dog", "owl")
    path = saved(tmp_path / "p", train=table(range(8), names), test=table(range(9, 13), names))
    assert read(path, tmp_path).class_names == ("cat", "dog")
    assert read(path, tmp_path).notes == ("1 class has no images: 'owl'",)


@pytest.mark.parametrize("as_file", [True, False])
def test_parquet_files_are_read(tmp_path, as_file):
    (tmp_path / "files").mkdir()
    for split, numbers in (("train", range(20)), ("test", range(30, 40))):
        table(numbers).to_parquet(str(tmp_path / "files" / f"{split}-00000-of-00001.parquet"))
    path = tmp_path / "files" / "train-00000-of-00001.parquet" if as_file else tmp_path / "files"
    dataset = read(path, tmp_path)
    assert len(dataset.test) == (4 if as_file else 10)
    assert dataset.class_names == ("cat", "dog")


def test_parquet_of_other_programs_is_read(tmp_path):
    import pandas as pd

    rows = {
        "content": [encoded(n)["bytes"] for n in range(20)],
        "label": [("owl", "ant")[n % 2] for n in range(20)],
    }
    pd.DataFrame(rows).to_parquet(tmp_path / "all.parquet")
    dataset = read(tmp_path / "all.parquet", tmp_path)
    assert dataset.class_names == ("ant", "owl")
    assert (dataset.train.labels == [1 - red % 2 for red in reds(dataset.train.images)]).all()


def test_the_fingerprint_is_of_the_content(tmp_path):
    def of(name: str, numbers: range, *names: str) -> str:
        path = saved(tmp_path / name, train=table(numbers, names), test=table(range(50, 60), names))
        return data_fingerprint(settings(path))

    first = of("first", range(20), "cat", "dog")
    assert of("elsewhere", range(20), "cat", "dog") == first
    changed = [of("pixels", range(1, 21), "cat", "dog"), of("names", range(20), "cat", "hen")]
    assert len({first, *changed}) == 3


def test_what_is_not_there_is_said_in_a_line(tmp_path, monkeypatch):
    with pytest.raises(
        DataError, match=r"^data\.path: no folder or file .*/gone, and no name on the Hugging"
    ):
        read(tmp_path / "gone", tmp_path)

    def offline(*_: object, **__: object) -> None:
        raise ConnectionError("Couldn't reach 'nobody/nothing'\non the Hub")

    monkeypatch.setattr(hf, "load_dataset", offline)
    with pytest.raises(
        DataError, match=r"^nobody/nothing: cannot be loaded from the Hugging Face hub \(Couldn't .* on the"
    ):
        hugging_face_labels(settings("nobody/nothing"))
    (tmp_path / "empty").mkdir()
    monkeypatch.undo()
    with pytest.raises(DataError, match="empty: cannot be loaded from here"):
        read(tmp_path / "empty", tmp_path)


def test_without_the_extra_the_command_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("ablation.data.sources.hf_splits.installed", lambda _: False)
    with pytest.raises(DataError, match=r"pip install 'augmentation-ablation\[hf\]'"):
        hugging_face_labels(settings("ylecun/mnist"))
