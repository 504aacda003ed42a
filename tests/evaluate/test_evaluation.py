"""The whole evaluation: what may see what."""

from dataclasses import replace

import pytest
import torch

from ablation.evaluate.evaluation import evaluate
from ablation.evaluate.floors import nothing
from ablation.grid.recipe import Evaluate


@pytest.fixture
def features(data):
    draws = torch.Generator().manual_seed(1)

    def of(labels):
        return torch.nn.functional.one_hot(labels, 4) + 0.4 * torch.randn(len(labels), 4, generator=draws)

    return of(data.train.labels), of(data.test.labels)


def test_test_labels_change_test_scores_alone(data, features):
    shuffled = replace(data, test=replace(data.test, labels=data.test.labels.roll(1)))
    one, other = (evaluate(*features, d, Evaluate()) for d in (data, shuffled))
    assert one.scores.linear_top1_val == other.scores.linear_top1_val
    assert one.scores.regularization == other.scores.regularization
    assert torch.equal(one.tested.predictions, other.tested.predictions)
    assert one.scores.linear_top1 > other.scores.linear_top1 + 0.3


def test_test_features_change_nothing_but_their_own_predictions(data, features):
    train, test = features
    far = torch.cat([test[:50], 1e4 * torch.ones_like(test[50:])])
    one, other = (evaluate(train, t, data, Evaluate()) for t in (test, far))
    assert one.scores.linear_top1_val == other.scores.linear_top1_val
    assert one.scores.regularization == other.scores.regularization
    assert torch.equal(one.tested.predictions[:50], other.tested.predictions[:50])


def test_informative_features_score_well_and_random_ones_at_chance(data, features):
    assert evaluate(*features, data, Evaluate()).scores.linear_top1 > 0.6
    noise = [
        torch.randn(len(f), 4, generator=torch.Generator().manual_seed(i)) for i, f in enumerate(features)
    ]
    assert evaluate(*noise, data, Evaluate()).scores.linear_top1 < 0.45


def test_validation_scores_are_none_where_the_labels_were_seen(data, features):
    scores = evaluate(*features, data, Evaluate(), labels_seen=True).scores
    assert scores.linear_top1_val is scores.linear_balanced_val is None
    assert scores.knn_top1_val is scores.knn_balanced_val is None
    assert scores.linear_top1 > 0.6


def test_without_the_test_split_the_validation_scores_are_the_same(data, features):
    train, test = features
    whole, validated = evaluate(train, test, data, Evaluate()), evaluate(train, None, data, Evaluate())
    assert validated.tested is None
    assert validated.scores.linear_top1 is None
    held_out = {key for key in whole.scores.model_dump() if key.endswith("_val") or key == "regularization"}
    assert validated.scores.model_dump(include=held_out) == whole.scores.model_dump(include=held_out)
    assert torch.equal(validated.validation[0], whole.validation[0])


def test_queries_cover_every_class_and_are_not_their_own_neighbours(data, features):
    evaluation = evaluate(*features, data, Evaluate()).tested
    assert len(evaluation.queries.unique()) == 16
    assert data.test.labels[evaluation.queries].tolist() == [0, 1, 2, 3] * 4
    assert not (evaluation.neighbours == evaluation.queries[:, None]).any()


def test_groups_stay_on_one_side_of_the_validation_split(data, features):
    # Features that tell the group and nothing of the class: only a leak can read the class from them.
    groups = torch.arange(200) // 4
    labels = torch.randint(0, 4, (50,), generator=torch.Generator().manual_seed(0))[groups]
    telltale = torch.randn(50, 64, generator=torch.Generator().manual_seed(1))[groups]

    def validation(with_groups):
        train = replace(data.train, labels=labels, groups=groups if with_groups else None)
        return evaluate(telltale, features[1] @ torch.zeros(4, 64), replace(data, train=train), Evaluate())

    assert validation(False).scores.linear_top1_val > 0.9
    assert validation(True).scores.linear_top1_val < 0.6


def unequal(data, features):
    labels = (torch.arange(200) % 25 == 0).long()  # 92 to 8
    test = (torch.arange(60) % 15 == 0).long()
    parts = {name: replace(getattr(data, name), labels=y) for name, y in (("train", labels), ("test", test))}
    return evaluate(*features, replace(data, classes=2, **parts), Evaluate())


def test_unequal_classes_are_decided_by_balanced_accuracy_and_the_largest_class_is_a_floor(data, features):
    noise = [torch.randn(f.shape, generator=torch.Generator().manual_seed(3)) for f in features]
    scores = unequal(data, noise).scores
    assert scores.decided_by == "balanced"
    assert scores.linear_top1_val > 0.9  # and yet there is nothing to learn:
    assert scores.chosen_by == scores.linear_balanced_val < 0.7
    floor = unequal(data, [nothing(split.pixels) for split in (data.train, data.test)]).scores
    assert floor.linear_top1 == pytest.approx(56 / 60)
    assert floor.linear_balanced == floor.chosen_by == 0.5
