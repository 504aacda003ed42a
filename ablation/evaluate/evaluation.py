"""Everything that is measured on frozen features, in an order that keeps the test split untouched."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ablation.data.balance import deciding_score
from ablation.data.device import DeviceDataset
from ablation.data.splits import validation_split
from ablation.evaluate.knn import knn_predict, nearest
from ablation.evaluate.linear import (
    Classifier,
    Standardize,
    choose_regularization,
    fit_linear,
    reorder,
)
from ablation.evaluate.scores import balanced, top1
from ablation.grid.recipe import Evaluate
from ablation.results.stored.record import Scores, Sizes

QUERIES = 16  # fixed test images whose nearest neighbours are stored


@dataclass(frozen=True)
class Tested:
    """What the test split showed, when it was scored once."""

    predictions: Tensor  # (T,) classes by linear evaluation
    queries: Tensor  # (Q,) indices of fixed test images, spread over the classes
    neighbours: Tensor  # (Q, 5) indices of their nearest test images in h
    classify: Classifier  # the classifier of h that was scored


@dataclass(frozen=True)
class Evaluation:
    """Scores, and what the report shows beside them."""

    scores: Scores
    sizes: Sizes
    validation: tuple[Tensor, Tensor]  # (V,) predicted and true classes; empty if labels were seen
    tested: Tested | None  # None where the test split was left alone

    @property
    def classify(self) -> Classifier:
        """The classifier of h that was scored on the test split.

        Raises:
            ValueError: the test split was left alone.
        """
        if self.tested is None:
            raise ValueError("only validation was measured")
        return self.tested.classify


def evaluate(
    train: Tensor,
    test: Tensor | None,
    data: DeviceDataset,
    settings: Evaluate,
    *,
    labels_seen: bool = False,
) -> Evaluation:
    """Evaluate frozen features: linear and kNN, on validation and on test.

    The regularisation is chosen on a fixed, class-balanced part of the training split (whole groups, if the
    data has groups). Then one classifier is fitted on all of the training split, and scored once on test.

    Args:
        train: h of the training images, (N, d).
        test: h of the test images, (T, d); None leaves the test split alone, and nothing is refitted.
        data: supplies labels and groups.
        settings: solver, regularisations, validation fraction.
        labels_seen: the encoder was trained on the labels, so validation scores would mean nothing.
    """
    labels, classes = data.train.labels, data.classes
    fit, validation = fitted_and_held_out(data, settings.validation_fraction)
    voted = knn_predict(train, labels, train[validation], classes, settings.knn_temperature, rows=fit)

    standardize = Standardize.by(train)
    x = standardize(train)
    # Every copy of raw pixels takes hundreds of megabytes, so x is reordered in place to hold both parts.
    order, parts = torch.cat([fit, validation]), (slice(len(fit)), slice(len(fit), None))
    reorder(x, order)
    decided_by = deciding_score(settings.score, labels.numpy(force=True))
    strength, predicted = choose_regularization(x, labels[order], *parts, classes, settings, decided_by)
    held_out = labels[validation]
    scores = Scores(
        linear_top1_val=None if labels_seen else top1(predicted, held_out),
        linear_balanced_val=None if labels_seen else balanced(predicted, held_out),
        knn_top1_val=None if labels_seen else top1(voted, held_out),
        knn_balanced_val=None if labels_seen else balanced(voted, held_out),
        regularization=strength,
        decided_by=decided_by,
    )
    sizes = Sizes(classes=classes, train=len(labels), validation=len(validation), test=len(data.test.labels))
    kept = (predicted[:0], held_out[:0]) if labels_seen else (predicted, held_out)
    if test is None:
        return Evaluation(scores, sizes, kept, None)

    truth = data.test.labels
    reorder(x, order.argsort())
    classify = Classifier(standardize, fit_linear(x, labels, classes, strength, settings))
    predictions = classify(test)
    votes = knn_predict(train, labels, test, classes, settings.knn_temperature)
    on_test = {
        "linear_top1": top1(predictions, truth),
        "linear_balanced": balanced(predictions, truth),
        "knn_top1": top1(votes, truth),
        "knn_balanced": balanced(votes, truth),
    }
    queries = spread_over_classes(truth, QUERIES)
    tested = Tested(predictions, queries, nearest(test, queries), classify)
    return Evaluation(scores.model_copy(update=on_test), sizes, kept, tested)


def sizes_of(data: DeviceDataset) -> Sizes:
    """Count the images of a data set whose labels are not used."""
    return Sizes(train=len(data.train.pixels), test=len(data.test.pixels))


def spread_over_classes(labels: Tensor, count: int) -> Tensor:
    """Choose one row of every class, then a second of every class, and so on: (N,) to (min(count, N),).

    Any first part of the result is spread over the classes, too. If there are more classes than rows to
    choose, the classes are evenly spaced.

    Example:
        >>> spread_over_classes(torch.tensor([1, 1, 1, 0, 2]), 4).tolist()
        [3, 0, 4, 1]
        >>> spread_over_classes(torch.arange(9), 3).tolist()
        [0, 4, 8]
    """
    count = min(count, len(labels))
    by_class = labels.argsort(stable=True)
    sizes = labels.unique(return_counts=True)[1]
    starts = (sizes.cumsum(0) - sizes).repeat_interleave(sizes)
    occurrence = torch.arange(len(labels), device=labels.device) - starts  # of a row within its class
    rows = by_class[occurrence.argsort(stable=True)]
    if len(sizes) <= count:
        return rows[:count]
    return rows[torch.linspace(0, len(sizes) - 1, count).long().to(rows.device)]


def fitted_and_held_out(data: DeviceDataset, fraction: float) -> tuple[Tensor, Tensor]:
    """Return which training images classifiers are fitted on while they are chosen, and which are validation.

    Args:
        data: supplies labels and groups.
        fraction: to hold out.

    Returns:
        Indices, (F,) and (V,).
    """
    groups = None if data.train.groups is None else data.train.groups.numpy()
    parts = validation_split(data.train.labels.cpu().numpy(), fraction, groups)
    fit, validation = (torch.as_tensor(part).to(data.train.labels.device) for part in parts)
    return fit, validation
