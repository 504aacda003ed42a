"""Frozen features, effective rank, the encoder's fingerprint."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from ablation.pretrain.features import effective_rank, extract, fingerprint


def test_extraction_changes_neither_weights_nor_statistics_nor_mode(data):
    encoder = nn.Sequential(nn.BatchNorm2d(3), nn.Flatten()).train()
    before = fingerprint(encoder)
    extract(encoder, data.train.pixels, data.normalize)
    assert fingerprint(encoder) == before
    assert encoder.training


def test_features_of_an_image_do_not_depend_on_its_neighbours(data):
    encoder = nn.Sequential(nn.BatchNorm2d(3), nn.Flatten())
    together = extract(encoder, data.train.pixels, data.normalize)
    alone = extract(encoder, data.train.pixels[3:4], data.normalize)
    assert torch.allclose(together[3], alone[0])


@given(st.integers(1, 8))
def test_effective_rank_of_k_equal_directions_is_k(k):
    h = torch.zeros(2 * k, 10)
    h[torch.arange(k), torch.arange(k)] = 1
    h[k + torch.arange(k), torch.arange(k)] = -1
    assert effective_rank(h) == pytest.approx(k, abs=1e-6)


def test_effective_rank_of_constant_features_is_one():
    assert effective_rank(torch.full((5, 3), 2.0)) == 1


def test_effective_rank_of_features_that_are_not_finite_is_nan():
    assert math.isnan(effective_rank(torch.tensor([[float("nan"), 1.0]])))


def test_fingerprint_sees_batch_norm_statistics():
    norm = nn.BatchNorm2d(3)
    before = fingerprint(norm)
    norm.running_mean.add_(1e-6)
    assert fingerprint(norm) != before
