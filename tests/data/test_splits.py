import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ablation.data.draws import raw_bits
from ablation.data.splits import (
    balanced_subset,
    no_group_on_both_sides,
    subset,
    train_test_split,
    validation_split,
)
from ablation.errors import DataError

labelled = st.lists(st.integers(0, 3), min_size=8, max_size=120).map(np.array)


@given(st.integers(2, 5), st.integers(5, 30), st.integers(0, 50), st.data())
def test_subsets_are_balanced_sorted_and_without_repeats(classes, each, seed, draw):
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(classes), each))
    size = draw.draw(st.integers(classes, classes * (each - 1)))
    chosen = balanced_subset(labels, size, seed)
    counts = np.bincount(labels[chosen], minlength=classes)
    assert len(chosen) == size
    assert (np.diff(chosen) > 0).all()
    assert counts.max() - counts.min() <= 1


def test_a_larger_subset_holds_the_smaller():
    labels = np.arange(100) % 5
    assert set(balanced_subset(labels, 20, 1)) <= set(balanced_subset(labels, 60, 1))
    assert set(balanced_subset(labels, 20, 1)) != set(balanced_subset(labels, 20, 2))


def test_a_subset_of_a_seed_never_changes():
    assert balanced_subset(np.arange(40) % 4, 8, seed=3).tolist() == [14, 19, 21, 24, 25, 28, 31, 34]


def test_an_unusable_image_is_replaced_by_one_of_its_class_and_no_other_changes():
    labels = np.arange(100) % 5
    before = balanced_subset(labels, 20, 0)
    usable = np.ones(100, bool)
    usable[before[3]] = False
    after = balanced_subset(labels, 20, 0, usable=usable)
    (gone,), (new,) = set(before) - set(after), set(after) - set(before)
    assert gone == before[3]
    assert labels[new] == labels[gone]


def test_too_large_a_subset_names_the_setting_the_class_and_what_can_be_had():
    labels = np.array([0] * 50 + [1] * 7)
    with pytest.raises(
        DataError, match=r"data.train = 40: .* 20 images of class 'owl', which has 7; ask for 14 or fewer"
    ):
        subset(labels, 40, 0, "data.train", ("cat", "owl"))
    with pytest.raises(DataError, match="1 image cannot cover 2 classes"):
        subset(labels, 1, 0, "data.train")


@given(labelled, st.floats(0.05, 0.95), st.integers(0, 9))
def test_splits_hold_out_the_fraction_of_every_class(labels, fraction, seed):
    labels = np.unique(labels, return_inverse=True)[1]
    counts = np.bincount(labels)
    assume(counts.min() >= 2)
    fit, held_out = train_test_split(labels, fraction, seed=seed)
    assert np.array_equal(np.sort(np.concatenate([fit, held_out])), np.arange(len(labels)))
    expected = np.clip(counts * fraction, 1, counts - 1)
    assert (np.abs(np.bincount(labels[held_out]) - expected) <= 0.5).all()


@given(st.data(), labelled, st.floats(0.1, 0.6), st.integers(0, 9))
def test_no_group_is_on_both_sides_and_every_class_is(draw, labels, fraction, seed):
    labels = np.unique(labels, return_inverse=True)[1]
    groups = np.array(draw.draw(st.lists(st.integers(-9, 9), min_size=len(labels), max_size=len(labels))))
    try:
        fit, held_out = validation_split(labels, fraction, groups, seed)
    except DataError:
        return
    assert not set(groups[fit]) & set(groups[held_out])
    assert set(labels[fit]) == set(labels[held_out]) == set(labels)
    assert len(fit) + len(held_out) == len(labels)


def test_groups_are_held_out_nearly_to_the_fraction():
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 10)
    labels = np.concatenate([random.integers(0, 3, 600)])
    _, held_out = validation_split(labels, 0.2, groups)
    assert (np.abs(np.bincount(labels[held_out]) / np.bincount(labels) - 0.2) < 0.06).all()


def test_a_rare_class_in_two_groups_is_still_on_both_sides():
    labels = np.array([0] * 40 + [1, 1])
    groups = np.array([*range(40), 0, 1])
    for seed in range(20):
        fit, held_out = validation_split(labels, 0.2, groups, seed)
        assert (labels[fit] == 1).sum() == (labels[held_out] == 1).sum() == 1


def test_a_class_in_one_group_cannot_be_split():
    with pytest.raises(DataError, match=r"class 'b' cannot be on both sides without .* only 1 of 3 groups"):
        train_test_split(np.array([0, 0, 0, 1, 1]), 0.4, np.array([1, 2, 3, 3, 3]), names=("a", "b"))


def test_a_class_of_one_image_cannot_be_split():
    with pytest.raises(DataError, match=r"class 1 has 1 training image, .* one to fit on"):
        validation_split(np.array([0, 0, 1]), 0.2)


def test_a_given_split_through_a_group_is_refused():
    with pytest.raises(DataError, match="scans: 1 group in both the training and the test split"):
        no_group_on_both_sides(np.array([1, 2]), np.array([2, 3]), "scans")


def test_validation_and_test_are_drawn_apart():
    labels = np.zeros(100, np.int64)
    assert validation_split(labels, 0.3)[1].tolist() != train_test_split(labels, 0.3)[1].tolist()


def dense_split(labels, fraction, groups):
    """The rule of `validation_split` with a groups × classes table: which images are held out."""
    counts = np.bincount(labels)
    targets = np.clip(np.floor(counts * fraction + 0.5).astype(np.int64), 1, counts - 1)
    names, group = np.unique(groups, return_inverse=True)
    contents = np.zeros((len(names), len(targets)), dtype=np.int64)
    np.add.at(contents, (group, labels), 1)
    order = np.argsort(raw_bits((0, 2), len(names)), kind="stable")
    chosen = np.zeros(len(names), dtype=bool)

    def fits():
        return ~chosen & (counts - contents[chosen].sum(axis=0) - contents > 0).all(axis=1)

    def missing():
        return targets - contents[chosen].sum(axis=0)

    for label in np.argsort((contents > 0).sum(axis=0), kind="stable"):
        if contents[chosen, label].sum():
            continue
        able = [i for i in order if fits()[i] and contents[i, label]]
        if not able:
            return None
        chosen[min(able, key=lambda i: np.abs(missing() - contents[i]).sum())] = True
    for i in order:
        if fits()[i] and np.abs(missing() - contents[i]).sum() < np.abs(missing()).sum():
            chosen[i] = True
    return np.flatnonzero(chosen[group])


@given(labelled, st.floats(0.05, 0.95), st.data())
def test_groups_are_held_out_as_by_a_table_of_all_groups_and_classes(labels, fraction, data):
    labels = np.unique(labels, return_inverse=True)[1]
    assume(np.bincount(labels).min() >= 2)
    groups = np.array(data.draw(st.lists(st.integers(0, 30), min_size=len(labels), max_size=len(labels))))
    expected = dense_split(labels, fraction, groups)
    if expected is None:
        with pytest.raises(DataError, match="cannot be on both sides without dividing a group"):
            validation_split(labels, fraction, groups)
    else:
        assert validation_split(labels, fraction, groups)[1].tolist() == expected.tolist()
