"""The grid that confirms a recommendation."""

import json

import pytest

from ablation.grid.file.load import parse_grid
from ablation.grid.models import Grid
from ablation.results.findings.recommend import candidates
from ablation.results.study import read_study
from ablation.runner.confirm import confirmation
from ablation.runner.policies import simclr
from tests.results.builder import build

BEST = {("crop", "color"): 0.6, ("blur", "crop"): 0.55, ("crop", "crop"): 0.5}


def policies(file):
    return {one.name: [step.name for step in one.steps] for one in file.grid.resolved}


@pytest.fixture
def study(tmp_path):
    names = {"crop": "crop", "paint": "color", "blur": "blur"}
    return read_study(build(tmp_path, names, lambda a, b, _: BEST.get((names[a], names[b]), 0.2)))


def test_the_few_best_their_union_and_simclr_are_run_once_each_on_both_branches(study):
    file = confirmation(study)
    assert policies(file) == {
        "crop + paint": ["crop", "color"],  # SimCLR's own too, at 32 pixels
        "blur + crop": ["blur", "crop"],
        "crop": ["crop"],
        "crop + paint + blur": ["crop", "color", "blur"],
    }
    assert file.grid.views.branches == "both"
    assert file.grid.seeds == (0, 1, 2)
    assert len(file.grid.planned) == 4
    assert file.grid.pretrain == study.folder.grid.pretrain


def test_its_text_says_the_same_and_parameters_are_the_grids(study):
    file = confirmation(study)
    assert parse_grid(file.text, study.folder.path / "grid.toml").grid == file.grid
    own = {step.operation for one in study.folder.grid.resolved for step in one.steps}
    assert {step.operation for one in file.grid.resolved for step in one.steps} <= own


def test_larger_images_get_simclrs_blur_and_strength():
    values = {"data": {"source": "shapes", "size": 96}, "augmentations": {"flip": {}}}
    crop, color, blur = (step.operation for step in simclr(Grid.model_validate(values)))
    assert (crop.operation, color.strength, blur.operation) == ("crop", 1.0, "blur")


def test_simclrs_operations_are_the_grids_where_it_has_them():
    values = {
        "data": {"source": "shapes"},
        "augmentations": {"strong": {"operation": "color", "strength": 2.0}},
    }
    crop, color = simclr(Grid.model_validate(values))
    assert (crop.operation.operation, color.name, color.operation.strength) == ("crop", "strong", 2.0)


def test_what_is_not_built_in_keeps_its_arguments(tmp_path):
    extra = 'poster = { kornia = "RandomPosterize", bits = [3.0, 3.0], p = 0.8 }'
    made = read_study(build(tmp_path, ["crop"], lambda *_: 0.4, extra=extra))
    found = [step.operation for one in confirmation(made).grid.resolved for step in one.steps]
    assert next(one for one in made.folder.grid.resolved if one.name == "poster").steps[0].operation in found


def test_values_of_a_sweep_are_policies_of_their_own(tmp_path):
    swept = "color = { strength = [0.25, 1.0] }"
    best = ("color 0.25", "crop"), ("color 1", "crop")
    made = read_study(build(tmp_path, ["crop"], lambda a, b, _: 0.6 if (a, b) in best else 0.2, extra=swept))
    found = [tuple(step.operation for step in one.steps) for one in confirmation(made).grid.resolved]
    wanted = [
        tuple(step.operation for step in choice.steps)
        for choice in candidates(made.folder, made.validation)[:2]
    ]
    assert [operations[0].strength for operations in wanted] == [0.25, 1.0]
    assert set(wanted) <= set(found)


def test_long_names_are_numbered(tmp_path):
    long = {f"a-name-of-quite-some-letters-{k}": name for k, name in enumerate(("crop", "color"))}
    file = confirmation(read_study(build(tmp_path, long, lambda *_: 0.4)))
    assert all(len(name) <= 32 for name in policies(file))
    assert json.dumps(policies(file)).count("policy") >= 1
