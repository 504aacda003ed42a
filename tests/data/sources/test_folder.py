import csv
import os
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from PIL import Image

from ablation.data.dataset import Dataset
from ablation.data.sources.folder import image_folder
from ablation.errors import DataError
from ablation.grid.data import ImageFolder

COLORS = {"cat": (250, 20, 30), "dog": (10, 20, 240), "owl": (20, 230, 20)}


def save(path: Path, color: tuple[int, int, int], side: tuple[int, int] = (24, 20)) -> Path:
    """Save one colour, with noise in a corner: no picture is there twice."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.new("RGB", side, color)
    noise = np.random.default_rng(crc32(os.fsencode(path))).integers(0, 256, (6, 8, 3), np.uint8)
    picture.paste(Image.fromarray(noise))
    picture.save(path)
    return path


def fill(root: Path, each: int = 5, classes: tuple[str, ...] = ("cat", "dog")) -> Path:
    for name in classes:
        for number in range(each):
            save(root / name / f"{number}.png", COLORS[name])
    return root


def read(root: Path, into: Path, **settings: object) -> Dataset:
    folder = into / "prepared"
    folder.mkdir(exist_ok=True)
    data = ImageFolder.model_validate({"source": "folder", "path": str(root), "size": 16} | settings)
    return image_folder(data, folder)


def color_of(dataset: Dataset) -> list[tuple[int, ...]]:
    return [tuple(x) for x in dataset.train.images[:, :, 8, 8].tolist()]


def test_class_folders_become_splits_with_every_class(tmp_path):
    dataset = read(fill(tmp_path / "photos", 10, ("owl", "cat", "dog")), tmp_path, test_fraction=0.3)
    assert dataset.class_names == ("cat", "dog", "owl")
    assert np.bincount(dataset.train.labels).tolist() == [7, 7, 7]
    assert np.bincount(dataset.test.labels).tolist() == [3, 3, 3]
    assert dataset.train.images.shape == (21, 3, 16, 16)
    assert color_of(dataset) == [COLORS[dataset.class_names[label]] for label in dataset.train.labels]
    assert dataset.notes == ()


def test_train_and_test_folders_are_kept_as_they_are(tmp_path):
    fill(tmp_path / "photos" / "train", 4)
    fill(tmp_path / "photos" / "test", 3)
    (tmp_path / "photos" / "val").mkdir()
    dataset = read(tmp_path / "photos", tmp_path)
    assert (len(dataset.train), len(dataset.test)) == (8, 6)
    assert dataset.notes == ("folders other than train/ and test/ are not used: 'val'",)


def test_a_class_called_train_is_a_class(tmp_path):
    COLORS["train"] = (90, 90, 90)
    assert read(fill(tmp_path / "photos", 4, ("cat", "train")), tmp_path).class_names == ("cat", "train")


def test_hidden_files_and_other_files_are_no_images(tmp_path):
    root = fill(tmp_path / "photos")
    (root / "cat" / ".hidden.png").write_bytes(b"no image")
    (root / "cat" / "notes.txt").write_text("no image")
    (root / ".cache").mkdir()
    dataset = read(root, tmp_path)
    assert len(dataset.train) + len(dataset.test) == 10
    assert dataset.notes == (
        "skipped 1 file that cannot be read as an image: .txt 1",
        "left out as not part of the data: hidden 2",
    )


def test_broken_images_are_named_skipped_and_counted(tmp_path):
    fill(tmp_path / "photos" / "train")
    fill(tmp_path / "photos" / "test")
    cut = tmp_path / "photos" / "train" / "dog" / "2.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(cut)
    cut.write_bytes(cut.read_bytes()[:3000])
    (tmp_path / "photos" / "train" / "cat" / "0.png").write_bytes(b"")
    dataset = read(tmp_path / "photos", tmp_path)
    assert np.bincount(dataset.train.labels).tolist() == [4, 4]
    assert color_of(dataset) == [COLORS["cat"]] * 4 + [COLORS["dog"]] * 4
    (note,) = dataset.notes
    assert note.startswith("skipped 2 unreadable train images: train/cat/0.png (")
    assert "train/dog/2.png (" in note


def test_a_broken_image_of_a_subset_is_replaced_by_another_of_its_class(tmp_path):
    fill(tmp_path / "photos" / "train", 6)
    fill(tmp_path / "photos" / "test")
    for number in range(3):
        (tmp_path / "photos" / "train" / "cat" / f"{number}.png").write_bytes(b"broken")
    dataset = read(tmp_path / "photos", tmp_path, train=6)
    assert np.bincount(dataset.train.labels).tolist() == [3, 3]
    assert color_of(dataset) == [COLORS[dataset.class_names[label]] for label in dataset.train.labels]
    with pytest.raises(DataError, match=r"data.train = 8: .* 4 images of class 'cat', which has 3"):
        read(tmp_path / "photos", tmp_path, train=8)


def test_a_class_of_broken_images_is_an_error(tmp_path):
    fill(tmp_path / "photos" / "train", 2)
    fill(tmp_path / "photos" / "test", 2)
    for number in range(2):
        (tmp_path / "photos" / "train" / "dog" / f"{number}.png").write_bytes(b"broken")
    with pytest.raises(
        DataError, match=r"class 'dog': none of its images can be read, for example train/dog/0\.png"
    ):
        read(tmp_path / "photos", tmp_path)


def test_what_cannot_be_used_is_refused_with_a_reason(tmp_path):
    with pytest.raises(DataError, match=r"no such folder; check data\.path"):
        read(tmp_path / "nowhere", tmp_path)
    root = fill(tmp_path / "photos", classes=("cat",))
    with pytest.raises(DataError, match="only one class, 'cat'"):
        read(root, tmp_path)
    (root / "dog").mkdir()
    with pytest.raises(DataError, match=r"dog: no images of this class"):
        read(root, tmp_path)
    save(root / "dog" / "0.png", COLORS["dog"])
    with pytest.raises(DataError, match=r"class 'dog' has 1 image,"):
        read(root, tmp_path)
    (tmp_path / "flat").mkdir()
    with pytest.raises(DataError, match="contains no class folders"):
        read(tmp_path / "flat", tmp_path)


def test_train_without_test_is_refused(tmp_path):
    fill(tmp_path / "photos" / "train")
    fill(tmp_path / "photos" / "more")
    with pytest.raises(DataError, match=r"has train/ with class folders, but no test/"):
        read(tmp_path / "photos", tmp_path)


def test_a_test_class_that_training_has_not_is_refused(tmp_path):
    fill(tmp_path / "photos" / "train")
    fill(tmp_path / "photos" / "test", classes=("cat", "dog", "owl"))
    with pytest.raises(DataError, match=r"test: not among the training classes .*: 'owl'"):
        read(tmp_path / "photos", tmp_path)


def test_the_unlabelled_folder_is_what_is_pretrained_on(tmp_path):
    root = fill(tmp_path / "photos")
    for number in range(3):
        save(tmp_path / "wild" / "a" / "b" / f"{number}.jpg", COLORS["owl"], (40, 90))
    (tmp_path / "wild" / "broken.gif").write_bytes(b"GIF")
    dataset = read(root, tmp_path, unlabelled=str(tmp_path / "wild"))
    assert dataset.pretrain_images.shape == (3, 3, 16, 16)
    assert (np.abs(dataset.pretrain_images.astype(int).mean(axis=(0, 2, 3)) - COLORS["owl"]) < 6).all()
    assert dataset.notes[0].startswith("skipped 1 unreadable unlabelled image: broken.gif (")
    with pytest.raises(DataError, match=r"check data\.unlabelled"):
        read(root, tmp_path, unlabelled=str(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="none of its images can be read"):
        read(root, tmp_path, unlabelled=str(tmp_path / "empty"))


def write_groups(path: Path, rows: list[tuple[str, str]], header: tuple[str, str] = ("file", "group")) -> str:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def patients(root: Path, each: int) -> list[tuple[str, str]]:
    return [(f"{name}/{i}.png", f"patient {i // 2}") for name in ("cat", "dog") for i in range(each)]


def test_no_group_is_in_train_and_test(tmp_path):
    root = fill(tmp_path / "photos", 12)
    dataset = read(root, tmp_path, groups=write_groups(tmp_path / "groups.csv", patients(root, 12)))
    assert not set(dataset.train.groups) & set(dataset.test.groups)
    assert set(dataset.train.groups) | set(dataset.test.groups) == set(range(6))
    assert len(dataset.train.groups) == len(dataset.train)


def test_a_group_in_both_given_splits_is_refused(tmp_path):
    fill(tmp_path / "photos" / "train", 2)
    fill(tmp_path / "photos" / "test", 2)
    rows = [
        (f"{s}/{c}/{i}.png", f"{s}{i}") for s in ("train", "test") for c in ("cat", "dog") for i in range(2)
    ]
    table = tmp_path / "groups.csv"
    assert len(read(tmp_path / "photos", tmp_path, groups=write_groups(table, rows)).train.groups) == 4
    rows[0] = (rows[0][0], "test1")
    with pytest.raises(DataError, match=r"1 group in both the training and the test split"):
        read(tmp_path / "photos", tmp_path, groups=write_groups(table, rows))


def test_faults_of_the_groups_table_are_named(tmp_path):
    root, table = fill(tmp_path / "photos", 6), tmp_path / "groups.csv"
    rows = patients(root, 6)

    def fails(match: str, rows: list[tuple[str, str]], header: tuple[str, str] = ("file", "group")) -> None:
        with pytest.raises(DataError, match=match):
            read(root, tmp_path, groups=write_groups(table, rows, header))

    fails(r"no group for 'dog/5\.png'; list every image", rows[:-1])
    fails(r"no such image in .*: 'dog/99\.png'", [*rows, ("dog/99.png", "1")])
    fails(r"needs the columns file and group .* found 'image', 'group'", rows, ("image", "group"))
    fails(
        r"line 14: 'cat/0\.png' is 'patient 1' here, but its group in line 2 is 'patient 0'",
        [*rows, ("cat/0.png", "patient 1")],
    )
    fails(r"line 2: no group for 'cat/0\.png'", [("cat/0.png", " "), *rows[1:]])
    table.unlink()
    with pytest.raises(DataError, match=r"check data\.groups"):
        read(root, tmp_path, groups=str(table))


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("Train", "Test"),
        ("Training", "testing"),
        ("TRAIN", "TEST"),
        ("train", "val"),
        ("training", "Validation"),
    ],
)
def test_folders_called_as_splits_are_splits_and_it_is_said_which(tmp_path, train, test):
    fill(tmp_path / "photos" / train, 4)
    fill(tmp_path / "photos" / test, 3)
    dataset = read(tmp_path / "photos", tmp_path)
    assert dataset.class_names == ("cat", "dog")
    assert (len(dataset.train), len(dataset.test)) == (8, 6)
    assert dataset.notes == (f"trained on {train}/, tested on {test}/",)


def test_of_three_splits_models_are_tested_on_test(tmp_path):
    for name, each in (("train", 4), ("valid", 2), ("test", 3)):
        fill(tmp_path / "photos" / name, each)
    dataset = read(tmp_path / "photos", tmp_path)
    assert len(dataset.test) == 6
    assert dataset.notes == ("folders other than train/ and test/ are not used: 'valid' (4 images)",)


@pytest.mark.parametrize(
    ("folders", "told"),
    [
        (("train/cat", "Training/cat", "test/cat"), "could each be the train split"),
        (
            ("animal/cat", "animal/dog", "vehicle/car"),
            "set data.class_depth = 1 if the first level",
        ),
        (("cat/left", "cat/right", "dog/left", "dog/right"), "all have the same folders inside"),
        (("cat/images", "cat/masks", "dog/images", "dog/masks"), "its classes hold images and their masks"),
        (("cat/train", "cat/test", "dog/train", "dog/test"), "are splits inside the classes"),
        (("images", "masks"), "are images and their masks, not classes"),
        (("train/cat", "train/dog", "test"), "models cannot be tested without labels"),
    ],
)
def test_folders_that_are_no_classes_are_refused_with_what_to_set(tmp_path, folders, told):
    for name in folders:
        save(tmp_path / "photos" / name / "1.png", COLORS["cat"])
    with pytest.raises(DataError, match=told):
        read(tmp_path / "photos", tmp_path)


def test_the_depth_of_the_classes_can_be_set(tmp_path):
    fill(tmp_path / "photos" / "animal", 4, ("cat", "dog"))
    fill(tmp_path / "photos" / "bird", 4, ("owl",))
    assert read(tmp_path / "photos", tmp_path, class_depth=1).class_names == ("animal", "bird")
    assert read(tmp_path / "photos", tmp_path, class_depth=2).class_names == ("cat", "dog", "owl")


def test_a_class_has_one_name_however_its_letters_are_encoded(tmp_path):
    COLORS["caf\u00e9"] = COLORS["cafe\u0301"] = (1, 2, 3)
    fill(tmp_path / "photos" / "train", 3, ("caf\u00e9", "dog"))
    fill(tmp_path / "photos" / "test", 3, ("cafe\u0301", "dog"))
    assert read(tmp_path / "photos", tmp_path).class_names == ("caf\u00e9", "dog")


def test_results_beside_the_classes_are_no_class(tmp_path):
    root = fill(tmp_path / "photos")
    for name in ("grid.toml", "environment.json", "cells/0.json"):
        path = root / "results" / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    assert read(root, tmp_path).class_names == ("cat", "dog")


def copy(source: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(source.read_bytes())


def encoded_otherwise(source: Path, to: Path) -> None:
    """Save the same pixels in other bytes."""
    to.parent.mkdir(parents=True, exist_ok=True)
    Image.open(source).save(to)


@pytest.mark.parametrize("again", [copy, encoded_otherwise])
def test_a_picture_of_train_and_test_is_refused_or_left_out_of_training(tmp_path, again):
    root = tmp_path / "photos"
    fill(root / "train", 6)
    fill(root / "test", 3)
    again(root / "train" / "cat" / "2.png", root / "test" / "cat" / "copy.bmp")
    with pytest.raises(
        DataError, match=r"both the training and the test .*'train/cat/2.png' = 'test/cat/copy.bmp'"
    ):
        read(root, tmp_path)
    for choice in ("drop", "group"):
        dataset = read(root, tmp_path, duplicates=choice)
        assert (len(dataset.train), len(dataset.test)) == (11, 7)
    dataset = read(root, tmp_path, duplicates="keep")
    assert (len(dataset.train), len(dataset.test)) == (12, 7)
    assert "all are used" in dataset.notes[0]


def test_copies_within_a_folder_are_refused_or_kept_on_one_side_or_used_once(tmp_path):
    root = fill(tmp_path / "photos", 12)
    for path in sorted(root.rglob("*.png")):
        copy(path, path.with_stem(f"{path.stem} (1)"))
    with pytest.raises(
        DataError, match=r": 24 pictures occur more than once \('cat/0 \(1\).png' = 'cat/0.png'"
    ):
        read(root, tmp_path)
    together = read(root, tmp_path, duplicates="group")
    assert len(together.train) + len(together.test) == 48
    pixels = {split: {x.tobytes() for x in getattr(together, split).images} for split in ("train", "test")}
    assert not pixels["train"] & pixels["test"]
    once = read(root, tmp_path, duplicates="drop")
    assert len(once.train) + len(once.test) == 24


def test_copies_that_only_pixels_show_are_never_on_both_sides(tmp_path):
    root = fill(tmp_path / "photos", 12)
    for path in sorted(root.rglob("*.png")):
        encoded_otherwise(path, path.with_suffix(".bmp"))
    with pytest.raises(DataError, match="both the training and the test split"):
        read(root, tmp_path)
    for choice in ("group", "drop"):
        split = read(root, tmp_path, duplicates=choice)
        assert not {x.tobytes() for x in split.train.images} & {x.tobytes() for x in split.test.images}


def test_a_picture_in_two_classes_is_refused_or_not_used(tmp_path):
    root = fill(tmp_path / "photos", 6)
    copy(root / "cat" / "0.png", root / "dog" / "cat.png")
    with pytest.raises(
        DataError, match=r": 1 picture is in more than one class \('cat/0.png' = 'dog/cat.png'\)"
    ):
        read(root, tmp_path)
    dataset = read(root, tmp_path, duplicates="drop")
    assert len(dataset.train) + len(dataset.test) == 11


def test_copies_among_training_images_stay_together(tmp_path):
    fill(tmp_path / "photos" / "train", 4)
    fill(tmp_path / "photos" / "test", 3)
    copy(tmp_path / "photos/train/cat/0.png", tmp_path / "photos/train/cat/again.png")
    dataset = read(tmp_path / "photos", tmp_path)
    groups = dataset.train.groups.tolist()
    assert groups[0] == groups[-5]  # cat/0 and cat/again
    assert len(set(groups)) == 8
    assert "copies stay on one side of a split" in dataset.notes[0]


@pytest.mark.parametrize("again", [copy, encoded_otherwise])
def test_test_images_are_not_pretrained_on(tmp_path, again):
    root = tmp_path / "photos"
    fill(root / "train", 4)
    fill(root / "test", 3)
    fill(tmp_path / "wild", 2, ("owl",))
    again(root / "test" / "dog" / "1.png", tmp_path / "wild" / "deep" / "x.bmp")
    with pytest.raises(DataError, match=r": 1 unlabelled image is in the test split, too \('deep/x.bmp'\)"):
        read(root, tmp_path, unlabelled=str(tmp_path / "wild"))
    dataset = read(root, tmp_path, unlabelled=str(tmp_path / "wild"), duplicates="drop")
    assert len(dataset.pretrain_images) == 2
    assert dataset.notes[-1].startswith(
        "left out of pretraining: 1 unlabelled image is in the test split, too"
    )


def test_a_class_of_nothing_but_copies_of_others_is_named(tmp_path):
    root = fill(tmp_path / "photos", 4)
    for number in range(4):
        copy(root / "cat" / f"{number}.png", root / "kitten" / f"{number}.png")
    with pytest.raises(DataError, match="class 'cat': all of its pictures are left out"):
        read(root, tmp_path, duplicates="drop")


def test_test_images_nearly_the_same_as_training_images_are_told_of(tmp_path):
    root = tmp_path / "photos"
    random = np.random.default_rng(0)
    for split in ("train", "test"):
        for number in range(6):
            path = root / split / ("cat", "dog")[number % 2] / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            coarse = random.integers(0, 256, (6, 6, 3), np.uint8)
            Image.fromarray(coarse).resize((40, 40), Image.Resampling.BICUBIC).save(path)
    Image.open(root / "train" / "cat" / "2.png").save(root / "test" / "cat" / "copy.jpg", quality=70)
    (note,) = read(root, tmp_path).notes
    assert note.startswith(
        "1 test image is nearly the same as a training image ('train/cat/2.png' ≈ 'test/cat/copy.jpg')"
    )


def test_pictures_that_are_not_square_are_resized_as_chosen(tmp_path):
    root = tmp_path / "photos"
    for name in ("cat", "dog"):
        for number in range(5):
            save(root / name / f"{number}.png", COLORS[name], (64, 32))
    save(tmp_path / "wild" / "1.png", COLORS["owl"], (32, 64))
    dataset = read(root, tmp_path, resize="pad", unlabelled=str(tmp_path / "wild"))
    assert (dataset.train.images[:, :, [3, 12]] == 0).all()
    assert dataset.train.images[:, :, 4:12].any(axis=1).all()
    assert (dataset.unlabelled[..., [3, 12]] == 0).all()


def test_damaged_colour_profiles_are_told_of(tmp_path):
    root = fill(tmp_path / "photos")
    for name in ("cat", "dog"):
        path = root / name / "1.png"
        with Image.open(path) as image:
            image.save(path, icc_profile=b"no profile")
    assert read(root, tmp_path).notes == (
        "2 images have a colour profile that is damaged or made for other channels; "
        "it is ignored, and the colours are taken for sRGB",
    )
