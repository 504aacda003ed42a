"""Optimisers, learning-rate scaling, and the schedule."""

import pytest
import torch
from torch import nn

from ablation.grid.recipe import Pretrain
from ablation.pretrain.optimizers import LARS, build_optimizer, peak_rate, rate_at


def test_lars_step_by_hand():
    w = nn.Parameter(torch.tensor([3.0, 4.0]))  # |w| = 5
    optimizer = LARS([w], lr=2.0, momentum=0.9, weight_decay=0.1, trust=0.01)
    gradient = torch.tensor([0.7, -0.4])
    decayed = gradient + 0.1 * w.detach()  # (1, 0): |g| = 1
    w.grad = gradient.clone()
    optimizer.step()
    step = 2.0 * 0.01 * 5 / 1 * decayed
    assert torch.allclose(w.detach(), torch.tensor([3.0, 4.0]) - step)
    before = w.detach().clone()
    w.grad = torch.zeros(2)
    optimizer.param_groups[0]["weight_decay"] = 0.0
    optimizer.step()
    assert torch.allclose(w.detach(), before - 0.9 * step)  # momentum carries on


def test_lars_without_adaptation_is_sgd_with_momentum():
    a, b = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(3))
    lars = LARS([{"params": [a], "adapt": False}], lr=0.1, momentum=0.9)
    sgd = torch.optim.SGD([b], lr=0.1, momentum=0.9)
    for step in range(3):
        a.grad = b.grad = torch.full((3,), float(step + 1))
        lars.step()
        sgd.step()
    assert torch.allclose(a, b)


def test_lars_leaves_zero_weights_finite():
    w = nn.Parameter(torch.zeros(3))
    optimizer = LARS([w], lr=0.1)
    w.grad = torch.ones(3)
    optimizer.step()
    assert w.isfinite().all()


@pytest.mark.parametrize("name", ["adamw", "sgd", "lars"])
def test_batch_norm_and_biases_are_not_decayed(name):
    network = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
    optimizer = build_optimizer([network], Pretrain(optimizer=name, weight_decay=0.1, learning_rate=0.1))
    decayed = {id(p) for group in optimizer.param_groups if group["weight_decay"] for p in group["params"]}
    assert decayed == {id(network[0].weight)}


@pytest.mark.parametrize("name", ["adamw", "sgd", "lars"])
def test_every_optimizer_lowers_a_loss(name):
    torch.manual_seed(0)
    network, x = nn.Linear(4, 1, bias=False), torch.randn(32, 4)
    # LARS moves a thousandth of the weights' norm a step
    rate = {"adamw": 0.05, "sgd": 0.05, "lars": 20.0}[name]
    optimizer = build_optimizer([network], Pretrain(optimizer=name, learning_rate=rate))
    first = None
    for _ in range(50):
        loss = (network(x) - x.sum(dim=1, keepdim=True)).square().mean()
        first = loss.item() if first is None else first
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.5 * first


@pytest.mark.parametrize(("batch", "linear", "sqrt"), [(256, 0.3, 1.2), (4096, 4.8, 4.8)])
def test_the_papers_two_scalings_agree_at_4096(batch, linear, sqrt):  # Appendix B.1
    assert peak_rate(Pretrain(batch_size=batch, learning_rate=0.3, scaling="linear")) == pytest.approx(linear)
    assert peak_rate(Pretrain(batch_size=batch, learning_rate=0.075, scaling="sqrt")) == pytest.approx(sqrt)


def test_rate_rises_then_falls_and_never_leaves_its_range():
    job = Pretrain(learning_rate=2.0, warmup=0.25)
    rates = [rate_at(step, 40, job) for step in range(40)]
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert max(rates) == 2.0
    assert min(rates) > 0


def test_without_warmup_the_first_step_is_the_peak():
    assert rate_at(0, 10, Pretrain(learning_rate=1.0, warmup=0.0)) == 1.0
