"""Accuracies."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from ablation.evaluate.scores import balanced, top1


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_scores_equal_scikit_learns(pairs):
    predictions, labels = torch.tensor(pairs).T
    present = torch.isin(predictions, labels.unique())  # scikit-learn warns of predictions of absent classes
    assert abs(top1(predictions, labels) - accuracy_score(labels, predictions)) < 1e-12
    if present.all() and len(labels.unique()) > 1:
        assert abs(balanced(predictions, labels) - balanced_accuracy_score(labels, predictions)) < 1e-12
