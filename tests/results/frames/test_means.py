import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ablation.results.frames.means import baseline_means, cell_means, row_means
from ablation.results.loading import load_baselines, load_results
from tests.results.builder import build

A, B = "crop", "color"


def frame(*rows):
    names = pd.CategoricalDtype([A, B], ordered=True)
    made = pd.DataFrame(rows, columns=["first", "second", "seed", "linear_top1", "outcome"])
    return made.astype({"first": names, "second": names})


def test_cells_are_averaged_over_seeds():
    means = cell_means(frame((A, B, 0, 0.2, "ok"), (A, B, 1, 0.4, "ok"), (B, A, 0, 0.5, "ok")))
    assert means.loc[(A, B), ["mean", "sd", "n"]].tolist() == pytest.approx([0.3, np.sqrt(0.02), 2])
    assert means.loc[(B, A), "mean"] == 0.5
    assert np.isnan(means.loc[(B, A), "sd"])


@pytest.mark.parametrize(
    ("outcomes", "state", "n"),
    [
        ([], "pending", 0),
        (["failed"], "failed", 0),
        (["diverged"], "diverged", 0),
        (["diverged", "failed"], "failed", 0),
        (["ok", "failed"], "ok", 1),
        (["ok", "collapsed"], "collapsed", 2),
    ],
)
def test_a_cell_says_why_it_has_no_number(outcomes, state, n):
    rows = [
        (A, A, seed, 0.4 if outcome in ("ok", "collapsed") else np.nan, outcome)
        for seed, outcome in enumerate(outcomes)
    ]
    cell = cell_means(frame(*rows)).loc[(A, A)]
    assert (cell["state"], cell["n"]) == (state, n)
    assert np.isnan(cell["mean"]) == (n == 0)


def test_a_row_with_a_gap_has_no_mean():
    rows = row_means(frame((A, A, 0, 0.2, "ok"), (A, B, 0, np.nan, "failed"), (B, A, 0, 0.5, "ok")))
    assert rows["n"].tolist() == [0, 0]
    assert rows["mean"].isna().all()


def test_a_seed_with_a_gap_in_the_row_does_not_count():
    rows = row_means(
        frame((A, A, 0, 0.2, "ok"), (A, B, 0, 0.4, "ok"), (A, A, 1, 0.9, "ok"), (B, A, 1, 0.5, "ok"))
    )
    assert rows.loc[A, ["mean", "n"]].tolist() == pytest.approx([0.3, 1])


@given(st.lists(st.floats(0, 1), min_size=12, max_size=12), st.randoms())
def test_without_gaps_a_row_mean_is_the_mean_of_its_cells(values, random):
    keys = [(first, second, seed) for first in (A, B) for second in (A, B) for seed in (0, 1, 2)]
    rows = [(*key, value, "ok") for key, value in zip(keys, values, strict=True)]
    random.shuffle(rows)
    means = row_means(frame(*rows))
    np.testing.assert_allclose(means["mean"], np.reshape(values, (2, 6)).mean(1), atol=1e-12)
    np.testing.assert_allclose(means["sd"], np.reshape(values, (2, 2, 3)).mean(1).std(1, ddof=1), atol=1e-12)


def test_a_cell_that_is_there_twice_is_refused():
    with pytest.raises(ValueError, match=r"twice \(first crop, second crop, seed 0\)"):
        cell_means(frame((A, A, 0, 0.2, "ok"), (A, A, 0, 0.3, "ok")))


@pytest.mark.parametrize("metric", ["effective_rank", "top1"])
def test_only_accuracies_are_averaged(metric):
    with pytest.raises(ValueError, match=f"no accuracy is called '{metric}'; choose from linear_top1, "):
        row_means(frame((A, A, 0, 0.2, "ok")), metric)


def test_a_frame_without_the_metric_is_refused():
    with pytest.raises(ValueError, match="no column 'knn_top1'"):
        cell_means(frame((A, A, 0, 0.2, "ok")), "knn_top1")


def test_a_csv_is_summarised_like_the_folder(tmp_path):
    folder = build(
        tmp_path, [A, B], lambda first, second, seed: len(first + second) / 20 + seed / 9, seeds=[0, 1]
    )
    results = load_results(folder)
    results.to_csv(tmp_path / "cells.csv", index=False)
    again = pd.read_csv(tmp_path / "cells.csv")
    pd.testing.assert_frame_equal(cell_means(results), cell_means(again), check_dtype=False)
    pd.testing.assert_frame_equal(row_means(results), row_means(again), check_dtype=False)


def test_every_baseline_of_the_grid_is_told_of(tmp_path):
    folder = build(tmp_path, [A], lambda *_: 0.4, seeds=[0, 1])
    baselines = load_baselines(folder)
    means = baseline_means(baselines[baselines["kind"] != "supervised"])
    assert means.loc["random-init", ["mean", "n", "state"]].tolist() == [0.25, 2, "ok"]
    assert means.loc["raw-pixels", "n"] == 1
    assert means.loc["supervised", "state"] == "pending"
