"""RankMe on spectra that are known."""

import math

import pytest
import torch

from ablation.evaluate.label_free.ranks import rankme


def test_orthonormal_rows_fill_as_many_dimensions_as_there_are():
    q = torch.linalg.qr(torch.randn(64, 16, generator=torch.Generator().manual_seed(0)))[0]
    assert rankme(q) == pytest.approx(16, abs=1e-3)
    assert rankme(q.T) == pytest.approx(16, abs=1e-3)  # fewer rows than columns


def test_one_direction_is_one_dimension_and_the_mean_is_not_taken_off():
    column = torch.arange(1.0, 41.0)[:, None]
    assert rankme(column * torch.ones(8)) == pytest.approx(1, abs=1e-3)
    # Centred, these would be one direction as well; as they are, there are two.
    two = torch.cat([torch.full((40, 1), 10.0), column - 20.5], dim=1)
    assert rankme(two) > 1.9


def test_unequal_singular_values_count_by_their_entropy():
    p = torch.tensor([0.7, 0.2, 0.1], dtype=torch.float64)
    assert rankme(p.diag()) == pytest.approx(math.exp(-sum(x * math.log(x) for x in p.tolist())), abs=1e-4)
