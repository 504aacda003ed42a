import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

from ablation.data import near
from ablation.data.near import near_pairs


def landscapes(count: int, seed: int, side: int = 32) -> np.ndarray:
    """Draw smooth pictures, the hardest to tell apart by a hash: (count, 3, side, side)."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (count, 5, 5, 3), np.uint8)
    pictures = [np.asarray(Image.fromarray(x).resize((side, side), Image.Resampling.BICUBIC)) for x in coarse]
    return np.stack(pictures).transpose(0, 3, 1, 2)


def changed(image: np.ndarray, how: str) -> np.ndarray:
    picture = Image.fromarray(image.transpose(1, 2, 0))
    if how == "jpeg":
        picture.save(file := io.BytesIO(), "JPEG", quality=60)
        picture = Image.open(file).convert("RGB")
    if how == "blurred":
        picture = picture.filter(ImageFilter.GaussianBlur(1))
    if how == "darker":
        picture = Image.fromarray((np.asarray(picture) * 0.7).astype(np.uint8))
    return np.asarray(picture).transpose(2, 0, 1)


@pytest.mark.parametrize("how", ["equal", "jpeg", "blurred", "darker"])
def test_changed_copies_are_found_among_thousands_of_others(how):
    first = landscapes(3000, seed=0)
    second = np.concatenate([landscapes(300, seed=1), [changed(first[i], how) for i in (5, 77)]])
    assert near_pairs(first, second).tolist() == [[5, 300], [77, 301]]


def test_blank_pictures_and_other_colors_are_no_copies():
    blank = np.full((50, 3, 32, 32), 7, np.uint8)
    assert not len(near_pairs(blank, blank))
    first = landscapes(20, seed=0)
    first[:, 2] //= 4
    assert not len(near_pairs(first, first[:, ::-1]))


def test_candidates_are_all_pairs_within_three_bits(monkeypatch):
    monkeypatch.setattr(near, "_PAIRS", 7)  # in many small parts
    random = np.random.default_rng(0)
    a = random.integers(0, 256, (60, 8), np.uint8)
    flips = np.packbits(random.random((60, 64)) < 0.04, axis=1)
    b = a[random.permutation(60)] ^ flips
    bits = np.bitwise_count(a[:, None] ^ b[None]).sum(axis=2)
    found = np.unique(np.concatenate([*near._candidates(a, b)]), axis=0)
    assert np.array_equal(found, np.argwhere(bits <= 3))
    assert 0 < len(found) < 60
