"""Whether scores without labels would have chosen well."""

from itertools import product
from math import isnan

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ablation.results.findings.leak_and_accuracy import leak_against_accuracy
from ablation.results.findings.proxies import PROXIES, proxies
from ablation.results.findings.proxies_words import proxies_sentence
from ablation.results.metrics import CURVES, LABEL_FREE, METRICS

NAMES = ["crop", "color", "blur", "noise", "rotate"]
ACCURACY = np.random.default_rng(0).permutation(25) / 50  # all different


def frame(**scores):
    cells = pd.DataFrame(product(NAMES, NAMES), columns=["first", "second"])
    return cells.assign(seed=0, outcome="ok", linear_top1_val=ACCURACY, **scores)


def found(score, **scores):
    return proxies(frame(**scores)).set_index("score").loc[score]


def cell(place):
    return NAMES[place // 5], NAMES[place % 5]


def test_every_score_without_labels_is_compared():
    assert {one.score for one in PROXIES} == {*LABEL_FREE, *CURVES} < set(METRICS)


@pytest.mark.parametrize(("score", "sign"), [("rankme_z", 1), ("alignment", -1), ("uniformity", -1)])
def test_rho_is_scipys_and_above_0_where_better_scores_go_with_accuracy(score, sign):
    values = ACCURACY + np.random.default_rng(1).normal(0, 0.1, 25)
    row = found(score, **{score: sign * values})
    assert row["rho"] == pytest.approx(stats.spearmanr(values, ACCURACY).statistic)
    assert (row["first"], row["second"]) == cell(values.argmax())
    assert row["lost"] == pytest.approx(ACCURACY.max() - ACCURACY[values.argmax()])


def test_alpha_is_better_near_1_from_either_side():
    sides = np.where(np.arange(25) % 2, 1, -1)
    row = found("alpha_req", alpha_req=1 + sides * (1 - ACCURACY))
    assert row["rho"] == pytest.approx(1)
    assert row["lost"] == 0


def test_p_is_that_of_the_leak():
    values = ACCURACY + np.random.default_rng(1).normal(0, 0.1, 25)
    row = found("lidar_h", lidar_h=values)
    leak = leak_against_accuracy(frame(leak_bits=values), "linear_top1_val")
    assert (row["p"], row["smallest_p"]) == (leak.p, leak.smallest_p)


def test_cells_without_a_score_are_left_out_and_there_is_no_p():
    values = ACCURACY.copy()
    values[ACCURACY.argmax()] = np.nan
    row = found("rankme_h", rankme_h=values)
    assert (row["cells"], row["rho"]) == (24, pytest.approx(1))
    assert isnan(row["p"])
    assert row["lost"] == pytest.approx(np.diff(np.sort(ACCURACY))[-1])  # below the best of all cells
    none = found("lidar_z", rankme_h=values)
    assert (none["cells"], none["first"]) == (0, "")
    assert isnan(none["rho"])


def test_seeds_are_averaged_before_cells_are_ranked():
    one, two = (frame(lidar_h=ACCURACY + swing).assign(seed=k) for k, swing in enumerate((0.5, -0.5)))
    row = proxies(pd.concat([one, two])).set_index("score").loc["lidar_h"]
    assert (row["cells"], row["rho"]) == (25, pytest.approx(1))


def test_the_sentence_names_the_score_that_agrees_best_and_what_it_and_chance_lose():
    results = frame(rankme_h=-ACCURACY, rotation_top1=ACCURACY, knn_top1_val=ACCURACY[::-1])
    told = proxies_sentence(proxies(results), results)
    best = " → ".join(dict.fromkeys(cell(ACCURACY.argmax())))
    assert told.startswith(
        "Of 2 scores that need no label, rotation top-1 ranks the cells most as validation linear top-1 does "
        "(Spearman's ρ = 1.00, p = 0.017 by relabelling the augmentations). "
        f"Its favourite, {best}, is 0.0 points below the best cell"
    )
    assert "a cell drawn at random is 24.0 points below it on average" in told
    assert "the favourite of validation kNN top-1, which needs labels" in told


def test_there_is_no_sentence_without_stored_scores_and_none_is_praised_that_misleads():
    assert proxies_sentence(proxies(frame(loss=ACCURACY)), frame(loss=ACCURACY)) == ""
    misled = frame(rankme_h=-ACCURACY)
    assert proxies_sentence(proxies(misled), misled).startswith("None of 1 scores")
