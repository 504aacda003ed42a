"""The table of metrics and what is stored name the same numbers."""

import pytest

from ablation.results.metrics import ACCURACIES, CURVES, METRICS, accuracy
from ablation.results.stored.record import Epoch, Scores


def test_every_accuracy_that_is_stored_is_in_the_table_in_that_order():
    assert [*ACCURACIES, "regularization", "decided_by"] == list(Scores.model_fields)
    assert set(CURVES) <= set(Epoch.model_fields)


@pytest.mark.parametrize("name", ACCURACIES)
def test_the_balanced_one_of_an_accuracy_is_of_the_same_reader_and_split(name):
    balanced = accuracy(accuracy(name).balanced)
    assert balanced.words == f"{METRICS[name].words.split()[0]} balanced accuracy"
    assert balanced.split == METRICS[name].split
    assert balanced.predicted == METRICS[name].predicted == (not name.startswith("knn"))


def test_a_leak_is_no_accuracy():
    with pytest.raises(
        ValueError, match=r"no accuracy is called 'leak_bits'; choose from linear_top1, linear_top1_val"
    ):
        accuracy("leak_bits")
