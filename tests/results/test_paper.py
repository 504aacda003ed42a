"""Ranks beside the paper's Figure 5."""

import numpy as np
import pandas as pd
import pytest

from ablation.results.paper import FIGURE_5, NAMES, paper_ranks

VALUES = np.array(FIGURE_5) / 100


def results(values, names=NAMES, operations=None):
    pairs = [(first, second) for first in names for second in names]
    frame = pd.DataFrame(pairs, columns=["first", "second"]).assign(
        seed=0, outcome="ok", linear_top1=np.asarray(values).flatten()
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
    assert paper_ranks(results(values, names)).cells_rho == pytest.approx(1)


def test_nothing_is_compared_with_a_gap_another_name_or_another_operation_of_that_name():
    gap = VALUES.copy()
    gap[3, 4] = np.nan
    assert paper_ranks(results(gap)) is None
    assert paper_ranks(results(VALUES, ("zoom", *NAMES[1:]))) is None
    assert paper_ranks(results(VALUES, operations={})) is not None
    assert paper_ranks(results(VALUES, operations={"blur": {"operation": "motion-blur"}})) is None
