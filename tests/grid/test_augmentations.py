"""Entries of `[augmentations]` and the steps they mean."""

from typing import Any

import pytest
from pydantic import ValidationError

from ablation.grid.augmentations import Augmentation
from ablation.grid.models import Grid
from ablation.grid.operations import OPERATIONS, Blur, Color, Crop


def resolved(**entries: Any) -> tuple[Augmentation, ...]:
    return Grid.model_validate({"data": {"source": "moving-shapes"}, "augmentations": entries}).resolved


def names(**entries: Any) -> list[str]:
    return [augmentation.name for augmentation in resolved(**entries)]


def refused(**entries: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        resolved(**entries)
    return str(caught.value)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_stands_under_its_own_name_with_its_defaults(name: str) -> None:
    [augmentation] = resolved(**{name: {}})
    assert augmentation == Augmentation.of(name, OPERATIONS[name]())  # type: ignore[arg-type]


def test_every_operation_is_documented_and_says_where_its_defaults_come_from() -> None:
    for operation in OPERATIONS.values():
        assert operation.__doc__
        assert operation.source


def test_a_list_for_one_number_is_a_sweep_whose_steps_share_the_draws_of_their_entry() -> None:
    sweep = resolved(color={"strength": [0.25, 1], "grayscale": 0.0})
    assert [one.name for one in sweep] == ["color 0.25", "color 1"]
    assert {one.entry for one in sweep} == {step.name for one in sweep for step in one.steps} == {"color"}
    assert [one.steps[0].operation for one in sweep] == [
        Color(strength=0.25, grayscale=0.0),
        Color(strength=1.0, grayscale=0.0),
    ]


def test_an_augmentation_carries_the_values_that_were_swept() -> None:
    sweep = resolved(
        color={"strength": [0.1234567, 1], "p": [0.2]},
        poster={"kornia": "RandomPosterize", "p": [0.5]},
        both=["color", "poster"],
    )
    color, poster = (("strength", 0.1234567), ("p", 0.2)), (("p", 0.5),)
    assert [one.swept for one in sweep] == [
        *(color, (("strength", 1.0), ("p", 0.2)), poster),
        *((*color, *poster), (("strength", 1.0), ("p", 0.2), *poster)),
    ]
    assert resolved(crop={})[0].swept == ()


def test_two_lists_are_every_combination() -> None:
    assert names(color={"strength": [0.5, 1.0], "p": [0.2, 0.8]}) == [
        *("color 0.5 p 0.2", "color 0.5 p 0.8", "color 1 p 0.2", "color 1 p 0.8"),
    ]


def test_the_p_of_a_kornia_class_can_be_swept_and_an_interval_is_no_sweep() -> None:
    assert names(poster={"kornia": "RandomPosterize", "bits": [3, 5], "p": [0.1, 0.9]}) == [
        *("poster p 0.1", "poster p 0.9"),
    ]
    assert names(crop={"scale": [0.2, 1.0]}) == ["crop"]


def test_a_sequence_takes_entries_of_the_grid_and_operations_with_their_defaults() -> None:
    *_, policy = resolved(
        crop={"flip": 0.0}, policy=["crop", "blur", {"operation": "color", "strength": 0.5}]
    )
    assert [(step.name, step.operation) for step in policy.steps] == [
        ("crop", Crop(flip=0.0)),
        ("blur", Blur()),
        ("color", Color(strength=0.5)),
    ]


def test_sequences_hold_sequences_and_sweeps() -> None:
    assert names(
        color={"strength": [0.5, 1.0]}, simclr=["crop", "color"], more=["simclr", {"kornia": "RandomClahe"}]
    ) == ["color 0.5", "color 1", "simclr 0.5", "simclr 1", "more 0.5", "more 1"]
    steps = resolved(simclr=["crop", "color"], more=["simclr", {"kornia": "RandomClahe"}])[1].steps
    assert [step.name for step in steps] == ["crop", "color", "RandomClahe"]


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        (
            {"one": ["crop", "colour"]},
            '"colour" is neither an entry of this grid nor a built-in operation; did you',
        ),
        ({"one": ["two"], "two": ["one"]}, '"one" contains itself: one → two → one'),
        ({"one": ["one"]}, '"one" contains itself: one → one'),
        (
            {"color 1": {"operation": "crop"}, "color": {"strength": [0.5, 1.0]}},
            '"color 1" appears twice; rename one',
        ),
        ({"color": {"strength": [1.0, 1.0]}}, '"color 1" appears twice; give each value of the sweep once'),
        ({"one": ["crop"], "crop": {}}, '"crop" is the same as "one"; remove one'),
        ({"Crop": ["crop"], "crop": {}}, '"crop" and "Crop" differ only by case; rename one'),
        ({"one": []}, "at least 1 item"),
    ],
)
def test_entries_that_mean_nothing_are_refused(entries: dict[str, Any], complaint: str) -> None:
    assert complaint in refused(**entries)


def test_values_that_differ_little_have_names_that_differ() -> None:
    assert names(noise={"std": [0.1000001, 0.1000002]}) == ["noise std 0.1000001", "noise std 0.1000002"]
