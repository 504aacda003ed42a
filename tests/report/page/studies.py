"""Results folders for tests of the page."""

import numpy as np

from ablation.results.findings.paper import FIGURE_5, NAMES
from ablation.results.stored.arrays import CellArrays
from ablation.results.stored.pictures import Pictures, write_pictures
from tests.results.builder import build

CLASSES = tuple(f"class number {k}" for k in range(10))
SCORES = dict(zip([(a, b) for a in NAMES for b in NAMES], np.array(FIGURE_5).flatten() / 100, strict=True))


def pictures(random, count, side=32):
    """Soft patterns with some noise, (count, 3, side, side): they compress about as photographs do."""
    coarse = random.integers(0, 256, (count, 3, side // 4, side // 4)).astype(float)
    fine = coarse.repeat(4, axis=2).repeat(4, axis=3)
    for axis in (2, 3):
        fine = (fine + np.roll(fine, 1, axis) + np.roll(fine, -1, axis)) / 3
    return (fine + random.normal(0, 8, fine.shape)).clip(0, 255).astype(np.uint8)


def photographs(seed):
    """Arrays of the size that a real job leaves: 500 test images, 10 classes, 8 pairs of views."""
    random = np.random.default_rng(seed)
    labels = np.random.default_rng(9).integers(0, 10, 500).astype(np.uint16)
    guesses = random.integers(0, 10, 500).astype(np.uint16)
    return CellArrays(
        predictions=np.where(random.random(500) < 0.4, labels, guesses),
        labels=labels,
        queries=np.arange(16, dtype=np.int32),
        neighbours=random.integers(0, 60, (16, 5)).astype(np.int32),
        views=pictures(random, 16).reshape(8, 2, 3, 32, 32),
        distances=np.sort(random.random((2, 256)).astype(np.float16)),
    )


def large_study(path):
    """A 7×7 grid of three seeds, whole, with pictures: the paper's numbers and noise of a point."""
    random = np.random.default_rng(0)
    noise = {(*pair, seed): random.normal(0, 0.01) for pair in SCORES for seed in (0, 1, 2)}

    def score(first, second, seed):
        return float(np.clip(SCORES[first, second] + noise[first, second, seed], 0.01, 0.99))

    build(path, list(NAMES), score, seeds=[0, 1, 2], stored=photographs)
    write_pictures(path, Pictures(np.arange(60, dtype=np.int32), pictures(random, 60), CLASSES))
    return path
