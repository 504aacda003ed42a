"""BYOL against its paper, written out slowly."""

import math
from copy import deepcopy

import pytest
import torch
from torch import nn

from ablation.augment.views import TwoViews
from ablation.data.fingerprint import data_fingerprint
from ablation.data.prepare import prepare
from ablation.experiment import run_cell
from ablation.grid.cells import cells
from ablation.grid.models import Grid
from ablation.grid.objectives import BYOL
from ablation.grid.recipe import Pretrain, Views
from ablation.pretrain.batches import Batch, Stills, ViewBatches
from ablation.pretrain.loop import optimize, pretrain
from ablation.pretrain.network import initial
from ablation.pretrain.objectives import build_objective
from ablation.pretrain.objectives.base import Loss
from ablation.pretrain.objectives.byol import Bootstrap, regression
from ablation.pretrain.objectives.measures import spread

CPU = torch.device("cpu")
JOB = Pretrain(objective="byol", momentum=0.9, predictor_width=16, width=8, epochs=2, batch_size=16)
N = 6


def prepared(seed=0):
    """A network and its objective in double precision, with a teacher that differs, and a batch."""
    net = initial(JOB, seed, CPU)
    objective = build_objective(JOB, net, seed)
    net, objective = net.double().train(), objective.double().train()
    draws = torch.Generator().manual_seed(seed)
    for parameter in objective.teacher.parameters():
        parameter.add_(0.1 * torch.randn(parameter.shape, generator=draws, dtype=torch.float64))
    x = torch.randn(2 * N, 3, 16, 16, generator=draws, dtype=torch.float64)
    return net, objective, Batch(x, views=2)


def slowly(net, objective, batch):
    """Equations 2 and 3, image by image: each prediction against the other view's target, as constants."""
    first, second = batch.x[:N], batch.x[N:]
    total = torch.zeros((), dtype=torch.float64)
    for own, other in ((first, second), (second, first)):
        q = objective.predictor(net.head(net.encoder(own)))
        target = objective.teacher.head(objective.teacher.encoder(other)).detach().clone()
        for i in range(N):
            a, b = q[i] / q[i].square().sum().sqrt(), target[i] / target[i].square().sum().sqrt()
            total = total + (a - b).square().sum() / N
    return total


def test_loss_and_gradient_equal_the_slow_version():
    net, objective, batch = prepared()
    reference = [deepcopy(module) for module in (net, objective)]
    ours, theirs = objective(net, batch).value, slowly(*reference, batch)
    assert ours.item() == pytest.approx(theirs.item(), abs=1e-6)
    ours.backward()
    theirs.backward()
    trained = [*net.parameters(), *objective.predictor.parameters()]
    expected = [*reference[0].parameters(), *reference[1].predictor.parameters()]
    for parameter, other in zip(trained, expected, strict=True):
        assert torch.allclose(parameter.grad, other.grad, atol=1e-6)


def test_no_gradient_reaches_the_teacher_and_every_trained_weight_has_one():
    net, objective, batch = prepared()
    objective(net, batch).value.backward()
    assert all(p.grad is None and not p.requires_grad for p in objective.teacher.parameters())
    assert all(p.grad is not None for p in (*net.parameters(), *objective.predictor.parameters()))


@pytest.mark.parametrize("schedule", ["cosine", "constant"])
def test_the_teacher_follows_as_the_paper_says(schedule):
    job = JOB.model_copy(update={"objective": BYOL(momentum=0.8, momentum_schedule=schedule)})
    net = initial(job, 0, CPU)
    objective = build_objective(job, net, 0)
    for ours, theirs in zip(objective.teacher.parameters(), net.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    expected = [p.detach().clone() for p in net.parameters()]
    steps = 5
    for step in range(1, steps + 1):
        with torch.no_grad():
            for number, parameter in enumerate(net.parameters()):
                parameter.add_(0.01 * step * (number + 1))
        tau = 0.8 if schedule == "constant" else 1 - (1 - 0.8) * (math.cos(math.pi * step / steps) + 1) / 2
        expected = [tau * old + (1 - tau) * new for old, new in zip(expected, net.parameters(), strict=True)]
        objective.after_step(net, done=step / steps)
    for ours, theirs in zip(objective.teacher.parameters(), expected, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6)


def test_a_teacher_that_keeps_nothing_is_the_network():
    job = JOB.model_copy(update={"objective": BYOL(momentum=0.0, momentum_schedule="constant")})
    net = initial(job, 0, CPU)
    objective = build_objective(job, net, 0)
    nn.init.ones_(net.head[0].weight)
    objective.after_step(net, done=0.5)
    assert torch.equal(objective.teacher.head[0].weight, net.head[0].weight)


def test_each_view_passes_by_itself(data):
    net, sizes = initial(JOB, 0, CPU), []
    net.encoder.register_forward_hook(lambda f, x, _: sizes.append(len(x[0])) if f.training else None)
    pretrain(net, data, TwoViews.build([], Views(), 16, 0), JOB, 0)
    assert set(sizes) == {16}


def test_its_network_starts_where_every_objective_does_and_its_own_weights_are_of_the_seed():
    contrastive = Pretrain(width=8)
    for ours, theirs in zip(
        initial(JOB, 3, CPU).parameters(), initial(contrastive, 3, CPU).parameters(), strict=True
    ):
        assert torch.equal(ours, theirs)
    built = (build_objective(JOB, initial(JOB, 3, CPU), seed) for seed in (3, 3, 4))
    one, same, other = (objective.predictor[0].weight for objective in built)
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_job_is_repeatable_and_records_how_far_it_is_from_collapse(data):
    def run():
        return pretrain(initial(JOB, 0, CPU), data, TwoViews.build([], Views(), 16, 0), JOB, 0)

    one, other = run(), run()
    assert [epoch.loss for epoch in one.epochs] == [epoch.loss for epoch in other.epochs]
    assert all(0 < epoch.measures["z_spread"] <= 1.1 for epoch in one.epochs)


class Naive(Bootstrap):
    """What BYOL guards against: views are pulled together, and nothing keeps them apart."""

    def forward(self, net, batch):
        z1, z2 = (net(x)[1] for x in batch.by_view)
        return Loss(regression(z1, z2), {"z_spread": spread(z1)})


def test_a_collapse_is_recognised(data):
    job = JOB.model_copy(update={"epochs": 40})
    views = TwoViews.build([], Views(base_crop="independent"), 16, 0)
    batches = ViewBatches(Stills(data.pretrain), views, data.normalize)
    net = initial(job, 0, CPU)
    naive = Naive(job, job.objective, net)
    assert optimize(net, naive, batches, data, job, 0).outcome == "collapsed"
    assert pretrain(initial(job, 0, CPU), data, views, job, 0).outcome == "ok"


@pytest.mark.slow
def test_on_shapes_crop_and_color_learn_at_least_ten_points_more_than_the_random_encoder_has():
    grid = Grid.model_validate(
        {
            "data": {"source": "shapes", "train": 4000, "test": 1000},
            "augmentations": {"crop": {"scale": [0.3, 1.0]}, "color": {"strength": 1.0}},
            "pretrain": {"objective": "byol", "epochs": 14},
            "baselines": ["random-init"],
        }
    )
    fingerprint = data_fingerprint(grid.data)
    dataset = prepare(grid.data, fingerprint)
    top1 = {
        cell.label: run_cell(cell, dataset).record.scores.linear_top1_val
        for cell in cells(grid, fingerprint)
        if cell.label in ("random-init", "crop → color")
    }
    assert top1["crop → color"] - top1["random-init"] >= 0.10
