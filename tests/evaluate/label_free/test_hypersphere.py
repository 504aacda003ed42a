"""Alignment and uniformity of known points."""

import math

import pytest
import torch

from ablation.evaluate.label_free.hypersphere import alignment, uniformity


def test_alignment_is_the_mean_squared_distance_on_the_sphere():
    first = torch.tensor([[2.0, 0.0], [0.0, 5.0]])
    second = torch.tensor([[0.0, 1.0], [0.0, 0.1]])
    assert alignment(first, second) == pytest.approx((2 + 0) / 2)


def test_uniformity_counts_every_pair_once_and_no_point_with_itself():
    corners = torch.tensor([[1.0, 0.0], [0.0, 3.0], [-1.0, 0.0], [0.0, -1.0]])
    # Of six pairs, four lie √2 apart and two lie 2 apart.
    assert uniformity(corners) == pytest.approx(math.log((4 * math.exp(-4) + 2 * math.exp(-8)) / 6), abs=1e-5)
    assert uniformity(torch.ones(5, 3)) == pytest.approx(0, abs=1e-5)
