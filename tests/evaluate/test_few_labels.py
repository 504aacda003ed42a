"""Fine-tuning and linear evaluation on few labels, where the answer is known."""

import numpy as np
import pytest
import torch

from ablation.data.dataset import Dataset, Split
from ablation.data.device import to_device
from ablation.evaluate.few_labels import Labelled, fine_tune, linear
from ablation.grid.few_labels import Tuning
from ablation.grid.recipe import Evaluate, Pretrain
from ablation.pretrain.features import extract, fingerprint
from ablation.pretrain.network import initial


def planted(count, seed):
    """Four classes of one colour each, under noise."""
    random, labels = np.random.default_rng(seed), np.arange(count) % 4
    colors = np.array([[200, 60, 60], [60, 200, 60], [60, 60, 200], [200, 200, 60]])
    noisy = colors[labels][:, :, None, None] + random.normal(0, 60, (count, 3, 8, 8))
    return Split(np.clip(noisy, 0, 255).astype(np.uint8), labels)


@pytest.fixture(scope="module")
def data():
    return to_device(Dataset(planted(400, 0), planted(200, 1), None, tuple("abcd"), ()), torch.device("cpu"))


@pytest.fixture(scope="module")
def encoder():
    return initial(Pretrain(width=8), 0, torch.device("cpu")).encoder


def test_separable_classes_are_learnt_from_many_labels_and_the_encoder_stays_as_it_was(data, encoder):
    before, labelled = fingerprint(encoder), Labelled.of(data, Evaluate(), 0.8, 0)
    scores = fine_tune(encoder, data, labelled, Tuning(8, 32, (0.01, 0.03)), 0)
    assert scores.top1 > 0.9
    assert fingerprint(encoder) == before
    again = fine_tune(encoder, data, labelled, Tuning(8, 32, (0.01, 0.03)), 0)
    assert again == scores


def test_without_a_step_from_its_labels_nothing_is_learnt(data, encoder):
    labelled = Labelled.of(data, Evaluate(), 0.01, 0)
    assert len(labelled.rows) == 4
    scores = fine_tune(encoder, data, labelled, Tuning(1, 32, (1e-9,)), 0)
    assert scores.top1 < 0.6


def test_a_learning_rate_that_diverges_is_never_chosen(data, encoder):
    labelled = Labelled.of(data, Evaluate(), 0.1, 0)
    assert fine_tune(encoder, data, labelled, Tuning(3, 32, (0.01, 1e30)), 0).chosen == 0.01
    assert fine_tune(encoder, data, labelled, Tuning(3, 32, (1e30,)), 0) is None


def test_a_linear_classifier_of_few_labels_sees_no_other_label(data, encoder):
    labelled = Labelled.of(data, Evaluate(), 0.1, 0)
    h = tuple(extract(encoder, one.pixels, data.normalize) for one in (data.train, data.test))
    scores = linear(h, data, labelled, Evaluate())
    assert scores.top1 > 0.5
    used = torch.cat([labelled.rows, labelled.validation])
    others = torch.ones(len(data.train.labels), dtype=torch.bool)
    others[used] = False
    kept = data.train.labels.clone()
    try:
        data.train.labels[others] = 0
        assert linear(h, data, labelled, Evaluate()) == scores
    finally:
        data.train.labels.copy_(kept)
