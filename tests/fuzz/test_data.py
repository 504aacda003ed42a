"""Damaged images: a file that cannot be trusted is refused, and a damaged cache is made again."""

from collections import Counter

import numpy as np
import pytest

from ablation.data.prepare import load, prepare
from ablation.errors import DataError
from ablation.grid.data import Npz
from tests.fuzz.inputs import count, damaged, draws, say


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path / "cache"))
    random = np.random.default_rng(0)
    x, y = random.integers(0, 256, (12, 8, 8, 3), np.uint8), np.arange(12) % 3
    np.savez_compressed(tmp_path / "data.npz", train_x=x, train_y=y, test_x=x[::-1, ::-1], test_y=y)
    return Npz(source="npz", path=str(tmp_path / "data.npz"), size=8)


def pixels(folder):
    dataset = load(folder)
    parts = (dataset.train, dataset.test)
    return [part.images.tobytes() + part.labels.tobytes() for part in parts], dataset.class_names


def test_damaged_images_are_refused_or_are_the_same(data, tmp_path):
    found: Counter[str] = Counter()
    path = tmp_path / "data.npz"
    content, whole = path.read_bytes(), pixels(prepare(data, "whole"))
    for place, draw in enumerate(draws("data", count(60))):
        path.write_bytes(damaged(content, draw))
        try:
            assert pixels(prepare(data, f"damaged {place}")) == whole
            found["the same"] += 1
        except DataError as error:
            found["refused" if "data.npz" in str(error) else str(error)] += 1
    say("damaged images", found)
    assert {*found} == {"the same", "refused"}


def test_damaged_decoded_images_are_decoded_again(data):
    found: Counter[str] = Counter()
    folder = prepare(data, "v1")
    whole = pixels(folder)
    for draw in draws("cache", min(count(20), 1000)):  # each is synced to the disk, which takes time
        path, said = draw.choice(sorted(folder.iterdir())), []
        path.write_bytes(damaged(path.read_bytes(), draw))
        assert pixels(prepare(data, "v1", say=said.append)) == whole
        found["repaired" if said else "the same"] += 1
    say("damaged decoded images", found)
    assert found["repaired"] > found["the same"]
