"""The loop: repeatable, paired between cells, and honest about jobs that went wrong."""

import math

import pytest
import torch

from ablation.augment.views import TwoViews
from ablation.errors import DataError
from ablation.grid.augmentations import Step
from ablation.grid.operations import OPERATIONS
from ablation.grid.recipe import Pretrain, Views
from ablation.pretrain.batches import Stills, ViewBatches
from ablation.pretrain.features import fingerprint
from ablation.pretrain.loop import optimize, pretrain
from ablation.pretrain.network import initial
from ablation.pretrain.objectives import build_objective
from ablation.pretrain.objectives.base import Loss, Objective
from ablation.pretrain.supervised import CrossEntropy
from ablation.results.stored.record import Epoch

CPU = torch.device("cpu")
JOB = Pretrain(width=8, epochs=2, batch_size=16)


def run(data, *names, job=JOB, seed=0):
    net = initial(job, seed, CPU)
    steps = [Step(name, OPERATIONS[name]()) for name in names]
    return net, pretrain(net, data, TwoViews.build(steps, Views(), 16, seed), job, seed)


def test_the_same_job_twice_is_the_same_bit_for_bit(data):
    first, second = run(data, "crop", "noise"), run(data, "crop", "noise")
    assert fingerprint(first[0]) == fingerprint(second[0])
    assert [e.loss for e in first[1].epochs] == [e.loss for e in second[1].epochs]


def test_another_seed_is_another_job(data):
    assert fingerprint(run(data, "noise")[0]) != fingerprint(run(data, "noise", seed=1)[0])


def test_cells_of_a_seed_see_the_images_in_the_same_order(data):
    def seen(name):
        batches = []
        views = TwoViews.build([Step(name, OPERATIONS[name]())], Views(), 16, 0)
        spy = lambda pixels, step, _: batches.append(pixels.clone()) or views(pixels, step)  # noqa: E731
        pretrain(initial(JOB, 0, CPU), data, spy, JOB, 0)
        return torch.cat(batches)

    assert torch.equal(seen("noise"), seen("crop"))


def test_an_epoch_sees_each_image_once(data):
    seen = []
    views = TwoViews.build([], Views(), 16, 0)
    spy = lambda pixels, step, _: seen.append(pixels.clone()) or views(pixels, step)  # noqa: E731
    pretrain(initial(JOB, 0, CPU), data, spy, JOB.model_copy(update={"epochs": 1}), 0)
    shown = torch.cat(seen).flatten(1)
    assert len(shown.unique(dim=0)) == len(shown) == 80


def test_both_views_pass_the_encoder_in_one_forward(data):
    net = initial(JOB, 0, CPU)
    sizes = []

    def record(module, inputs, _):
        if module.training:  # the effective rank is measured in evaluation mode
            sizes.append(len(inputs[0]))

    net.encoder.register_forward_hook(record)
    pretrain(net, data, TwoViews.build([], Views(), 16, 0), JOB, 0)
    assert set(sizes) == {32}


def test_one_record_an_epoch(data):
    epochs = run(data, "noise")[1].epochs
    assert len(epochs) == 2
    assert all(e.loss > 0 and 0 <= e.contrastive_top1 <= 1 and e.effective_rank >= 1 for e in epochs)


def test_no_epochs_leave_the_initial_encoder(data):
    net, training = run(data, "noise", job=JOB.model_copy(update={"epochs": 0}))
    assert (training.epochs, training.outcome) == ((), "ok")
    assert fingerprint(net) == fingerprint(initial(JOB, 0, CPU))


@pytest.mark.parametrize("objective_of_views", ["identical", "noisy"])
def test_training_lowers_the_loss(data, objective_of_views):
    names = ("noise",) if objective_of_views == "noisy" else ()
    epochs = run(data, *names, job=JOB.model_copy(update={"epochs": 6}))[1].epochs
    assert epochs[-1].loss < epochs[0].loss


def test_fewer_images_than_a_batch_are_an_error_that_says_what_to_set(data):
    with pytest.raises(DataError, match=r"set pretrain\.batch_size to 80"):
        run(data, "noise", job=JOB.model_copy(update={"batch_size": 81}))


def test_a_loss_that_is_not_finite_ends_the_job_as_diverged(data):
    job = JOB.model_copy(update={"optimizer": "sgd", "learning_rate": 1e30, "epochs": 5})
    training = run(data, "noise", job=job)[1]
    assert training.epochs[-1].loss is None
    assert len(training.epochs) < 5
    assert training.outcome == "diverged"


def test_constant_projections_are_a_collapse(data):
    net = initial(JOB.model_copy(update={"head": "linear"}), 0, CPU)
    for parameter in net.head.parameters():
        torch.nn.init.zeros_(parameter).requires_grad_(False)
    net.head.bias.fill_(1.0)
    training = pretrain(net, data, TwoViews.build([], Views(), 16, 0), JOB, 0)
    assert training.epochs[-1].loss == pytest.approx(math.log(31), abs=1e-3)
    assert training.outcome == "collapsed"


def test_each_objective_says_what_a_collapse_is():
    low = Epoch(loss=0.01, contrastive_top1=0.9, effective_rank=1.05, images_per_second=1.0)
    blind = low.model_copy(update={"contrastive_top1": 1 / 31, "effective_rank": 9.0})
    contrastive = build_objective(JOB, initial(JOB, 0, CPU), seed=0)
    assert (contrastive.collapsed(low), contrastive.collapsed(blind)) == (True, True)
    assert not contrastive.collapsed(blind.model_copy(update={"contrastive_top1": 0.9}))
    assert not CrossEntropy(8, 2).collapsed(low)  # with two classes a rank of 1 is all it needs


class Pulled(Objective):
    """An objective with a weight of its own, which pulls it to 1."""

    def __init__(self):
        super().__init__()
        self.own = torch.nn.Parameter(torch.zeros(()))
        self.followed = []

    def forward(self, net, batch):
        return Loss((self.own - 1) ** 2 + 0 * net(batch.x)[1].sum(), {"own": self.own.detach().clone()})

    def after_step(self, net, done):
        self.followed.append((done, float(self.own.detach())))


def test_an_objective_trains_its_own_weights_and_is_told_of_every_step(data):
    objective = Pulled()
    batches = ViewBatches(Stills(data.pretrain), TwoViews.build([], Views(), 16, 0), data.normalize)
    training = optimize(initial(JOB, 0, CPU), objective, batches, data, JOB, 0)
    done, own = zip(*objective.followed, strict=True)
    assert done == tuple((step + 1) / 10 for step in range(10))  # 2 epochs of 80 images, 16 a batch
    assert 0 < own[0] < own[-1]
    measured = [epoch.measures["own"] for epoch in training.epochs]
    assert measured[0] == pytest.approx(sum((0.0, *own[:4])) / 5)
    assert training.epochs[0].contrastive_top1 is None


def test_the_other_of_an_image_makes_the_second_view(data):
    class Mirrored(Stills):
        def take(self, rows, step):
            return self.pixels[rows], self.pixels[rows].flip(-1)

    views = TwoViews.build([], Views(base_crop="shared"), 16, 0)
    rows = torch.arange(4)
    one, other = (
        ViewBatches(pool(data.pretrain), views, lambda *x: torch.cat(x))(rows, 0)
        for pool in (Stills, Mirrored)
    )
    assert torch.equal(one.by_view[0], one.by_view[1])
    assert torch.equal(one.by_view[0], other.by_view[0])
    assert not torch.equal(other.by_view[0], other.by_view[1])
    mirrored = views(data.pretrain[rows].flip(-1), 0)[0]  # the same crop of the other image
    assert torch.equal(other.by_view[1], mirrored)
