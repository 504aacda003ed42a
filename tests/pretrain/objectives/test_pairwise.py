"""Losses of pairs of views against their papers' equations, pair by pair."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ablation.grid.recipe import Pretrain
from ablation.pretrain.batches import Batch
from ablation.pretrain.network import initial
from ablation.pretrain.objectives import build_objective
from ablation.pretrain.objectives.dcl import decoupled
from ablation.pretrain.objectives.debiased import debiased
from ablation.pretrain.objectives.measures import semi_hard, similarities
from ablation.pretrain.objectives.nt_logistic import nt_logistic
from ablation.pretrain.objectives.triplet import triplet

T = 0.5


def log_sigmoid(value):
    return -(1 + (-value).exp()).log()


def slow_decoupled(positive, negative):
    return -(positive / T) + sum((one / T).exp() for one in negative).log()


def slow_debiased(positive, negative, concentration=0.0, prior=0.1):
    p, n = (positive / T).exp(), [(one / T).exp() for one in negative]
    importance = [one**concentration for one in n]
    mean = sum(importance) / len(n)
    others = sum(w * one for w, one in zip(importance, n, strict=True)) / mean
    ng = (others - prior * len(n) * p) / (1 - prior)
    least = torch.tensor(len(n) * math.exp(-1 / T), dtype=positive.dtype)
    return -(p / (p + torch.maximum(ng, least))).log()


def slow_logistic(positive, negative):
    return -log_sigmoid(positive / T) - sum(log_sigmoid(-one / T) for one in negative) / len(negative)


def slow_triplet(positive, negative):
    return sum(torch.clamp(one - positive + 0.8, min=0) for one in negative) / len(negative)


def hardest(positive, negative):
    below = [one for one in negative if one < positive]
    return [max(below) if below else min(negative)]


CASES = {
    "dcl": (lambda s: decoupled(s, T), slow_decoupled),
    "debiased": (lambda s: debiased(s, T, 0.1), slow_debiased),
    "hard negatives": (lambda s: debiased(s, T, 0.1, 0.7), lambda p, n: slow_debiased(p, n, 0.7)),
    "nt-logistic": (lambda s: nt_logistic(s, T), slow_logistic),
    "nt-logistic, semi-hard": (
        lambda s: nt_logistic(s, T, True),
        lambda p, n: slow_logistic(p, hardest(p, n)),
    ),
    "triplet": (lambda s: triplet(s, 0.8), slow_triplet),
    "triplet, semi-hard": (lambda s: triplet(s, 0.8, True), lambda p, n: slow_triplet(p, hardest(p, n))),
}


def slowly(loss, z1, z2):
    z = torch.cat([z1, z2])
    n, total = len(z1), 0.0
    for i in range(2 * n):
        partner = (i + n) % (2 * n)
        cosine = [z[i] @ z[k] / (z[i].norm() * z[k].norm()) for k in range(2 * n)]
        total = total + loss(cosine[partner], [cosine[k] for k in range(2 * n) if k not in (i, partner)])
    return total / (2 * n)


@pytest.mark.parametrize("name", CASES)
@given(st.integers(2, 5), st.integers(0, 100))
@settings(max_examples=10, deadline=None)
def test_loss_and_gradient_equal_the_slow_version(name, n, seed):
    ours_of, theirs_of = CASES[name]
    draws = torch.Generator().manual_seed(seed)
    z1, z2 = (torch.randn(n, 5, generator=draws, dtype=torch.float64).requires_grad_() for _ in range(2))
    ours, theirs = ours_of(similarities(z1, z2)), slowly(theirs_of, z1, z2)
    assert ours.item() == pytest.approx(theirs.item(), abs=1e-5)
    for a, b in zip(torch.autograd.grad(ours, (z1, z2)), torch.autograd.grad(theirs, (z1, z2)), strict=True):
        assert torch.allclose(a.double(), b, atol=1e-5)


@pytest.mark.parametrize("name", ["nt-xent", "dcl", "debiased", "hard-negatives", "nt-logistic", "triplet"])
@given(rows=st.integers(1, 11), seed=st.integers(0, 100))
@settings(max_examples=10, deadline=None)
def test_blocks_of_rows_have_the_loss_the_measure_and_the_gradient_of_the_whole(name, rows, seed):
    job = Pretrain(objective=name, width=8, chunk=2)
    objective = build_objective(job, initial(job, 0, torch.device("cpu")), 0)
    z = torch.randn(10, 6, generator=torch.Generator().manual_seed(seed))
    found = []
    for objective.rows in (None, rows):
        own = z.clone().requires_grad_()
        loss = objective(lambda x: (x, x), Batch(own, views=2))
        loss.value.backward()
        found.append((loss.value.detach(), loss.measures["contrastive_top1"], own.grad))
    for whole, in_blocks in zip(*found, strict=True):
        assert torch.allclose(whole, in_blocks, atol=1e-6)


def test_without_l2_similarities_are_dot_products():
    z = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    assert similarities(z, z, l2=False)[0].tolist() == [-math.inf, 0.0, 4.0, 0.0]
    assert Pretrain(l2=False).objective.l2 is False


def test_a_semi_hard_negative_is_the_nearest_beyond_the_partner_else_the_farthest():
    negative = torch.tensor([[0.1, 0.3, 0.6], [0.9, 0.8, 0.7]])
    assert semi_hard(torch.tensor([0.5, 0.2]), negative).tolist() == [1, 2]
