"""The ceiling."""

import torch

from ablation.grid.recipe import Pretrain
from ablation.pretrain.features import extract, fingerprint
from ablation.pretrain.network import initial
from ablation.pretrain.supervised import supervised


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
