from itertools import pairwise

import numpy as np
import pytest

from ablation.data.few import few_labels

LABELS = np.random.default_rng(0).permutation(np.repeat(np.arange(4), 250))
EVERY = np.arange(len(LABELS))


@pytest.mark.parametrize("grouped", [False, True])
def test_larger_shares_hold_the_smaller_ones_and_seeds_differ(grouped):
    groups = np.arange(len(LABELS)) // 3 if grouped else None
    shares = [few_labels(LABELS, share, 0, EVERY, groups).rows for share in (0.01, 0.1, 0.5)]
    for few, more in pairwise(shares):
        assert set(few) < set(more)
    assert set(few_labels(LABELS, 0.1, 1, EVERY, groups).rows) != set(shares[1])


def test_classes_have_equally_many_labels_none_of_them_held_out():
    among = EVERY[EVERY % 5 > 0]
    found = few_labels(LABELS, 0.1, 0, among)
    assert np.bincount(LABELS[found.rows]).tolist() == [25] * 4
    assert np.isin(found.rows, among).all()
    assert not found.notes


def test_whole_groups_are_taken_and_it_is_said():
    groups = np.random.default_rng(1).integers(0, 100, len(LABELS))
    found = few_labels(LABELS, 0.1, 0, EVERY, groups)
    chosen = np.isin(groups, groups[found.rows])
    assert np.array_equal(np.flatnonzero(chosen), found.rows)
    assert np.bincount(LABELS[found.rows]).min() >= 25
    assert found.notes[0].startswith("whole groups are taken: ")


def test_every_class_has_a_label_however_small_the_share_and_it_is_said():
    found = few_labels(LABELS, 0.001, 0, EVERY)
    assert np.bincount(LABELS[found.rows]).tolist() == [1] * 4
    assert found.notes == ("0.1 % is less than one label a class; each class has one",)


def test_a_class_of_too_few_images_gives_all_of_them_and_it_is_said():
    labels = np.r_[np.zeros(97, np.int64), np.ones(3, np.int64)]
    found = few_labels(labels, 0.2, 0, np.arange(100))
    assert np.bincount(labels[found.rows]).tolist() == [10, 3]
    assert found.notes == (
        "1 of 2 classes has fewer than 10 images outside validation; all of them are used",
    )
