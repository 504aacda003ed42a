"""How often the statistics err, on simulated grids; docs/statistics.md has the same of more grids."""

import numpy as np
import pytest
from scipy.stats import binom

from tests.results.simulated import WORLDS, World, best_p, covers, estimates, null, sidak_p, simulate


@pytest.mark.slow
def test_on_null_grids_at_most_one_in_twenty_finds_anything():
    grids = 240
    found = np.zeros(3)
    for grid in simulate(null(WORLDS["the model"]), np.random.default_rng(0), grids):
        made = estimates(grid)
        p = best_p(made["gaps"][0]), sidak_p(made["orders"][0]), sidak_p(made["mains"][0])
        found += np.array(p) < 0.05
    assert found.max() <= binom.ppf(0.995, grids, 0.05), found / grids


@pytest.mark.slow
@pytest.mark.parametrize(
    "world",
    [
        World(operations=4),
        World(operations=4, unequal=0.4),
        World(operations=4, images=500),
        World(operations=4, failing=True),
        World(operations=4, unequal=0.4, in_rows=0.3, images=500, failing=True),
    ],
    ids=str,
)
def test_intervals_hold_the_truth_in_95_of_100_grids_where_the_model_is_wrong(world):
    held = {kind: [] for kind in ("cells", "rows", "orders", "mains")}
    for grid in simulate(world, np.random.default_rng(0), 300):
        made = estimates(grid)
        for kind in held:
            held[kind].append(covers(*made[kind]).mean())
    for kind, shares in held.items():
        error = np.std(shares) / np.sqrt(len(shares))
        assert 0.92 - 2 * error <= np.mean(shares) <= 0.98 + 2 * error, kind


def test_a_large_difference_is_found():
    grid = next(simulate(World(spread=0.0), np.random.default_rng(0), 1))
    grid.table[3] += 0.05
    assert best_p(estimates(grid)["gaps"][0]) < 0.001
