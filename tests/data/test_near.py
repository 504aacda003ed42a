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


@pytest.mark.parametrize("tried", [1, 3, 16])
def test_every_image_with_a_partner_within_three_bits_is_found(monkeypatch, tried):
    monkeypatch.setattr(near, "_TRIED", tried)
    monkeypatch.setattr(near, "_BLOCK", 7)
    first = np.concatenate([landscapes(40, seed=0)] * 3)  # each is there several times
    noise = np.random.default_rng(1).integers(-40, 40, first.shape)
    second = np.concatenate([(first + noise).clip(0, 255).astype(np.uint8)[:60], landscapes(20, seed=2)])
    hashes = [near._Described.of(one).hashes for one in (first, second)]
    bits = np.bitwise_count(hashes[0][:, None] ^ hashes[1][None]).sum(axis=2)  # (120, 80)
    alike = np.corrcoef(near._centred(first), near._centred(second))[:120, 120:] >= 0.97
    found = near_pairs(first, second)
    assert found[:, 1].tolist() == np.flatnonzero(((bits <= 3) & alike).any(axis=0)).tolist()
    assert all(bits[i, j] <= 3 and alike[i, j] for i, j in found)
    assert 0 < len(found) < 60


def test_each_of_thousands_that_are_alike_is_found():
    frames = np.repeat(landscapes(1, seed=0), 5000, axis=0)
    frames[:, 0, 0, 0] = np.arange(5000) % 256
    assert len(near_pairs(frames, frames[::2])) == 2500
