"""Losses beside those of lightly, a second witness; skipped where it is not installed (`make bench`)."""

import pytest
import torch

from ablation.grid.objectives import VICReg
from ablation.pretrain.objectives.barlow_twins import barlow_twins
from ablation.pretrain.objectives.byol import regression
from ablation.pretrain.objectives.dcl import decoupled
from ablation.pretrain.objectives.dino import distilled, sharpened
from ablation.pretrain.objectives.measures import similarities
from ablation.pretrain.objectives.moco import queued
from ablation.pretrain.objectives.nt_xent import nt_xent
from ablation.pretrain.objectives.vicreg import vicreg

lightly = pytest.importorskip("lightly.loss")

N, P = 12, 10
HALVED = 2  # lightly, as the authors' code, halves the variance of the two views; the paper does not


def ours_and_theirs():
    dino = lightly.DINOLoss(output_dim=P)
    center = 0.1 * torch.randn(P)
    dino.center.copy_(center)
    return {
        "nt-xent": (lambda a, b: nt_xent(a, b, 0.2), lightly.NTXentLoss(0.2)),
        "dcl": (lambda a, b: decoupled(similarities(a, b), 0.2), lightly.DCLLoss(0.2)),
        "byol": (regression, lambda a, b: 2 + 2 * lightly.NegativeCosineSimilarity()(a, b)),
        "barlow-twins": (lambda a, b: barlow_twins(a, b, 0.01), lightly.BarlowTwinsLoss(0.01)),
        "vicreg": (
            lambda a, b: vicreg(a, b, VICReg()),
            lightly.VICRegLoss(25.0, HALVED * 25.0, 4.0),
        ),
        "dino": (
            lambda a, b: (
                (
                    distilled(a, sharpened(b.detach(), center, 0.04), 0.1)
                    + distilled(b, sharpened(a.detach(), center, 0.04), 0.1)
                )
                / 2
            ),
            lambda a, b: dino([a.detach(), b.detach()], [a, b]),
        ),
    }


@pytest.mark.parametrize("name", ["nt-xent", "dcl", "byol", "barlow-twins", "vicreg", "dino"])
def test_value_and_gradient_are_those_of_lightly(name):
    torch.manual_seed(0)
    z1, z2 = torch.randn(2, N, P)
    values, gradients = [], []
    for loss in ours_and_theirs()[name]:
        a, b = z1.clone().requires_grad_(), z2.clone().requires_grad_()
        value = loss(a, b)
        value.backward()
        values.append(value.item())
        gradients.append(torch.cat([a.grad, b.grad]))
    assert values[0] == pytest.approx(values[1], rel=1e-4)
    assert torch.allclose(*gradients, rtol=1e-3, atol=1e-5)


def test_the_loss_of_a_queue_is_that_of_lightly():
    torch.manual_seed(0)
    query, key = torch.randn(2, N, P)
    theirs = lightly.NTXentLoss(0.2, memory_bank_size=(20, P))
    theirs(query, key)  # fills a part of the queue
    queue = theirs.memory_bank.bank.clone()
    key = torch.nn.functional.normalize(key, dim=1)
    assert queued(query, key, queue, 0.2).item() == pytest.approx(theirs(query, key).item(), rel=1e-4)
