"""Simulated grids whose classes are scored image by image, with known effects on each class."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import t as student

from ablation.results.statistics.class_estimates import ClassEstimates, ClassScores, estimate_classes
from ablation.results.statistics.effects import main_effects
from ablation.results.statistics.estimates import Estimates
from tests.results.simulated import POINT


@dataclass(frozen=True)
class Classes:
    """How accuracies of classes come about; standard deviations in accuracy."""

    operations: int = 7
    seeds: int = 3
    classes: int = 10
    images: int = 100  # of each class
    unequal: bool = False  # classes of very different numbers of images
    levels: float = 0.12  # of the accuracies of classes, about 0.5
    mains: float = 0.0  # of what augmentations add to all classes alike
    seed_sd: float = 0.8 * POINT  # of what all cells and classes of a seed share
    residual_sd: float = 0.5 * POINT  # of what the classes of a job share
    bias: float = 1.0 * POINT  # of a class in a job: its gains are other classes' losses
    bias_with: float = 0.3 * POINT  # of a class in all jobs of a seed that have one augmentation
    pairs: bool = False  # what a class gains, one other loses: the two are confused
    loud: bool = False  # one augmentation in seven, and one class in ten, have three times the bias
    failing: bool = False  # the last seed lacks two cells in three, another seed one cell
    planted: float = 0.0  # what the first augmentation takes from the first class
    apart: float = 0.0  # of effects on single classes


@dataclass(frozen=True)
class SimulatedClasses:
    scores: ClassScores
    truth: np.ndarray  # (K x A) effects, row by row
    deviations: np.ndarray  # (K x A) from the mean of the classes

    @property
    def estimates(self) -> ClassEstimates:
        return estimate_classes(self.scores)


def simulate_classes(world: Classes, random: np.random.Generator, count: int) -> Iterator[SimulatedClasses]:
    n, seeds = world.operations, world.seeds
    first, second = np.divmod(np.arange(n * n), n)
    names = [chr(97 + i) for i in range(n)]
    cells, columns = pd.MultiIndex.from_product([names, names]), pd.Index(range(seeds))
    for _ in range(count):
        effects = world.mains * random.standard_normal(n)
        effects = effects + world.apart * random.standard_normal((world.classes, n))
        effects[0, 0] -= world.planted
        of_cells = (effects[:, first] + effects[:, second]) / 2  # (K, C)
        expected = _levels(world, random)[:, None, None] + of_cells[..., None] + _noise(world, random)
        there = _there(world, random)
        right = [
            _right(_ABOVE(np.clip(of_class, 0.02, 0.98)), images, random) * there[..., None]
            for of_class, images in zip(expected, _images(world, random), strict=True)
        ]
        accuracies = np.where(there, np.array([one.mean(2) for one in right]), np.nan)
        scores = ClassScores(cells, columns, accuracies, tuple(right))
        weights = main_effects(pd.DataFrame(accuracies.mean(0), cells, columns)).weights
        truth = of_cells @ weights.T
        yield SimulatedClasses(scores, truth.ravel(), (truth - truth.mean(0)).ravel())


def _levels(world: Classes, random: np.random.Generator) -> np.ndarray:
    return np.clip(0.5 + world.levels * random.standard_normal(world.classes), 0.15, 0.85)


def _images(world: Classes, random: np.random.Generator) -> np.ndarray:
    sizes = np.full(world.classes, float(world.images))
    if world.unequal:
        sizes *= np.exp(random.standard_normal(world.classes))
    return np.maximum(sizes, 8).astype(int)


def _noise(world: Classes, random: np.random.Generator) -> np.ndarray:
    n, classes, seeds = world.operations, world.classes, world.seeds
    first, second = np.divmod(np.arange(n * n), n)
    of_jobs = random.standard_normal((classes, n * n, seeds))
    with_one = random.standard_normal((classes, n, seeds))
    for bias in (of_jobs, with_one):
        if world.pairs:
            bias[1::2] = -bias[: classes - classes % 2 : 2]
        else:
            bias -= bias.mean(0)
    if world.loud:
        with_one[0], with_one[:, 0] = 3 * with_one[0], 3 * with_one[:, 0]
    shared = world.seed_sd * random.standard_normal(seeds)
    shared = shared + world.residual_sd * random.standard_normal((n * n, seeds))
    return shared + world.bias * of_jobs + world.bias_with * (with_one[:, first] + with_one[:, second])


def _there(world: Classes, random: np.random.Generator) -> np.ndarray:
    cells = world.operations**2
    there = np.ones((cells, world.seeds), bool)
    if world.failing:
        there[random.permutation(cells)[: 2 * cells // 3], -1] = False
        there[random.integers(cells), 0] = False
    return there


_EASY, _CELL, _WITH = 1.5, 0.7, 0.7  # sd of an image's logit: for all cells, for each, for an augmentation


def _right(above: np.ndarray, images: int, random: np.random.Generator) -> np.ndarray:
    # (C, S, images): an image is easy or hard for all, for a cell, and with an augmentation, in all seeds.
    cells = len(above)
    n = round(cells**0.5)
    first, second = np.divmod(np.arange(cells), n)
    with_one = _WITH * random.standard_normal((n, images))
    both = (with_one[first] + with_one[second]) / np.where(first == second, np.sqrt(2), 1)[:, None]
    easy = _EASY * random.standard_normal(images) + _CELL * random.standard_normal((cells, images)) + both
    chance = expit((above[..., None] + easy[:, None]).astype(np.float32))
    return (random.random(chance.shape, dtype=np.float32) < chance).astype(np.float32)


def _inverse():
    # The logit whose mean accuracy over images is as expected.
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    grid = np.linspace(-8, 8, 1600)
    spread = np.sqrt(_EASY**2 + _CELL**2 + 2 * _WITH**2)
    means = expit(grid[:, None] + spread * nodes) @ (weights / weights.sum())
    return lambda expected: np.interp(expected, means, grid)


_ABOVE = _inverse()


def each_p(found: Estimates, truth: np.ndarray | float = 0.0) -> np.ndarray:
    """p of each number being the truth, by itself."""
    ratio = np.abs(found.numbers - truth) / np.sqrt(found.variance)
    return 2 * student.sf(ratio, found.total_freedom)


def corrected(p: np.ndarray) -> float:
    """The smallest p, corrected for how many there are (Šidák)."""
    return float(-np.expm1(np.isfinite(p).sum() * np.log1p(-np.minimum(np.nanmin(p), 1 - 1e-12))))


CLASSES = {
    "the model": Classes(),
    "400 images a class": Classes(images=400),
    "20 images a class": Classes(images=20),
    "8 to 1,000 images": Classes(unequal=True),
    "accuracies of 15 to 85 %": Classes(levels=0.4),
    "augmentations differ, classes do not": Classes(mains=0.06),
    "classes confused in pairs": Classes(pairs=True, bias=2 * POINT),
    "classes vary with augmentations": Classes(bias_with=1 * POINT),
    "one class and augmentation vary threefold": Classes(loud=True, bias_with=0.5 * POINT),
    "a failed seed": Classes(failing=True),
    "2 classes": Classes(classes=2, images=500),
    "2 classes that take from each other": Classes(classes=2, images=500, bias=3 * POINT),
    "3 classes, 50 images": Classes(classes=3, images=50),
    "100 classes, 20 images": Classes(classes=100, images=20),
    "4 operations": Classes(operations=4),
    "2 operations": Classes(operations=2),
    "2 seeds": Classes(seeds=2),
    "5 seeds": Classes(seeds=5),
    "4 operations, 3 classes, vary with augmentations": Classes(
        operations=4, classes=3, images=300, bias_with=1.5 * POINT
    ),
    "4 operations, 8 to 150 images, pairs, a failed seed": Classes(
        operations=4, images=25, unequal=True, pairs=True, failing=True
    ),
}


def dependent(world: Classes) -> Classes:
    """The same where every class has effects of its own."""
    return replace(world, apart=0.04)
