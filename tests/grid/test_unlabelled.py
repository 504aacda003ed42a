"""A grid that uses no labels: what it fills in, and what it refuses."""

import pytest
from pydantic import ValidationError

from ablation.grid.cells import cells
from ablation.grid.models import Grid

PHOTOS = {"source": "folder", "path": "photos"}


def grid(evaluate=None, **sections):
    values = {"data": PHOTOS, "augmentations": {"crop": {}, "color": {}}}
    return Grid.model_validate({**values, "evaluate": {"labels": "none", **(evaluate or {})}, **sections})


def test_floors_that_need_no_label_stand_and_no_folder_is_a_class():
    assert grid().baselines == ("random-init", "no-augmentation")
    assert grid().data.class_depth == 0
    assert Grid.model_validate(grid().model_dump(), strict=False) == grid()


def test_labels_are_a_part_of_identity_only_where_there_are_none():
    def ids(evaluate):
        values = {"data": {"source": "shapes"}, "augmentations": {"crop": {}}, "baselines": []}
        return [cell.id for cell in cells(Grid.model_validate({**values, "evaluate": evaluate}), "shapes-1")]

    assert ids({}) == ids({"labels": "given"})
    assert ids({}) != ids({"labels": "none"})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"evaluate": {"score": "balanced"}}, "needs labels"),
        ({"evaluate": {"regularization": [0.1]}}, "needs labels"),
        ({"baselines": ["random-init", "supervised"]}, "no supervised; baselines can be random-init"),
        ({"baselines": ["color-histogram"]}, "no color-histogram"),
        ({"race": {"epochs": [1]}}, "a race compares accuracies"),
        ({"lengths": {"epochs": [1, 2]}}, r"\[lengths\] compares accuracies"),
        ({"vary": {"pretrain.temperature": [0.1, 0.5]}}, "by accuracies, which need labels"),
        ({"pretrain": {"head": "none"}}, "need a projection head"),
        ({"label_free": False}, "these scores are all there is"),
        ({"data": PHOTOS | {"class_depth": 1}}, "remove data.class_depth"),
        ({"data": PHOTOS | {"labels": "labels.csv"}}, "table of labels"),
    ],
)
def test_what_needs_labels_is_refused(changes, told):
    with pytest.raises(ValidationError, match=told):
        grid(**changes)


def test_a_folder_without_classes_is_refused_where_labels_are_used():
    with pytest.raises(ValidationError, match='add labels = "none"'):
        grid(evaluate={"labels": "given"}, data=PHOTOS | {"class_depth": 0})


def test_whether_labels_are_used_cannot_be_varied():
    with pytest.raises(ValidationError, match="cannot be varied"):
        grid(evaluate={"labels": "given"}, vary={"evaluate.labels": ["given", "none"]})
