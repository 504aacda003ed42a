"""Ranks beside the paper's Figure 5."""

import numpy as np
import pandas as pd
import pytest

from ablation.results.findings.paper import FIGURE_5, NAMES, paper_ranks

VALUES = np.array(FIGURE_5) / 100


def results(*seeds, names=NAMES, operations=None):
    pairs = [(first, second) for first in names for second in names]
    frame = pd.concat(
        pd.DataFrame(pairs, columns=["first", "second"]).assign(
            seed=seed, outcome="ok", linear_top1=np.asarray(values).flatten()
        )
        for seed, values in enumerate(seeds)
    )
    if operations:
        frame.attrs["grid"] = {"augmentations": {name: {"operation": name} for name in names} | operations}
    return frame


def test_the_row_means_are_those_that_the_figure_prints():
    assert np.allclose(100 * VALUES.mean(axis=1), [39.2, 29.4, 25.7, 18.8, 15.5, 14.5, 13.8], atol=0.06)


def test_the_same_order_correlates_fully_whatever_the_values():
    found = paper_ranks(results(VALUES**3))
    assert found.cells_rho == pytest.approx(1)
    assert found.cells.loc[("crop", "color"), ["paper_rank", "here_rank"]].tolist() == [1, 1]


def test_the_opposite_order_correlates_negatively():
    found = paper_ranks(results(1 - VALUES))
    assert found.cells_rho == pytest.approx(-1)
    assert found.rows_rho == pytest.approx(-1)


def test_further_augmentations_are_left_out():
    names = (*NAMES, "flip")
    values = np.full((8, 8), 0.9)
    values[:7, :7] = VALUES
    assert paper_ranks(results(values, names=names)).cells_rho == pytest.approx(1)


def test_nothing_is_compared_with_a_gap_another_name_or_another_operation_of_that_name():
    gap = VALUES.copy()
    gap[3, 4] = np.nan
    assert paper_ranks(results(gap)) is None
    assert paper_ranks(results(VALUES, names=("zoom", *NAMES[1:]))) is None
    assert paper_ranks(results(VALUES, operations={})) is not None
    assert paper_ranks(results(VALUES, operations={"blur": {"operation": "motion-blur"}})) is None


def test_one_seed_has_no_interval_nor_have_seeds_of_which_none_moves_the_correlation():
    assert np.isnan(paper_ranks(results(VALUES)).cells_interval).all()
    random = np.random.default_rng(0)
    found = paper_ranks(results(*(VALUES + random.normal(0, 1e-3, VALUES.shape) for _ in range(3))))
    assert found.cells_interval[0] < found.cells_rho < found.cells_interval[1]
    assert found.rows_rho == pytest.approx(1)  # every seed ranks the rows as the paper does
    assert np.isnan(found.rows_interval).all()


def test_the_interval_holds_the_correlation_of_many_seeds_as_often_as_it_says():
    # The truth is what infinitely many seeds would give: some other order of the cells.
    random = np.random.default_rng(1)
    truth = VALUES + random.normal(0, 0.08, VALUES.shape)
    rho = paper_ranks(results(truth)).cells_rho
    held = []
    for _ in range(150):
        found = paper_ranks(results(*(truth + random.normal(0, 0.02, VALUES.shape) for _ in range(5))))
        held.append(found.cells_interval[0] <= rho <= found.cells_interval[1])
    assert 0.85 <= np.mean(held) <= 1  # 95 %, less what the noise of a mean over five seeds flattens


def test_cells_disagree_that_are_ten_places_off_in_every_seed():
    always, once = VALUES.copy(), VALUES.copy()
    always[6, 6] = once[6, 6] = 0.99  # rotate alone, the paper's worst
    once[0, 2] = 0.0  # crop → color, the paper's best
    found = paper_ranks(results(always, once))
    assert list(found.disagreeing.index) == [("rotate", "rotate")]
    low, high = found.cells.loc[("crop", "color"), ["here_rank_low", "here_rank_high"]]
    assert (low, high) == (2, 49)
