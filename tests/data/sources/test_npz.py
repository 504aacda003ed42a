from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ablation.data.dataset import Dataset
from ablation.data.sources.npz import npz
from ablation.errors import DataError
from ablation.grid.data import Npz


def arrays(**changes: Any) -> dict[str, Any]:
    random = np.random.default_rng(0)
    whole = {
        "train_x": random.integers(0, 256, (30, 16, 16, 3), np.uint8),
        "train_y": np.arange(30) % 3,
        "test_x": random.integers(0, 256, (12, 16, 16, 3), np.uint8),
        "test_y": np.arange(12) % 3,
    } | changes
    return {key: value for key, value in whole.items() if value is not None}


def read(tmp_path: Path, content: dict[str, Any], **settings: Any) -> Dataset:
    np.savez(tmp_path / "data.npz", **content)
    folder = tmp_path / "prepared"
    folder.mkdir(exist_ok=True)
    path = str(tmp_path / "data.npz")
    return npz(Npz.model_validate({"source": "npz", "path": path, "size": 16} | settings), folder)


def test_pixels_and_labels_come_out_as_they_went_in(tmp_path):
    content = arrays(class_names=np.array(["cat", "dog", "owl"]))
    dataset = read(tmp_path, content)
    assert np.array_equal(dataset.train.images, content["train_x"].transpose(0, 3, 1, 2))
    assert np.array_equal(dataset.test.images, content["test_x"].transpose(0, 3, 1, 2))
    assert np.array_equal(dataset.train.labels, content["train_y"])
    assert dataset.class_names == ("cat", "dog", "owl")
    assert dataset.train.groups is None


@pytest.mark.parametrize("shape", [(30, 16, 16), (30, 16, 16, 1)])
def test_one_channel_becomes_three_equal_ones(tmp_path, shape):
    grey = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    images = read(tmp_path, arrays(train_x=grey)).train.images
    assert all(np.array_equal(images[:, channel], grey.reshape(30, 16, 16)) for channel in range(3))


def test_other_sizes_are_resized(tmp_path):
    left_red = np.zeros((30, 40, 60, 3), np.uint8)
    left_red[:, :, :30, 0] = 200
    left_red[:, 0:3, 11:14, 1] = 8 * np.arange(30)[:, None, None]  # no picture is there twice
    images = read(tmp_path, arrays(train_x=left_red)).train.images
    assert images.shape == (30, 3, 16, 16)
    assert (images[:, 0, :, :7] == 200).all()
    assert (images[:, :, :, 9:] == 0).all()


def test_a_subset_keeps_images_and_labels_together(tmp_path):
    x = np.zeros((30, 16, 16, 3), np.uint8)
    x[:] = (np.arange(30) % 3)[:, None, None, None]
    train = read(tmp_path, arrays(train_x=x), train=12).train
    assert np.bincount(train.labels).tolist() == [4, 4, 4]
    assert np.array_equal(train.images[:, 0, 0, 0], train.labels)


def test_groups_are_numbered_alike_in_both_splits(tmp_path):
    groups = {
        "train_groups": np.array([f"p{i // 3}" for i in range(30)]),
        "test_groups": np.array([f"q{i // 6}" for i in range(12)]),
    }
    dataset = read(tmp_path, arrays(**groups))
    assert dataset.train.groups.tolist() == [i // 3 for i in range(30)]
    assert dataset.test.groups.tolist() == [10 + i // 6 for i in range(12)]


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"train_y": None}, r"does not contain 'train_y', only 'train_x', 'test_x', 'test_y'"),
        ({"train_x": np.zeros((30, 16, 16, 3), np.float32)}, r"train_x must be uint8 .* found float32"),
        ({"test_x": np.zeros((12, 3, 16, 16), np.uint8)}, r"found \(12, 3, 16, 16\).* \(N, C, H, W\); save"),
        ({"test_x": np.zeros((12, 16, 16, 4), np.uint8)}, r"train_x has 3 channels, but test_x has 4"),
        ({"test_x": np.zeros((12, 16, 16, 65), np.uint8)}, r"at most 64 channels.* found \(12, 16, 16, 65\)"),
        ({"test_x": np.zeros((11, 16, 16), np.uint8)}, r"test_x has 11 images, but test_y has 12 labels"),
        ({"train_y": np.arange(30) % 3 * 1.0}, r"train_y must be integers .* found float64 \(30,\)"),
        ({"train_y": np.eye(30, dtype=int)}, r"train_y must be integers of shape .* \(30, 30\)"),
        (
            {"train_y": np.arange(30) % 3 + 1},
            r"train_y must contain every label from 0 to 3, found 3 labels from 1 to 3",
        ),
        ({"train_y": np.arange(30) % 2 * 2}, r"train_y must contain every label from 0 to 2, found 2 labels"),
        ({"train_y": np.arange(30) % 3 - 1}, r"found 3 labels from -1 to 1; number the classes from 0"),
        (
            {"test_y": np.arange(12) % 4},
            r"test_y must contain every label from 0 to 2, found 4 labels from 0 to 3",
        ),
        (
            {"test_y": np.arange(12) % 2},
            r"test_y must contain every label from 0 to 2, found 2 labels from 0 to 1",
        ),
        ({"train_y": np.zeros(30, int), "test_y": np.zeros(12, int)}, r"only one class"),
        ({"class_names": np.array(["cat", "dog"])}, r"train_y must contain every label from 0 to 1"),
        ({"class_names": np.arange(3)}, r"class_names must be text of shape \(K,\), found int64"),
        ({"train_groups": np.arange(30)}, r"has only train_groups"),
        ({"train_groups": np.arange(30), "test_groups": np.arange(5)}, r"test_groups .* shape \(12,\)"),
        (
            {"train_groups": np.arange(30), "test_groups": np.arange(12)},
            r"12 groups in both the training and",
        ),
        ({"train_y": np.array([0, 1, 2] * 10, dtype=object)}, r"train_y: it holds Python objects"),
    ],
)
def test_faults_are_named_with_what_was_found(tmp_path, changes, match):
    with pytest.raises(DataError, match=match):
        read(tmp_path, arrays(**changes))


def test_a_file_that_is_missing_or_no_npz_is_named(tmp_path):
    data = Npz(source="npz", path=str(tmp_path / "data.npz"))
    with pytest.raises(DataError, match="no such file"):
        npz(data, tmp_path)
    for content in (b"", b"nothing of the kind", b"PK\x03\x04 cut"):
        (tmp_path / "data.npz").write_bytes(content)
        with pytest.raises(DataError, match=r"not a complete \.npz file"):
            npz(data, tmp_path)
    np.save(tmp_path / "data.npy", np.zeros(3))
    (tmp_path / "data.npy").replace(tmp_path / "data.npz")
    with pytest.raises(DataError, match=r"not a complete \.npz file"):
        npz(data, tmp_path)


def test_labels_that_reach_far_cost_no_memory(tmp_path):
    with pytest.raises(
        DataError, match="train_y must contain every label from 0 to 30, found 3 labels from 0 to"
    ):
        read(tmp_path, arrays(train_y=np.array([0, 1, 2**40] * 10)))


def test_a_flipped_bit_is_said(tmp_path):
    np.savez_compressed(tmp_path / "whole.npz", **arrays())
    content = (tmp_path / "whole.npz").read_bytes()
    data = Npz(source="npz", path=str(tmp_path / "data.npz"), size=16)
    for place in range(100, 2000, 190):
        (tmp_path / "data.npz").write_bytes(
            content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :]
        )
        with pytest.raises(
            DataError, match=r"not a complete \.npz file \(train_x: .*\); write it with numpy.savez"
        ):
            npz(data, tmp_path)


def test_too_large_a_subset_says_what_can_be_had(tmp_path):
    with pytest.raises(
        DataError, match=r"data\.test = 15: .* 5 images of class '0', which has 4; ask for 12 or fewer"
    ):
        read(tmp_path, arrays(), test=15)


def test_an_image_of_both_splits_is_refused_or_left_out_of_training(tmp_path):
    content = arrays()
    content["test_x"][3] = content["train_x"][9]
    with pytest.raises(DataError, match=r"1 picture is in both .* split \(train_x\[9\] = test_x\[3\]\)"):
        read(tmp_path, content)
    dataset = read(tmp_path, content, duplicates="drop")
    assert (len(dataset.train), len(dataset.test)) == (29, 12)
    assert np.array_equal(dataset.train.labels, np.delete(content["train_y"], 9))
    assert np.array_equal(
        dataset.train.images, np.delete(content["train_x"], 9, axis=0).transpose(0, 3, 1, 2)
    )


def test_pictures_that_are_not_square_are_resized_as_chosen(tmp_path):
    x = np.full((30, 16, 32), 255, np.uint8) - np.arange(30, dtype=np.uint8)[:, None, None]
    content = arrays(train_x=x, test_x=x[:12, ::2] - 99)
    padded = read(tmp_path, content, resize="pad").train.images
    assert (padded[:, :, :4] == 0).all()
    assert (padded[:, :, 4:12] > 0).all()
    assert (read(tmp_path, content, resize="squash").train.images > 0).all()
