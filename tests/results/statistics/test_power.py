import numpy as np
import pytest
from scipy import stats

from ablation.results.statistics.grid import statistics
from ablation.results.statistics.noise import CIFAR10, Noise
from ablation.results.statistics.paired import gaps_to_best
from ablation.results.statistics.power import detectable, detectable_difference, power
from ablation.results.statistics.studentised_range import range_exceeds
from tests.results.statistics.test_grid import NOTHING, frame, noise


def simulated_power(difference, cells, seeds, noise, grids):
    """How often the analysis of a grid tells its best cell from the others, all as much worse."""
    draws, found = np.random.default_rng(0), 0.0
    image_sd = np.sqrt(noise.images / 2)
    for _ in range(grids):
        unequal = np.exp(noise.unequal * draws.standard_normal(cells) - noise.unequal**2 / 2)
        table = draws.standard_normal((cells, seeds)) * np.sqrt(noise.seeds * unequal)[:, None]
        table += image_sd * draws.standard_normal((cells, 1)) + 0.01 * draws.standard_normal(seeds)
        table[0] += difference
        gaps = gaps_to_best(table, lambda weights: (weights**2).sum(1) * image_sd**2)
        if np.argmin(np.abs(gaps.numbers)) == 0:
            ratio = gaps.numbers[1:] / np.sqrt(gaps.variance[1:])
            found += np.mean(range_exceeds(ratio * np.sqrt(2), cells, gaps.total_freedom[1:]) < 0.05)
    return found / grids


@pytest.mark.parametrize(
    ("cells", "seeds", "unequal"), [(16, 3, 0.0), (16, 3, 0.8), (9, 5, 0.8), (16, 2, 0.0)]
)
def test_the_power_is_that_of_simulated_grids(cells, seeds, unequal):
    noise = Noise(seeds=0.007**2, luck=0.0, images=0.006**2, unequal=unequal)
    difference = detectable(cells, seeds, images=1, noise=noise)
    assert power(difference, cells, seeds, 1, noise) == pytest.approx(0.8, abs=1e-6)
    assert simulated_power(difference, cells, seeds, noise, grids=300) == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize("seeds", [2, 3, 8])
def test_of_two_cells_it_is_the_power_of_a_paired_t_test(seeds):
    noise = Noise(seeds=0.01**2, luck=0.0, images=0.0)
    for effect in (1.0, 3.0, 6.0):
        error = 0.01 * np.sqrt(2 / seeds)
        expected = stats.nct.sf(stats.t.isf(0.025, seeds - 1), seeds - 1, effect)
        assert power(effect * error, 2, seeds, 1, noise) == pytest.approx(expected, abs=0.05)


def test_seeds_images_and_fewer_cells_make_smaller_differences_detectable():
    planned = detectable(49, 3, 2000)
    assert detectable(49, 5, 2000) < planned
    assert detectable(49, 3, 4000) < planned
    assert detectable(16, 3, 2000) < planned
    assert detectable(49, 3, 2000, power=0.5) < planned
    endless = Noise(CIFAR10.seeds, 0.0, 0.0, CIFAR10.unequal)
    assert detectable(49, 3, 1e12) == pytest.approx(detectable(49, 3, 1, endless), rel=1e-3)


def test_one_seed_or_one_cell_detects_nothing():
    assert detectable(49, 1, 2000) is None
    assert detectable(1, 3, 2000) is None
    assert power(0.9, 49, 1, 2000) == 0


def test_a_finished_grid_detects_what_its_noise_says():
    table = noise(cells=49, seeds=3)  # residuals of a point, no images
    names = list("abcdefg")
    found = statistics(frame(table, names), NOTHING)
    planned = detectable(49, 3, 1, Noise(found.spread.residual**2, 0.0, 0.0))
    assert detectable_difference(found) == pytest.approx(planned, rel=0.15)
    one_seed = statistics(frame(table[:, :1], names), NOTHING)
    assert detectable_difference(one_seed) is None
    nothing = statistics(frame(np.full((49, 3), np.nan), names), NOTHING)
    assert detectable_difference(nothing) is None
