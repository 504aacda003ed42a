"""Intervals of rank correlations that are 1, or nearly."""

import numpy as np
import pytest

from ablation.results.statistics.jackknife import jackknife
from ablation.results.statistics.ranks import spearman


def test_one_swap_among_ten_is_not_anything_between_minus_one_and_one():
    levels = np.arange(10.0)
    seeds = np.tile(levels[:, None], 3)
    seeds[[0, 1], 0] = 1.8, 0.0  # without another seed, the means of these two change places
    low, high = jackknife(seeds, lambda means: spearman(means, levels), len(levels))
    assert 0.9 < low < 1 - 12 / 990 < high <= 1


@pytest.mark.parametrize("count", [5, 7, 10])
def test_the_interval_holds_the_correlation_of_many_seeds_where_cells_are_far_apart(count):
    draws, held, useless, tried = np.random.default_rng(0), 0, 0, 0
    for _ in range(200):
        one = draws.normal(0, 5, count)
        other = one + draws.normal(0, 1.5, count)
        seeds = np.vstack([one, other])[:, :, None] + draws.normal(0, 1, (2, count, 3))
        low, high = jackknife(seeds.reshape(-1, 3), lambda means: spearman(*np.split(means, 2)), count)
        if np.isnan(low):
            continue
        tried += 1
        truth = min(spearman(one, other), 1 - 6 / (count**3 - count))
        held += low <= truth <= high
        useless += low < -0.9 and high > 0.9
    assert held >= 0.9 * tried
    assert useless <= 0.1 * tried
