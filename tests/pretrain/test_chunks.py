"""Chunks give the gradient of the whole batch, whatever the objective; only batch norm sees less."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from ablation.augment.views import TwoViews
from ablation.grid.recipe import OBJECTIVES, Pretrain, Views
from ablation.pretrain.batches import Batch
from ablation.pretrain.chunks import Chunked
from ablation.pretrain.loop import pretrain
from ablation.pretrain.network import Network, initial
from ablation.pretrain.objectives import build_objective

CPU = torch.device("cpu")
N = 8


class InParts(Network):
    """The slow version: chunk by chunk, too, but with one graph of them all."""

    def forward(self, x):
        parts = [super(InParts, self).forward(chunk) for chunk in x.tensor_split(len(x) // 5)]
        return tuple(torch.cat(part) for part in zip(*parts, strict=True))


def job(name, **settings):
    return Pretrain(objective=name, width=8, projection=10, epochs=2, batch_size=16, **settings)


def gradients(name, wrap, settle=nn.Module.train, **settings):
    net = initial(job(name, **settings), 0, CPU).double().train()
    objective = build_objective(job(name, **settings), net, 0).double().train()
    settle(net)
    x = torch.randn(2 * N, 3, 16, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    through = wrap(net)
    loss = objective(through, Batch(x, views=2)).value
    loss.backward()
    if isinstance(through, Chunked):
        through.finish()
    weights = [*net.parameters(), *(p for p in objective.parameters() if p.requires_grad)]
    return loss.item(), [p.grad for p in weights]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        *((name, {}) for name in OBJECTIVES if name not in ("i-jepa", "supervised")),  # which refuse them
        ("nt-xent", {"encoder": "vit-micro"}),
        ("dino", {"local_crops": 2, "local_size": 8}),
    ],
)
def test_the_gradient_is_that_of_one_graph(name, settings):
    ours = gradients(name, lambda net: Chunked(net, 5), **settings)
    theirs = gradients(name, lambda net: InParts(net.encoder, net.head, net.projection), **settings)
    assert ours[0] == pytest.approx(theirs[0], abs=1e-6)
    for a, b in zip(ours[1], theirs[1], strict=True):
        assert torch.allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("name", ["nt-xent", "vicreg"])
def test_without_batch_statistics_it_is_that_of_the_whole_batch(name):
    def settle(net):
        for module in net.modules():
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                module.eval()

    ours, theirs = (
        gradients(name, lambda net: Chunked(net, 3), settle),
        gradients(name, lambda net: net, settle),
    )
    for a, b in zip(ours[1], theirs[1], strict=True):
        assert torch.allclose(a, b, atol=1e-5)


def test_a_job_in_chunks_trains_and_one_chunk_is_the_whole_batch(data):
    def run(**settings):
        views = TwoViews.build([], Views(), 16, 0)
        net = initial(job("nt-xent"), 0, CPU)
        return pretrain(net, data, views, job("nt-xent", **settings), 0).epochs[-1].loss

    assert run(chunk=32) == pytest.approx(run(), abs=1e-4)
    assert run(chunk=4) != run()


def test_the_network_keeps_its_own_weights():
    net = initial(job("nt-xent"), 0, CPU)
    before = deepcopy(net.state_dict())
    assert [*Chunked(net, 4).state_dict()] == [*before]
