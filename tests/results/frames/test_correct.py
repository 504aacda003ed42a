from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from ablation.errors import ResultsError
from ablation.results.frames.correct import image_covariance
from ablation.results.loading import load_correct, load_results
from ablation.results.stored.arrays import read_arrays
from ablation.results.stored.cells import CellResult, read_record, write_cell
from tests.results.builder import build, sized


@pytest.fixture
def folder(tmp_path):
    return build(tmp_path, ["crop", "color"], lambda *_: 0.4, seeds=[0, 1])


def rewrite(folder, id, **arrays):
    record = read_record(folder, id)
    changed = replace(read_arrays(folder, record), **arrays)
    write_cell(folder, CellResult(sized(record, changed), changed))


def test_one_row_a_cell_and_seed_says_which_images_it_got_right(folder):
    id = load_results(folder)["id"][0]
    arrays = read_arrays(folder, read_record(folder, id))
    correct = load_correct(folder)
    assert correct.shape == (8, 20)  # the baselines of this folder have no arrays
    assert correct.loc[id].tolist() == (arrays.predictions == arrays.labels).tolist()


def test_a_rare_class_counts_more_in_a_balanced_accuracy(folder):
    labels = np.array([0] * 15 + [4] * 5, np.uint16)
    for id in load_results(folder)["id"]:
        rewrite(
            folder, id, labels=labels, predictions=np.array([0] * 10 + [1] * 5 + [4] + [2] * 4, np.uint16)
        )
    np.testing.assert_allclose(
        load_correct(folder, "linear_balanced").mean(axis="columns"), (10 / 15 + 1 / 5) / 2
    )
    np.testing.assert_allclose(load_correct(folder).mean(axis="columns"), 11 / 20)


def test_validation_is_loaded_where_it_was_kept(folder):
    assert load_correct(folder, "linear_top1_val").empty
    id = load_results(folder)["id"][2]
    rewrite(
        folder,
        id,
        validation_predictions=np.array([1, 2, 3], np.uint16),
        validation_labels=np.array([1, 2, 4], np.uint16),
    )
    assert load_correct(folder, "linear_top1_val").loc[id].tolist() == [1, 1, 0]


def test_cells_of_different_images_are_refused(folder):
    rewrite(folder, load_results(folder)["id"][2], labels=np.zeros(20, np.uint16))
    with pytest.raises(ResultsError, match="different images"):
        load_correct(folder)


def test_knn_has_no_predictions(folder):
    with pytest.raises(ValueError, match="no predictions are stored for knn_top1"):
        load_correct(folder, "knn_top1")


def test_with_one_seed_the_error_of_a_difference_is_mcnemars():
    random = np.random.default_rng(0)
    right = random.random((2, 500)) < [[0.6], [0.5]]
    covariance = image_covariance(pd.DataFrame(right.astype(float)), pd.DataFrame([[0], [1]]))
    gained, lost = (right[0] & ~right[1]).sum(), (right[1] & ~right[0]).sum()
    by_hand = (gained + lost - (gained - lost) ** 2 / 500) / 500**2
    contrast = np.array([1, -1])
    assert contrast @ covariance @ contrast == pytest.approx(by_hand, rel=1e-4)
    p = right[0].mean()
    assert covariance[0, 0] == pytest.approx(p * (1 - p) / 500, rel=1e-4)


def test_with_seeds_only_what_they_share_counts_and_gaps_do_not_harm():
    random = np.random.default_rng(0)
    easy = 1.5 * random.standard_normal(20_000)
    chance = expit(easy + random.standard_normal((2, 1, 20_000)))  # of two cells, whatever the seed
    right = random.random((2, 3, 20_000)) < chance
    correct = pd.DataFrame(right.reshape(6, -1).astype(float))
    ids = pd.DataFrame([[0, 1, 2], [3, 4, pd.NA]], dtype=object)
    covariance = image_covariance(correct, ids)
    np.testing.assert_allclose(covariance, np.cov(chance[:, 0]) / 20_000, rtol=0.03)
    without = image_covariance(correct, pd.DataFrame([[0, 1, 2], [None, None, None]], dtype=object))
    assert np.isnan(without).tolist() == [[False, True], [True, True]]
