"""MoCo, DINO, SimSiam, Barlow Twins and VICReg against their papers, written out slowly; what all keep."""

from copy import deepcopy

import pytest
import torch

from ablation.augment.views import TwoViews
from ablation.grid.objectives import DINO
from ablation.grid.recipe import OBJECTIVES, Pretrain, Views
from ablation.pretrain.batches import Batch
from ablation.pretrain.loop import pretrain
from ablation.pretrain.network import initial
from ablation.pretrain.objectives import build_objective
from ablation.pretrain.objectives.dino import small_crops

SELF_SUPERVISED = [name for name in OBJECTIVES if name != "supervised"]
CPU = torch.device("cpu")
N = 6


def job(objective, **settings):
    return Pretrain(objective=objective, width=8, projection=10, epochs=2, batch_size=16, **settings)


def prepared(settings, seed=0):
    """A network and its objective in double precision, and a batch."""
    net = initial(settings, seed, CPU)
    objective = build_objective(settings, net, seed)
    draws = torch.Generator().manual_seed(seed)
    x = torch.randn(2 * N, 3, 16, 16, generator=draws, dtype=torch.float64)
    return net.double().train(), objective.double().train(), Batch(x, views=2)


def unit(v):
    return v / v.square().sum().sqrt()


def slow_moco(net, objective, batch):
    x1, x2 = batch.by_view
    queries = [net.head(net.encoder(x)) for x in (x1, x2)]
    keys = [objective.teacher.head(objective.teacher.encoder(x)).detach().clone() for x in (x1, x2)]
    total = 0.0
    for query, key in zip(queries, keys[::-1], strict=True):
        for q, k in zip(query, key, strict=True):
            positive = (unit(q) @ unit(k) / 0.2).exp()
            negative = sum((unit(q) @ one / 0.2).exp() for one in objective.queue)
            total = total - (positive / (positive + negative)).log() / (2 * N)
    return total


def slow_simsiam(net, objective, batch):
    z1, z2 = (net.head(net.encoder(x)) for x in batch.by_view)
    total = 0.0
    for z, other in ((z1, z2), (z2, z1)):
        for p, target in zip(objective.predictor(z), other.detach(), strict=True):
            total = total + (2 - 2 * unit(p) @ unit(target)) / (2 * N)
    return total


def slow_barlow(net, objective, batch):
    z1, z2 = (net.head(net.encoder(x)) for x in batch.by_view)
    total, p = 0.0, z1.shape[1]
    one, two = ((z - z.mean(0)) / ((z - z.mean(0)).square().mean(0).sqrt() + 1e-6) for z in (z1, z2))
    for i in range(p):
        for j in range(p):
            c = (one[:, i] * two[:, j]).mean()
            total = total + ((1 - c) ** 2 if i == j else 0.001 * c**2)
    return total


def slow_vicreg(net, objective, batch):
    z1, z2 = (net.head(net.encoder(x)) for x in batch.by_view)
    p = z1.shape[1]
    total = 25 * sum((a - b).square().sum() for a, b in zip(z1, z2, strict=True)) / (N * p)
    for z in (z1, z2):
        centered = z - z.mean(0)
        covariance = sum(torch.outer(row, row) for row in centered) / (N - 1)
        for i in range(p):
            total = total + 25 * torch.clamp(1 - (covariance[i, i] + 1e-4).sqrt(), min=0) / p
            total = total + 4 * sum(covariance[i, j] ** 2 for j in range(p) if j != i) / p
    return total


def slow_dino(net, objective, batch):
    def outputs(net, directions, x):
        z = net.head(net.encoder(x))
        return torch.stack([torch.stack([unit(one) @ unit(d) for d in directions]) for one in z])

    own, theirs = (
        layer.parametrizations.weight.original1
        for layer in (objective.prototypes, objective.teacher_prototypes)
    )
    total = 0.0
    for x, other in (batch.by_view, batch.by_view[::-1]):
        for student, teacher in zip(
            outputs(net, own, x), outputs(objective.teacher, theirs, other), strict=True
        ):
            student = (student / 0.1).exp()
            teacher = ((teacher.detach() - objective.center) / 0.04).exp()
            for a, b in zip(student / student.sum(), teacher / teacher.sum(), strict=True):
                total = total - b * a.log() / (2 * N)
    return total


SLOW = {
    "moco": slow_moco,
    "dino": slow_dino,
    "simsiam": slow_simsiam,
    "barlow-twins": slow_barlow,
    "vicreg": slow_vicreg,
}


SMALL = {"moco": {"queue": 20}, "dino": {"prototypes": 7}}


@pytest.mark.parametrize("name", SLOW)
def test_loss_and_gradient_equal_the_slow_version(name):
    net, objective, batch = prepared(job(name, **SMALL.get(name, {})))
    if name == "dino":
        objective.center.normal_(0, 0.1, generator=torch.Generator().manual_seed(1))
    reference = [deepcopy(module) for module in (net, objective)]
    ours, theirs = objective(net, batch).value, SLOW[name](*reference, batch)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5, abs=1e-5)
    ours.backward()
    theirs.backward()
    for a, b in zip(net.parameters(), reference[0].parameters(), strict=True):
        assert torch.allclose(a.grad, b.grad, rtol=1e-3, atol=1e-5)


def test_the_queue_holds_the_teachers_newest_projections_and_forgets_the_oldest():
    net, objective, batch = prepared(job("moco", queue=20))
    before = objective.queue.clone()
    with torch.no_grad():
        keys = [objective.teacher(x)[1] for x in batch.by_view]
    objective(net, batch)
    assert torch.allclose(
        objective.queue[:N].float(), torch.nn.functional.normalize(keys[0].float()), atol=1e-5
    )
    assert torch.equal(objective.queue[2 * N :], before[: 20 - 2 * N])


def test_mocos_teacher_follows_and_gets_no_gradient():
    net, objective, batch = prepared(job("moco", momentum=0.75))
    start = [p.clone() for p in objective.teacher.parameters()]
    objective(net, batch).value.backward()
    assert all(p.grad is None for p in objective.teacher.parameters())
    with torch.no_grad():
        for p in net.parameters():
            p.add_(1.0)
    objective.after_step(net, done=0.5)
    for now, old in zip(objective.teacher.parameters(), start, strict=True):
        assert torch.allclose(now, old + 0.25)


@pytest.mark.parametrize(
    ("name", "encoder"),
    [
        *((name, "resnet-micro") for name in SELF_SUPERVISED if name != "i-jepa"),
        *((name, "vit-micro") for name in SELF_SUPERVISED),
    ],
)
def test_every_objective_trains_repeats_itself_and_reads_its_own_record(data, name, encoder):
    def run():
        views = TwoViews.build([], Views(base_crop="independent"), 16, 0)
        settings = job(name, encoder=encoder)
        return pretrain(initial(settings, 0, CPU), data, views, settings, 0)

    one, other = run(), run()
    assert [epoch.loss for epoch in one.epochs] == [epoch.loss for epoch in other.epochs]
    assert one.outcome in ("ok", "collapsed")
    assert (one.epochs[-1].contrastive_top1 is None) == (name == "i-jepa")  # which has one view


def test_dinos_teacher_its_prototypes_and_its_centre_follow():
    net, objective, batch = prepared(job("dino", prototypes=7, momentum=0.75, momentum_schedule="constant"))
    slow = [*objective.teacher.parameters(), *objective.teacher_prototypes.parameters()]
    start = [p.clone() for p in slow]
    with torch.no_grad():
        directions = torch.nn.functional.normalize(objective.teacher_prototypes.weight, dim=1)
        z = torch.cat([objective.teacher(x)[1] for x in batch.by_view])
        mean = (torch.nn.functional.normalize(z, dim=1) @ directions.T).mean(dim=0)
    objective(net, batch).value.backward()
    assert torch.allclose(objective.center, 0.1 * mean, atol=1e-6)
    assert all(p.grad is None for p in slow)
    with torch.no_grad():
        for p in (*net.parameters(), *objective.prototypes.parameters()):
            p.add_(1.0)
    objective.after_step(net, done=0.5)
    for now, old in zip(slow, start, strict=True):
        assert torch.allclose(now, old + 0.25)


def test_prototypes_that_tell_images_apart_no_longer_are_a_collapse(data):
    views = TwoViews.build([], Views(base_crop="independent"), 16, 0)
    objective = build_objective(job("dino"), initial(job("dino"), 0, CPU), 0)
    epoch = pretrain(initial(job("dino"), 0, CPU), data, views, job("dino"), 0).epochs[-1]
    learning = epoch.model_copy(update={"measures": {"z_spread": 0.8, "prototype_bits": 3.0}})
    even = epoch.model_copy(update={"measures": {"z_spread": 0.8, "prototype_bits": 0.0}})
    assert not objective.collapsed(learning)
    assert objective.collapsed(even)


def test_small_crops_are_compared_with_the_other_view():
    net, objective, batch = prepared(job("dino", prototypes=7, local_crops=3, local_size=8))
    crops = small_crops(batch, objective.chosen, objective.seed)
    with torch.no_grad():
        # The network passes them together, for its batch norm.
        small = net(torch.cat(crops))[1].chunk(3)
        own = [net(x)[1] for x in batch.by_view]
        theirs = [objective.teacher(x)[1] for x in batch.by_view]

        def outputs(z, prototypes):
            return prototypes(torch.nn.functional.normalize(z, dim=1))

        shares = [(outputs(z, objective.teacher_prototypes) / 0.04).softmax(dim=1) for z in theirs]
        expected = sum(
            -(shares[other] * (outputs(z, objective.prototypes) / 0.1).log_softmax(dim=1)).sum() / (5 * N)
            for z, other in zip([*own, *small], (1, 0, 1, 0, 1), strict=True)
        )
    assert objective(net, batch).value.item() == pytest.approx(expected.item(), rel=1e-5)


def test_small_crops_are_drawn_from_seed_and_step_and_show_their_part_of_a_view():
    columns = torch.arange(32.0).expand(8, 3, 32, 32)  # an image of its own coordinates
    batch = Batch(torch.cat([columns, columns + 100]), views=2, step=5)
    settings = DINO(local_crops=4, local_scale=(0.25, 0.25), local_size=8)
    crops = small_crops(batch, settings, seed=1)
    for position, crop in enumerate(crops):
        assert crop.shape == (8, 3, 8, 8)
        assert ((crop >= 100) == bool(position % 2)).all()
        extent = (crop[:, 0, 0, -1] - crop[:, 0, 0, 0]) * 8 / 7  # of about half a side
        assert ((extent > 12) & (extent < 20)).all()
    for a, b in zip(crops, small_crops(batch, settings, seed=1), strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(crops[0], small_crops(Batch(batch.x, 2, step=6), settings, seed=1)[0])


@pytest.mark.parametrize("name", ["simsiam", "barlow-twins", "vicreg"])
def test_projections_that_point_one_way_are_a_collapse(data, name):
    views = TwoViews.build([], Views(base_crop="independent"), 16, 0)
    trained = pretrain(initial(job(name), 0, CPU), data, views, job(name), 0)
    objective = build_objective(job(name), initial(job(name), 0, CPU), 0)
    epoch = trained.epochs[-1].model_copy(update={"measures": {"z_spread": 0.03}})
    assert objective.collapsed(epoch)
