from itertools import permutations, product
from math import factorial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ablation.grid.models import Grid
from ablation.results.findings.colors import color_augmentations
from ablation.results.findings.leak_and_accuracy import leak_against_accuracy
from ablation.results.statistics.ranks import ranks

NAMES = ["crop", "color", "blur", "noise", "rotate", "sobel"]


def frame(leak, accuracy, seeds=(0,)):
    """The cells of a grid of all pairs, whose leak and accuracy are (n, n)."""
    n = len(leak)
    rows = [
        (NAMES[i], NAMES[j], seed, leak[i][j], accuracy[i][j])
        for i, j, seed in product(range(n), range(n), seeds)
    ]
    return pd.DataFrame(rows, columns=["first", "second", "seed", "leak_bits", "linear_top1"])


def tables(n, seed=0):
    return np.random.default_rng(seed).random((2, n, n))


@given(st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.5, 8.0]), min_size=1))
def test_ranks_are_scipys(values):
    assert ranks(np.array(values)).tolist() == stats.rankdata(values).tolist()


@pytest.mark.parametrize("digits", [1, 9])  # with ties, and without
def test_rho_is_scipys(digits):
    leak, accuracy = tables(5).round(digits)
    found = leak_against_accuracy(frame(leak, accuracy))
    assert found.rho == pytest.approx(stats.spearmanr(leak.ravel(), accuracy.ravel()).statistic, abs=1e-12)
    assert (found.cells, found.operations) == (25, 5)


def test_p_counts_relabelled_grids():
    leak, accuracy = tables(5, seed=3)
    found = leak_against_accuracy(frame(leak, accuracy))
    relabelled = [leak[np.ix_(order, order)].ravel() for order in permutations(range(5))]
    rhos = np.array([stats.spearmanr(one, accuracy.ravel()).statistic for one in relabelled])
    above, below = np.sum(rhos >= rhos[0] - 1e-9), np.sum(rhos <= rhos[0] + 1e-9)
    assert found.p == min(1, 2 * min(above, below) / factorial(5))


def test_a_leak_that_is_the_accuracy_is_the_strongest_of_all():
    leak, _ = tables(5)
    same, opposite = (leak_against_accuracy(frame(leak, sign * leak)) for sign in (1, -1))
    assert (same.rho, opposite.rho) == (pytest.approx(1), pytest.approx(-1))
    assert same.p == opposite.p == same.smallest_p == 2 / factorial(5)


@pytest.mark.parametrize(("n", "resolvable"), [(1, False), (2, False), (3, False), (4, False), (5, True)])
def test_five_operations_are_needed_for_five_percent(n, resolvable):
    leak, _ = tables(n)
    found = leak_against_accuracy(frame(leak, leak))
    assert found.smallest_p == min(1, 2 / factorial(n))
    assert found.resolvable == resolvable
    assert n == 1 or found.p < 0.05 or not resolvable


def test_more_permutations_than_allowed_are_drawn_from_the_seed():
    leak, accuracy = tables(6, seed=1)
    cells = frame(leak, accuracy)
    every = leak_against_accuracy(cells)
    drawn = leak_against_accuracy(cells, permutations=500)
    assert drawn == leak_against_accuracy(cells, permutations=500)
    assert drawn != leak_against_accuracy(cells, permutations=500, seed=1)
    assert drawn.rho == every.rho
    assert drawn.p == pytest.approx(every.p, abs=0.1)  # four standard errors of 2 * 500 draws at p = .5
    assert drawn.smallest_p == 2 / 501


def test_a_drawn_p_is_never_0():
    leak, _ = tables(6)
    assert leak_against_accuracy(frame(leak, leak), permutations=99).p == 2 / 100


def test_where_nothing_is_related_5_percent_of_grids_come_out_below_5_percent():
    # Rows and columns have effects of their own, on leak and on accuracy: cells are no independent points.
    random = np.random.default_rng(0)
    found = []
    for _ in range(200):
        (a, b), (c, d) = random.random((2, 2, 5))
        found.append(leak_against_accuracy(frame(a[:, None] + b, c[:, None] + d)).p)
    assert np.mean(np.array(found) <= 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_cells_are_averaged_over_their_seeds():
    leak, accuracy = tables(5)
    cells = frame(leak, accuracy, seeds=(0, 1))
    swing = np.where(cells["seed"] == 0, 1, -1)
    assert leak_against_accuracy(cells.assign(linear_top1=cells["linear_top1"] + swing)).rho == pytest.approx(
        leak_against_accuracy(cells).rho
    )


def test_one_leak_for_all_cells_correlates_with_nothing():
    found = leak_against_accuracy(frame(np.ones((5, 5)), tables(5)[1]))
    assert np.isnan(found.rho)
    assert np.isnan(found.p)


def test_a_grid_of_some_pairs_is_refused():
    cells = frame(*tables(3))
    cells.attrs["cells"] = [["crop", "crop"], ["crop", "color"], ["color", "crop"], ["color", "color"]]
    with pytest.raises(ValueError, match='set pairs = "all"'):
        leak_against_accuracy(cells)


def test_a_gap_is_refused():
    cells = frame(*tables(3))
    cells.loc[[1, 5], "linear_top1"] = np.nan
    with pytest.raises(ValueError, match="crop → color and 1 more have no test linear top-1"):
        leak_against_accuracy(cells)


def test_a_frame_without_a_leak_is_refused():
    with pytest.raises(ValueError, match="no column 'leak_bits'"):
        leak_against_accuracy(frame(*tables(3)).drop(columns="leak_bits"))


def test_what_holds_color_is_told_by_the_operations():
    entries = {
        "crop": {},
        "sobel": {},
        "solarize": {},
        "mine": {"python": "mine:Twist"},
        "strong": {"operation": "color", "strength": [0.5, 1.0]},
        "color-jitter": {},
        "hue": {"kornia": "RandomHue", "hue": [-0.5, 0.5]},
        "gray-hue": ["grayscale", "hue"],
        "simclr": ["crop", "strong"],
        "channel-shuffle": {},
        "policy": {"operation": "randaugment"},
        "poster": {"kornia": "RandomPosterize", "bits": 3},
    }
    grid = Grid.model_validate({"data": {"source": "shapes"}, "augmentations": entries})
    results = pd.DataFrame()
    results.attrs["grid"] = grid.model_dump(mode="json")
    colors = color_augmentations(results)
    assert colors.distortions == {"strong 0.5", "strong 1", "color-jitter", "hue", "gray-hue"}
    assert colors.holding - colors.distortions == {
        "simclr 0.5",
        "simclr 1",
        "channel-shuffle",
        "policy",
    }


def test_a_frame_without_its_grid_does_not_know_its_colors():
    with pytest.raises(ValueError, match="load it with load_results"):
        color_augmentations(frame(*tables(2)))
