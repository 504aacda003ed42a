"""The loop: repeatable, paired between cells, and honest about jobs that went wrong."""

import math

import pytest
import torch

from ablation.augment.views import TwoViews
from ablation.errors import DataError
from ablation.grid.augmentations import Step
from ablation.grid.models import Pretrain, Views
from ablation.grid.operations import OPERATIONS
from ablation.pretrain.features import extract, fingerprint
from ablation.pretrain.loop import initial, pretrain, supervise
from ablation.pretrain.outcome import outcome
from ablation.results.stored.record import Epoch

CPU = torch.device("cpu")
JOB = Pretrain(width=8, epochs=2, batch_size=16)


def run(data, *names, job=JOB, seed=0):
    encoder, head = initial(job, seed, CPU)
    steps = [Step(name, OPERATIONS[name]()) for name in names]
    epochs = pretrain(encoder, head, data, TwoViews.build(steps, Views(), 16, seed), job, seed)
    return encoder, epochs


def test_the_same_job_twice_is_the_same_bit_for_bit(data):
    first, second = run(data, "crop", "noise"), run(data, "crop", "noise")
    assert fingerprint(first[0]) == fingerprint(second[0])
    assert [e.loss for e in first[1]] == [e.loss for e in second[1]]


def test_another_seed_is_another_job(data):
    assert fingerprint(run(data, "noise")[0]) != fingerprint(run(data, "noise", seed=1)[0])


def test_cells_of_a_seed_see_the_images_in_the_same_order(data):
    def seen(name):
        batches = []
        encoder, head = initial(JOB, 0, CPU)
        views = TwoViews.build([Step(name, OPERATIONS[name]())], Views(), 16, 0)
        spy = lambda pixels, step: batches.append(pixels.clone()) or views(pixels, step)  # noqa: E731
        pretrain(encoder, head, data, spy, JOB, 0)
        return torch.cat(batches)

    assert torch.equal(seen("noise"), seen("crop"))


def test_an_epoch_sees_each_image_once(data):
    seen = []
    encoder, head = initial(JOB, 0, CPU)
    views = TwoViews.build([], Views(), 16, 0)
    spy = lambda pixels, step: seen.append(pixels.clone()) or views(pixels, step)  # noqa: E731
    pretrain(encoder, head, data, spy, JOB.model_copy(update={"epochs": 1}), 0)
    shown = torch.cat(seen).flatten(1)
    assert len(shown.unique(dim=0)) == len(shown) == 80


def test_both_views_pass_the_encoder_in_one_forward(data):
    encoder, head = initial(JOB, 0, CPU)
    sizes = []

    def record(module, inputs, _):
        if module.training:  # the effective rank is measured in evaluation mode
            sizes.append(len(inputs[0]))

    encoder.register_forward_hook(record)
    pretrain(encoder, head, data, TwoViews.build([], Views(), 16, 0), JOB, 0)
    assert set(sizes) == {32}


def test_one_record_an_epoch(data):
    _, epochs = run(data, "noise")
    assert len(epochs) == 2
    assert all(e.loss > 0 and 0 <= e.contrastive_top1 <= 1 and e.effective_rank >= 1 for e in epochs)


def test_no_epochs_leave_the_initial_encoder(data):
    encoder, epochs = run(data, "noise", job=JOB.model_copy(update={"epochs": 0}))
    assert epochs == ()
    assert fingerprint(encoder) == fingerprint(initial(JOB, 0, CPU)[0])


@pytest.mark.parametrize("objective_of_views", ["identical", "noisy"])
def test_training_lowers_the_loss(data, objective_of_views):
    names = ("noise",) if objective_of_views == "noisy" else ()
    _, epochs = run(data, *names, job=JOB.model_copy(update={"epochs": 6}))
    assert epochs[-1].loss < epochs[0].loss


def test_fewer_images_than_a_batch_are_an_error_that_says_what_to_set(data):
    with pytest.raises(DataError, match=r"set pretrain\.batch_size to 80"):
        run(data, "noise", job=JOB.model_copy(update={"batch_size": 81}))


def test_a_loss_that_is_not_finite_ends_the_job_as_diverged(data):
    job = JOB.model_copy(update={"optimizer": "sgd", "learning_rate": 1e30, "epochs": 5})
    _, epochs = run(data, "noise", job=job)
    assert epochs[-1].loss is None
    assert len(epochs) < 5
    assert outcome(epochs, 16) == "diverged"


def test_constant_projections_are_a_collapse(data):
    encoder, head = initial(JOB.model_copy(update={"head": "linear"}), 0, CPU)
    for parameter in head.parameters():
        torch.nn.init.zeros_(parameter).requires_grad_(False)
    head.bias.fill_(1.0)
    epochs = pretrain(encoder, head, data, TwoViews.build([], Views(), 16, 0), JOB, 0)
    assert epochs[-1].loss == pytest.approx(math.log(31), abs=1e-3)
    assert outcome(epochs, 16) == "collapsed"


def test_a_supervised_job_is_no_collapse_at_rank_one():
    two_classes = Epoch(loss=0.01, contrastive_top1=None, effective_rank=1.05, images_per_second=1.0)
    assert outcome([two_classes], 128) == "ok"
    assert outcome([two_classes.model_copy(update={"contrastive_top1": 0.9})], 128) == "collapsed"


def test_supervised_training_learns_the_labels(data):
    job = JOB.model_copy(update={"epochs": 20})
    encoder, _ = initial(job, 0, CPU)
    classifier = torch.nn.Linear(encoder.dimension, 4)
    epochs = supervise(encoder, classifier, data, data.train, TwoViews.build([], Views(), 16, 0), job, 0)
    assert epochs[-1].contrastive_top1 is None
    predicted = classifier(extract(encoder, data.train.pixels, data.normalize)).argmax(dim=1)
    assert ((predicted == 0) == (data.train.labels == 0)).float().mean() > 0.9
