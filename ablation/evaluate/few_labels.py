"""Fine-tuning and linear evaluation on few labels (Table 7, Appendix B.5); the test split is used once."""

import copy
import math
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ablation.augment.views import TwoViews
from ablation.data.balance import deciding_score
from ablation.data.device import DeviceDataset, Images
from ablation.data.few import Few, few_labels
from ablation.data.pixels import Pixels
from ablation.data.splits import validation_split
from ablation.evaluate.linear import Classifier, Standardize, choose_regularization, fit_linear
from ablation.evaluate.scores import ACCURACY, balanced, top1
from ablation.grid.augmentations import Step
from ablation.grid.few_labels import Tuning
from ablation.grid.operations import Crop
from ablation.grid.recipe import Evaluate, Views
from ablation.pretrain.batches import LabelledBatches
from ablation.pretrain.calibration import calibrate_batch_norm
from ablation.pretrain.features import extract
from ablation.pretrain.network import Encoder
from ablation.pretrain.uncompiled import SGD
from ablation.results.metrics import Score
from ablation.results.stored.probes import ProbeScores
from ablation.seeds import generator, seeded

MOMENTUM = 0.9


@dataclass(frozen=True)
class Labelled:
    """The few images with labels, those that choices are made on, and the accuracy that decides."""

    few: Few
    rows: Tensor  # (L,) of the training images
    validation: Tensor  # (V,) of them
    decided_by: Score

    @classmethod
    def of(cls, data: DeviceDataset, evaluate: Evaluate, share: float, seed: int) -> "Labelled":
        """Choose them: validation as linear evaluation has it, the labels by the seed alone."""
        labels = data.train.labels.numpy(force=True)
        groups = None if data.train.groups is None else data.train.groups.numpy()
        fit, validation = validation_split(labels, evaluate.validation_fraction, groups)
        few = few_labels(labels, share, seed, fit, groups)
        device = data.train.labels.device
        rows, held_out = (torch.as_tensor(one).to(device) for one in (few.rows, validation))
        return cls(few, rows, held_out, deciding_score(evaluate.score, labels))


def linear(
    h: tuple[Tensor, Tensor], data: DeviceDataset, labelled: Labelled, settings: Evaluate
) -> ProbeScores:
    """Fit a classifier of frozen features on few labels; the regularisation is chosen on validation.

    Args:
        h: of the training images, (N, d), which standardise it (that needs no label), and of test, (T, d).
        data: supplies the labels.
        labelled: which of them are used.
        settings: solver and regularisations.
    """
    train, test = h
    rows, labels = labelled.rows, data.train.labels
    standardize = Standardize.by(train)
    x = standardize(train)
    strength, predicted = choose_regularization(
        x, labels, rows, labelled.validation, data.classes, settings, labelled.decided_by
    )
    classify = Classifier(standardize, fit_linear(x[rows], labels[rows], data.classes, strength, settings))
    return _scores(labelled, data, predicted, classify(test), strength)


def fine_tune(
    encoder: Encoder,
    data: DeviceDataset,
    labelled: Labelled,
    tuning: Tuning,
    seed: int,
    precision: str = "float32",
) -> ProbeScores | None:
    """Train an encoder and a classifier on few labels, and score them; the encoder is left as it was.

    Nesterov's momentum, crops and flips, a cosine without warm-up, no weight decay or other regularisation
    (Appendix B.5). One learning rate is chosen on validation. Batch norm is measured anew on the clean
    images, as for every encoder that is evaluated.

    Args:
        encoder: f, on the device of the data; of an untrained one this is training from scratch.
        data: supplies images and labels.
        labelled: which labels are used.
        tuning: epochs, batch size, learning rates.
        seed: seeds classifier, batches and crops: they are alike for all encoders of a seed.
        precision: as of pretraining.

    Returns:
        None if no learning rate led to finite numbers.
    """
    truth = data.train.labels[labelled.validation]
    best: tuple[float, float, Tensor, nn.Module] | None = None
    for rate in tuning.learning_rates:
        net = _trained(encoder, data, labelled.rows, tuning, rate, seed, precision)
        if net is None:
            continue
        predicted = _predicted(net, data, data.train.pixels[labelled.validation])
        found = ACCURACY[labelled.decided_by](predicted, truth)
        if best is None or found > best[0]:  # ties go to the lower rate
            best = found, rate, predicted, net
    if best is None:
        return None
    _, rate, predicted, net = best
    return _scores(labelled, data, predicted, _predicted(net, data, data.test.pixels), rate)


def _trained(
    encoder: Encoder,
    data: DeviceDataset,
    rows: Tensor,
    tuning: Tuning,
    rate: float,
    seed: int,
    precision: str,
) -> nn.Module | None:
    device = rows.device
    with seeded(torch.device("cpu"), seed, "few labels"):
        classifier = nn.Linear(encoder.dimension, data.classes)
    net = nn.Sequential(cast(nn.Module, copy.deepcopy(encoder)), classifier.to(device))
    views = TwoViews.build([Step("crop", Crop())], Views(), data.size, seed)
    batches = LabelledBatches(
        Images(data.train.pixels[rows], data.train.labels[rows], None), views, data.normalize
    )
    count = max(1, len(rows) // tuning.batch_size)  # batches an epoch; together they hold every label
    order, steps = generator(seed, "few labels"), tuning.epochs * count
    optimizer = SGD(net.parameters(), lr=rate, momentum=MOMENTUM, nesterov=True)
    net.train()
    for epoch in range(tuning.epochs):
        shuffled = torch.randperm(len(rows), generator=order).to(device)
        for position, part in enumerate(shuffled.tensor_split(count)):
            step = epoch * count + position
            for group in optimizer.param_groups:
                group["lr"] = 0.5 * rate * (1 + math.cos(math.pi * step / steps))
            batch = batches(part, step)
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bf16"):
                logits = net(batch.x)  # (B, K)
            assert batch.labels is not None
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(logits.float(), batch.labels).backward()
            optimizer.step()
    if not all(bool(parameter.isfinite().all()) for parameter in net.parameters()):
        return None
    calibrate_batch_norm(net, data.pretrain, data.normalize)
    return net


def _predicted(net: nn.Module, data: DeviceDataset, pixels: Pixels) -> Tensor:
    return extract(net, pixels, data.normalize).argmax(dim=1)


def _scores(
    labelled: Labelled, data: DeviceDataset, validated: Tensor, tested: Tensor, chosen: float
) -> ProbeScores:
    held_out, truth = data.train.labels[labelled.validation], data.test.labels
    return ProbeScores(
        top1=top1(tested, truth),
        top1_val=top1(validated, held_out),
        balanced=balanced(tested, truth),
        balanced_val=balanced(validated, held_out),
        chosen=chosen,
        decided_by=labelled.decided_by,
    )
