"""The ceiling."""

from dataclasses import replace

import torch

from ablation.augment.views import TwoViews
from ablation.data.prepare import prepare
from ablation.evaluate.evaluation import fitted_and_held_out
from ablation.experiment import run_cell
from ablation.grid.augmentations import Step
from ablation.grid.cells import cells
from ablation.grid.models import Grid
from ablation.grid.operations import Crop
from ablation.grid.recipe import Pretrain, Views
from ablation.pretrain.features import extract, fingerprint
from ablation.pretrain.network import initial
from ablation.pretrain.supervised import supervised, train_with_labels


def test_supervised_is_repeatable_and_trains_the_encoder(data):
    settings = Pretrain(width=8, epochs=1, batch_size=32)
    one, training = supervised(data, settings, 0)
    two, _ = supervised(data, settings, 0)
    assert fingerprint(one) == fingerprint(two)
    assert fingerprint(one) != fingerprint(initial(settings, 0, torch.device("cpu")))
    assert len(training.epochs) == 1


def test_supervised_training_learns_the_labels(data):
    settings = Pretrain(width=8, epochs=20, batch_size=16)
    net, training = supervised(data, settings, 0)
    assert training.epochs[-1].contrastive_top1 is None
    h = extract(net.encoder, data.train.pixels, data.normalize)
    means = torch.stack([h[data.train.labels == label].mean(dim=0) for label in range(4)])  # (4, d)
    nearest = torch.cdist(h, means).argmin(dim=1)
    assert ((nearest == 0) == (data.train.labels == 0)).float().mean() > 0.9


def test_an_objective_with_labels_never_looks_at_the_validation_images(data):
    settings = Pretrain(width=8, epochs=2, batch_size=16, objective="supervised")
    rows, held_out = fitted_and_held_out(data, 0.25)
    views = TwoViews.build([Step("crop", Crop())], Views(), data.size, 0)

    def trained(images):
        net = initial(settings, 0, torch.device("cpu"))
        train_with_labels(net, images, views, settings, 0, rows)
        return fingerprint(net)

    shuffled = data.train.labels.clone()
    shuffled[held_out] = (shuffled[held_out] + 1) % data.classes
    other = replace(data, train=replace(data.train, labels=shuffled))
    assert trained(data) == trained(other)
    shuffled[rows] = (shuffled[rows] + 1) % data.classes
    assert trained(data) != trained(replace(data, train=replace(data.train, labels=shuffled)))


def test_a_cell_with_labels_is_scored_on_validation_and_has_no_leak(tmp_path, monkeypatch):
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path))
    values = {
        "data": {"source": "shapes", "train": 160, "test": 60, "size": 16},
        "augmentations": {"crop": {}},
        "pretrain": {"epochs": 1, "width": 8, "batch_size": 32, "objective": "supervised"},
    }
    grid = Grid.model_validate(values)
    cell = next(cell for cell in cells(grid, "shapes-1") if cell.kind == "single")
    record = run_cell(cell, prepare(grid.data, "shapes-1")).record
    assert record.scores.linear_top1_val is not None
    assert record.leak is None
    assert any('"supervised" looks at one view' in note for note in record.notes)
    assert list(record.use) == ["h"]
