import hashlib

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.neighbors import KNeighborsClassifier

from ablation.data.sources.shapes import _TURNS, PALETTES, _pictures, draw_images
from ablation.data.sources.silhouettes import SILHOUETTES
from ablation.grid.data import Generated


def drawn(count: int, split: int = 0, **settings: object) -> tuple[np.ndarray, np.ndarray]:
    data = Generated.model_validate({"source": "shapes"} | settings)
    images = np.zeros((count, 3, data.size, data.size), np.uint8)
    return images, draw_images(data, split, images)


def color_statistics(images: np.ndarray) -> np.ndarray:
    joint = (images.astype(int) >> 6 << np.array([4, 2, 0])[:, None, None]).sum(axis=1)  # 4x4x4 histogram
    histogram = np.stack([np.bincount(picture.ravel(), minlength=64) for picture in joint])
    mean = images.reshape(len(images), 3, -1).mean(axis=2)
    hue = (mean - mean.mean(axis=1, keepdims=True)) / 32
    return np.concatenate([np.sqrt(histogram) / 8, hue], axis=1)


# A checksum that changes means pictures that changed: raise the generator's version in
# ablation/data/fingerprint.py with it, so that no result of the old pictures is reused.
@pytest.mark.parametrize(
    ("settings", "checksum"),
    [
        ({}, "907da1d4f43743b4ac180b5323bd4222"),
        ({"size": 61, "seed": 7}, "73cdc001b0a83bbdf6203cd6a432d4d6"),
        ({"coloring": "fixed"}, "7bfd24ab28e2ad98118c025686b69897"),
        ({"coloring": "gray"}, "591a1b8d74be9725ac56d35047497d64"),
        ({"hint": 0.0}, "907da1d4f43743b4ac180b5323bd4222"),
        ({"hint": 0.8}, "9c99eaade09ae7e917e8b101d9826698"),
        ({"colorings": 1}, "7bfd24ab28e2ad98118c025686b69897"),  # as fixed
        ({"colorings": 8}, "2d6c949f7524d671648f720e43ca1237"),
        ({"source": "palettes"}, "ed587353d5534e00f850bfb4e917f20e"),
        ({"source": "palettes", "size": 48, "seed": 2}, "6b1fcb4d61c2521f8d084570749799c5"),
    ],
)
def test_the_bytes_of_a_seed_and_size_never_change(settings, checksum):
    train, test = drawn(40, split=0, **settings)[0], drawn(40, split=1, **settings)[0]
    assert hashlib.sha256(train.tobytes() + test.tobytes()).hexdigest()[:32] == checksum


def test_no_machines_last_digit_can_move_the_table_of_turns():
    exact = np.sin(np.arange(1024) * (2 * np.pi / 1024)) * (1 << 14)
    assert np.abs(np.abs(exact - np.floor(exact)) - 0.5).min() > 1e-6
    assert np.abs(_TURNS).max() == 1 << 14


def test_a_longer_set_begins_with_the_shorter_one():
    assert np.array_equal(drawn(25)[0], drawn(130, size=32)[0][:25])


def test_blocks_do_not_show():
    # 160 pixels a side: five pictures a block
    assert np.array_equal(drawn(12, size=160)[0][7], drawn(8, size=160)[0][7])


def test_splits_and_seeds_share_no_picture():
    parts = [drawn(50)[0], drawn(50, split=1)[0], drawn(50, seed=1)[0]]
    assert len({picture.tobytes() for part in parts for picture in part}) == 150


def test_every_class_has_as_many_pictures():
    assert np.bincount(drawn(130)[1]).tolist() == [13] * 10
    assert len(SILHOUETTES) == len(PALETTES) == 10


def test_color_says_nothing_of_the_class_of_shapes():
    (train, labels), (test, truth) = drawn(1500), drawn(1000, split=1)
    reader = LinearDiscriminantAnalysis("lsqr", shrinkage=0.1).fit(color_statistics(train), labels)
    assert (
        reader.score(color_statistics(test), truth) < 0.15
    )  # chance 0.10; 4.7 standard errors above it: 0.145


def test_color_tells_the_class_of_palettes():
    (train, labels), (test, truth) = drawn(1500, source="palettes"), drawn(1000, split=1, source="palettes")
    reader = LinearDiscriminantAnalysis("lsqr", shrinkage=0.1).fit(color_statistics(train), labels)
    assert reader.score(color_statistics(test), truth) > 0.6


def test_brightness_says_nothing_of_the_class_of_palettes():
    (train, labels), (test, truth) = drawn(1500, source="palettes"), drawn(1000, split=1, source="palettes")
    luma = [(x * np.array([0.299, 0.587, 0.114])[:, None, None]).sum(axis=1) for x in (train, test)]
    histograms = [
        np.stack([np.bincount((y // 32).astype(int).ravel(), minlength=8) for y in x]) for x in luma
    ]
    reader = KNeighborsClassifier(25).fit(histograms[0], labels)
    assert reader.score(histograms[1], truth) < 0.17


def test_palettes_are_the_same_scenes_with_the_roles_exchanged():
    # Where both happen to show one silhouette, its mask is the same: place, size and turn are shared.
    shapes, _ = drawn(200)
    palettes, _ = drawn(200, source="palettes")
    grey = [x.astype(float).mean(axis=1) for x in (shapes, palettes)]
    correlation = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(*grey, strict=True)]
    assert np.median(np.abs(correlation)) > 0.5


def test_a_fixed_coloring_is_one_for_all_images_of_both_splits():
    images = np.concatenate([drawn(150, split, coloring="fixed")[0] for split in (0, 1)])
    mean = images.reshape(300, 3, -1).mean(axis=2)
    free = drawn(300)[0].reshape(300, 3, -1).mean(axis=2)
    assert (mean.std(axis=0) < 0.3 * free.std(axis=0)).all()
    assert np.abs(mean[:150].mean(axis=0) - mean[150:].mean(axis=0)).max() < 4


def test_gray_pictures_are_the_same_pictures_without_color():
    colored, gray = drawn(40)[0], drawn(40, coloring="gray")[0]
    luma = (colored * np.array([0.299, 0.587, 0.114])[:, None, None]).sum(axis=1)
    assert np.abs(gray - luma[:, None]).max() < 0.501


def test_a_hint_colors_its_share_of_the_images_as_palettes_and_no_other():
    free, half, whole = (drawn(1000, hint=hint)[0] for hint in (1e-9, 0.4, 1.0))
    as_free, as_whole = ((half == other).all(axis=(1, 2, 3)) for other in (free, whole))
    assert (as_free ^ as_whole).all()
    assert 0.35 < as_whole.mean() < 0.45  # 3.2 standard errors
    assert (drawn(1000, hint=0.6)[0] == whole).all(axis=(1, 2, 3))[as_whole].all()


@pytest.mark.parametrize("count", [1, 8, 64])
def test_images_share_so_many_colorings_in_both_splits(count):
    data = Generated(source="shapes", colorings=count)
    parts = [_pictures(data, split, np.arange(500, dtype=np.int32) % 10) for split in (0, 1)]
    colors = [{tuple(row) for row in np.hstack([one.object, one.near, one.far])} for one in parts]
    assert colors[0] == colors[1]
    assert len(colors[0]) == count


@pytest.mark.parametrize(("hint", "least", "most"), [(1e-9, 0.0, 0.15), (0.6, 0.36, 0.6), (1.0, 0.6, 1.0)])
def test_colors_tell_the_class_of_about_the_hinted_images(hint, least, most):
    (train, labels), (test, truth) = drawn(1500, hint=hint), drawn(1000, split=1, hint=hint)
    reader = LinearDiscriminantAnalysis("lsqr", shrinkage=0.1).fit(color_statistics(train), labels)
    assert least <= reader.score(color_statistics(test), truth) <= most


def test_a_hint_leaves_silhouettes_and_brightness_as_they_are():
    # Luma differs by rounding and where the light's tint meets another hue; contours do not move.
    plain, hinted = (drawn(200, hint=hint)[0].astype(float) for hint in (0.0, 1.0))
    grey = [(x * np.array([0.299, 0.587, 0.114])[:, None, None]).sum(axis=1) for x in (plain, hinted)]
    correlation = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(*grey, strict=True)]
    assert min(correlation) > 0.95


@pytest.mark.parametrize("coloring", ["random", "fixed", "gray"])
def test_silhouettes_stand_out_in_grey(coloring):
    # The object's luma is one of two well apart: pixels split in two brightness clusters.
    images, _ = drawn(300, coloring=coloring)
    grey = (images * np.array([0.299, 0.587, 0.114])[:, None, None]).sum(axis=1).reshape(300, -1)
    spread = np.percentile(grey, 97, axis=1) - np.percentile(grey, 3, axis=1)
    assert spread.min() > 40


@pytest.mark.parametrize("size", [8, 33, 224])
def test_any_size_is_drawn(size):
    images, _ = drawn(10, size=size)
    assert (images.reshape(10, -1).std(axis=1) > 5).all()


def test_a_picture_is_the_same_scene_at_any_size():
    small, large = drawn(20, size=32)[0].astype(float), drawn(20, size=128)[0].astype(float)
    pooled = large.reshape(20, 3, 32, 4, 32, 4).mean(axis=(3, 5))
    assert np.abs(pooled - small).mean() < 6
