"""Small multiples of the curves of pretraining."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from ablation.report.plots.curves import convergence_plot

NAMES = ["crop", "blur"]
RESULTS = pd.DataFrame([(a, b) for a in NAMES for b in NAMES], columns=["first", "second"])


def curves(*rows):
    columns = ["first", "second", "seed", "epoch", "contrastive_top1", "loss"]
    return pd.DataFrame(rows, columns=columns)


def drawn(frame, **kwargs):
    ax = convergence_plot(frame, RESULTS, ax=Figure().add_subplot(), **kwargs)
    return [np.asarray(line) for line in ax.collections[0].get_segments()], ax


def test_a_curve_runs_through_its_panel_from_left_to_right_and_up_as_it_rises():
    (line,), _ = drawn(curves(("blur", "crop", 0, 1, 0.0, 5.0), ("blur", "crop", 0, 2, 1.0, 1.0)))
    (left, bottom), (right, top) = line
    assert 0 < left < right < 1  # first column
    assert 1 < top < bottom < 2  # second row; downwards is up


def test_every_seed_has_its_line():
    rows = [("crop", "crop", seed, epoch, 0.5, 1.0) for seed in (0, 1) for epoch in (1, 2)]
    assert len(drawn(curves(*rows))[0]) == 2


def test_a_loss_that_was_not_finite_ends_its_line():
    lines, ax = drawn(
        curves(("crop", "crop", 0, 1, 0.5, 4.0), ("crop", "crop", 0, 2, 0.5, np.nan)), metric="loss"
    )
    assert len(lines[0]) == 1
    assert [text.get_text() for text in ax.texts[:3]] == ["5", "4.5", "4"]


def test_no_curve_is_no_error():
    assert drawn(curves())[0] == []


@pytest.mark.parametrize("metric", ["loss", "contrastive_top1"])
def test_one_epoch_is_a_point_and_no_division_by_zero(metric):
    lines, _ = drawn(curves(("crop", "crop", 0, 1, 0.5, 4.0)), metric=metric)
    assert np.isfinite(lines[0]).all()
