"""Simulated grids with known truth, and how often the statistics are right about them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import t as student

from ablation.results.frames.correct import image_covariance
from ablation.results.statistics.effects import main_effects, order_effects
from ablation.results.statistics.estimates import Estimates
from ablation.results.statistics.paired import contrasts_over_seeds, gaps_to_best, means_over_seeds
from ablation.results.statistics.studentised_range import range_exceeds

POINT = 0.01


@dataclass(frozen=True)
class World:
    """How accuracies come about; standard deviations in accuracy."""

    operations: int = 7
    seeds: int = 3
    seed_sd: float = 0.8 * POINT  # of what all cells of a seed share
    residual_sd: float = 0.7 * POINT
    unequal: float = 0.0  # sd of the logarithm of a cell's residual sd
    loud: float = 0.0  # share of the cells that spread three times as much
    in_rows: float = 0.0  # share of the residual variance that the cells of a row have in common
    images: int = 0  # scored one by one, as easy or hard for all cells as they are for one; 0: not simulated
    spread: float = 0.05  # sd of the true accuracies of cells; 0: the null grid
    failing: bool = False  # the last seed lacks two cells in three, another seed one cell


@dataclass(frozen=True)
class Simulated:
    table: np.ndarray  # (C, S)
    truth: np.ndarray  # (C,)
    covariance: np.ndarray  # (C, C) over images; NaN where there are none


def simulate(world: World, random: np.random.Generator, count: int) -> Iterator[Simulated]:
    n, cells = world.operations, world.operations**2
    for _ in range(count):
        truth = 0.4 + world.spread * random.standard_normal(cells)
        if world.spread:
            truth = np.clip(truth, 0.25, 0.55)
        sd = world.residual_sd * np.exp(world.unequal * random.standard_normal(cells) - world.unequal**2)
        sd = np.where(random.random(cells) < world.loud, 3 * sd, sd)
        own = random.standard_normal((cells, world.seeds)) * np.sqrt(1 - world.in_rows)
        row = np.repeat(random.standard_normal((n, world.seeds)), n, axis=0) * np.sqrt(world.in_rows)
        expected = (
            truth[:, None] + world.seed_sd * random.standard_normal(world.seeds) + sd[:, None] * (own + row)
        )
        table, covariance = expected, np.full((cells, cells), np.nan)
        if world.images:
            table, covariance = _score(expected, world, random)
        if world.failing:
            gone = np.zeros(table.shape, bool)
            gone[random.permutation(cells)[: 2 * cells // 3], -1] = True
            gone[random.integers(cells), 0] = True
            table = np.where(gone, np.nan, table)
        yield Simulated(table, truth, covariance)


def _score(expected: np.ndarray, world: World, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    # An image has a difficulty for all, and one for each cell, whatever the seed; mean over images: expected.
    cells, seeds = expected.shape
    easy = 1.5 * random.standard_normal(world.images) + random.standard_normal((cells, 1, world.images))
    chance = expit(_ABOVE(expected)[..., None] + easy)
    right = random.random((cells, seeds, world.images)) < chance
    ids = pd.DataFrame(np.arange(cells * seeds).reshape(cells, seeds))
    correct = pd.DataFrame(right.reshape(cells * seeds, -1).astype(np.float32))
    return right.mean(2), image_covariance(correct, ids)


def _inverse() -> Callable[[np.ndarray], np.ndarray]:
    # The logit whose mean accuracy over difficulties (normal, variance 1.5² + 1) is as expected.
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    grid = np.linspace(-6, 6, 800)
    means = expit(grid[:, None] + np.sqrt(1.5**2 + 1) * nodes) @ (weights / weights.sum())
    return lambda expected: np.interp(expected, means, grid)


_ABOVE = _inverse()


def over_images(grid: Simulated) -> Callable[[np.ndarray], np.ndarray]:
    return lambda weights: np.einsum("kc,cd,kd->k", weights, grid.covariance, weights)


def estimates(grid: Simulated) -> dict[str, tuple[Estimates, np.ndarray]]:
    """The estimates of a grid by name, and the truth beside each."""
    images, n = over_images(grid), round(len(grid.table) ** 0.5)
    names = [chr(97 + i) for i in range(n)]
    table = pd.DataFrame(grid.table, pd.MultiIndex.from_product([names, names]))
    rows = np.kron(np.eye(n), np.full((1, n), 1 / n))
    by_row = grid.table.reshape(n, n, -1).mean(1)
    orders, mains = order_effects(table), main_effects(table)
    made = {
        "cells": (means_over_seeds(grid.table, images), grid.truth),
        "rows": (means_over_seeds(by_row, lambda weights: images(weights @ rows)), rows @ grid.truth),
        "orders": (contrasts_over_seeds(orders.by_seed, images(orders.weights)), orders.weights @ grid.truth),
        "mains": (
            means_over_seeds(mains.by_seed, lambda weights: images(weights @ mains.weights)),
            mains.weights @ grid.truth,
        ),
    }
    best = gaps_to_best(grid.table, images)
    leader = int(np.nanargmin(np.abs(best.numbers)))
    return made | {"gaps": (best, grid.truth[leader] - grid.truth)}


def covers(one: Estimates, truth: np.ndarray) -> np.ndarray:
    """Whether each 95 % interval by itself holds the truth; those that compare nothing are left out."""
    there = np.isfinite(one.numbers) & (one.variance > 0)
    half = student.isf(0.025, one.total_freedom) * np.sqrt(one.variance)
    return (np.abs(one.numbers - truth) <= half)[there]


def best_p(gaps: Estimates, truth: np.ndarray | float = 0.0) -> float:
    """The smallest p of a cell against the best, or of the gaps being the true ones."""
    there = np.isfinite(gaps.numbers) & (gaps.variance > 0)
    ratio = np.abs(gaps.numbers - truth)[there] / np.sqrt(gaps.variance[there])
    compared = int(np.isfinite(gaps.numbers).sum())
    return float(range_exceeds(ratio * np.sqrt(2), compared, np.maximum(gaps.total_freedom[there], 1)).min())


def sidak_p(effects: Estimates, truth: np.ndarray | float = 0.0) -> float:
    there = np.isfinite(effects.numbers)
    ratio = np.abs(effects.numbers - truth)[there] / np.sqrt(effects.variance[there])
    alone = 2 * student.sf(ratio, effects.total_freedom[there]).min()
    return float(-np.expm1(there.sum() * np.log1p(-alone)))


NULL = World(spread=0.0)
WORLDS = {
    "the model": World(),
    "unequal variances": World(unequal=0.4),
    "very unequal variances": World(unequal=0.8),
    "one cell in seven spreads threefold": World(loud=1 / 7),
    "rows share half of their residuals": World(in_rows=0.5),
    "2,000 images": World(images=2000),
    "a failed seed": World(failing=True),
    "all of these": World(unequal=0.4, in_rows=0.3, images=1000, failing=True),
    "4 operations": World(operations=4),
    "4 operations, all of these": World(operations=4, unequal=0.4, in_rows=0.3, images=1000, failing=True),
    "5 seeds": World(seeds=5),
    "2 seeds": World(seeds=2),
}


def null(world: World) -> World:
    return replace(world, spread=0.0)
