"""NT-Xent against the paper's double loop."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ablation.pretrain.objectives.measures import contrastive_top1
from ablation.pretrain.objectives.nt_xent import nt_xent


def projections(n, dimensions=5, seed=0):
    draws = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(n, dimensions, generator=draws, dtype=torch.float64) for _ in range(2))


def brute_force(z1, z2, temperature):
    """Equation 1, as it is written: a loop over the 2N views, a loop over the others."""
    z = torch.cat([z1, z2])
    n, total = len(z1), 0.0
    for i in range(2 * n):
        partner = (i + n) % (2 * n)
        similarity = [z[i] @ z[k] / (z[i].norm() * z[k].norm()) / temperature for k in range(2 * n)]
        others = sum(similarity[k].exp() for k in range(2 * n) if k != i)
        total = total - (similarity[partner].exp() / others).log()
    return total / (2 * n)


@given(st.integers(1, 6), st.floats(0.1, 2.0), st.integers(0, 100))
@settings(max_examples=25)
def test_nt_xent_and_its_gradient_equal_the_double_loop(n, temperature, seed):
    z1, z2 = (z.requires_grad_() for z in projections(n, seed=seed))
    ours, reference = nt_xent(z1, z2, temperature), brute_force(z1, z2, temperature)
    rounding = 8 * torch.finfo(torch.float32).eps / min(1, temperature)  # similarities are float32
    assert ours.item() == pytest.approx(reference.item(), abs=rounding)
    for a, b in zip(
        torch.autograd.grad(ours, (z1, z2)), torch.autograd.grad(reference, (z1, z2)), strict=True
    ):
        assert torch.allclose(a.double(), b, atol=rounding)


def test_nt_xent_ignores_the_length_of_projections():
    z1, z2 = projections(4)
    assert nt_xent(z1, z2, 0.5) == pytest.approx(float(nt_xent(3 * z1, 7 * z2, 0.5)), abs=1e-6)


def test_nt_xent_is_symmetric_in_the_views():
    z1, z2 = projections(4)
    assert float(nt_xent(z1, z2, 0.5)) == pytest.approx(float(nt_xent(z2, z1, 0.5)), abs=1e-6)


def test_identical_projections_are_at_chance():
    z = torch.ones(8, 3)
    assert float(nt_xent(z, z, 0.5)) == pytest.approx(math.log(15), abs=1e-5)


def test_contrastive_top1_counts_the_views_that_find_their_partner():
    z = torch.eye(4)
    assert float(contrastive_top1(z, z)) == 1
    assert float(contrastive_top1(z, z.roll(1, dims=0))) == 0
