"""`[vary]`: which cells it means, that each is that of a grid with the value as its own, what is refused."""

from pathlib import Path

import pytest

from ablation.errors import GridError
from ablation.grid.cells import cells, jobs, varied_cells
from ablation.grid.file.load import parse_grid
from ablation.grid.models import Grid
from ablation.grid.points import axes, points

TEXT = """
seeds = [0, 1]
baselines = ["raw-pixels", "random-init", "supervised"]
[data]
source = "shapes"
train = 400
[augmentations]
crop = {}
color = { strength = 0.5 }
blur = {}
[pretrain]
epochs = 4
temperature = 0.1
"""


def grid(vary: str, text: str = TEXT) -> Grid:
    return parse_grid(f"{text}[vary]\n{vary}", Path("g.toml")).grid


def complaint(vary: str) -> str:
    with pytest.raises(GridError) as error:
        grid(vary)
    return str(error.value)


@pytest.mark.parametrize(
    ("vary", "own"),
    [
        ('"pretrain.batch_size" = [64, 128]', "pretrain.batch_size = 64"),
        ('"pretrain.encoder" = ["resnet-micro", "resnet18"]', 'pretrain.encoder = "resnet18"'),
        ('"views.branches" = ["one", "both"]', 'views.branches = "both"'),
        ('"augmentations.color.strength" = [0.5, 1.0]', "augmentations.color.strength = 1.0"),
        ('"evaluate.solver" = ["lbfgs", "sgd"]', 'evaluate.solver = "sgd"'),
        ('"pretrain.epochs" = [4, 8]', "pretrain.epochs = 8"),
        ("pretrain = [{ epochs = 2 }, { epochs = 8 }]", "pretrain.epochs = 8"),
    ],
)
def test_a_varied_cell_is_that_of_a_grid_with_the_value_as_its_own(vary, own):
    other = parse_grid(TEXT, Path("g.toml"), [own.replace(" ", "")]).grid
    expected = {cell.id for cell in cells(other, "f") if cell.policy}
    assert expected <= {cell.id for cell in jobs(grid(vary), "f")}


def test_another_objective_drops_the_settings_of_the_one_it_replaces():
    found = grid('"pretrain.objective" = ["nt-xent", "byol", { objective = "byol", momentum = 0.5 }]')
    assert [(point.at[0][1], point.grid.pretrain.objective.momentum) for point in points(found)] == [
        ("byol", 0.9),
        ("byol (momentum 0.5)", 0.5),
    ]


def test_own_settings_come_first_then_axis_by_axis_then_both():
    found = grid(
        '"pretrain.batch_size" = [64, 128]\n"pretrain.width" = [16, 32, 8]\nonly = ["crop"]\nseeds = [0]'
    )
    assert [dict(cell.at) for cell in varied_cells(found, "f") if cell.policy] == [
        {"batch_size": 64, "width": 32},
        {"batch_size": 128, "width": 16},
        {"batch_size": 128, "width": 8},
        {"batch_size": 64, "width": 16},
        {"batch_size": 64, "width": 8},
    ]
    assert [(axis.name, axis.own) for axis in axes(found)] == [("batch_size", 128), ("width", 32)]


def test_axes_go_together_step_by_step():
    found = grid(
        '"pretrain.batch_size" = [64, 256]\n"pretrain.learning_rate" = [0.002, 0.008]\ntogether = true'
    )
    assert [tuple(dict(point.at).values()) for point in points(found)] == [(64, 0.002), (256, 0.008)]


def test_settings_of_a_section_may_be_varied_as_one_beside_others():
    found = grid(
        """
        pretrain = [{ objective = "nt-xent" }, { objective = "byol", epochs = 8 }]
        "pretrain.batch_size" = [64, 128]
        """
    )
    assert [(axis.name, axis.own) for axis in axes(found)] == [("pretrain", "nt-xent"), ("batch_size", 128)]
    jobs_of = [point.grid.pretrain for point in points(found)]
    assert [(job.objective.objective, job.epochs, job.batch_size) for job in jobs_of] == [
        ("byol", 8, 128), ("nt-xent", 4, 64), ("byol", 8, 64),
    ]  # fmt: skip
    [axis] = axes(grid("pretrain = [{ width = 8, epochs = 2 }, { width = 16 }]"))
    assert (axis.labels, axis.own) == (("width 8, epochs 2", "width 16"), "width 32, epochs 4")


def test_floors_without_training_run_where_a_value_changes_them():
    found = [cell for cell in varied_cells(grid('"pretrain.width" = [16, 32]'), "f") if not cell.policy]
    assert {(cell.kind, cell.seed) for cell in found} == {("random-init", 0), ("random-init", 1)}
    assert not [
        cell for cell in varied_cells(grid('"pretrain.batch_size" = [16, 32]'), "f") if not cell.policy
    ]


def test_every_job_is_there_once():
    ids = [
        cell.id
        for cell in jobs(grid('"pretrain.batch_size" = [64, 128]\n"views.branches" = ["one", "both"]'), "f")
    ]
    assert len(ids) == len(set(ids))


def test_seeds_of_its_own_run_the_grids_value_too():
    found = list(
        varied_cells(grid('"pretrain.batch_size" = [64, 128]\nonly = ["crop"]\nseeds = [1, 5]'), "f")
    )
    assert [(cell.seed, cell.at[0][1]) for cell in found if cell.policy] == [(1, 64), (5, 128), (5, 64)]


def test_a_setting_may_be_written_as_a_table_and_lengths_are_the_epochs():
    assert grid("pretrain.batch_size = [64, 256]") == grid('"pretrain.batch_size" = [64, 256]')
    lengths = parse_grid(TEXT + "[lengths]\nepochs = [8, 2]", Path("g.toml")).grid
    ids = {cell.id for cell in jobs(lengths, "f")}
    assert ids == {cell.id for cell in jobs(grid('"pretrain.epochs" = [2, 8]'), "f")}


def test_a_grid_written_anew_varies_the_same():
    found = grid('"pretrain.batch_size" = [64, 256]\nonly = ["crop"]')
    again = Grid.model_validate(found.model_dump(mode="json"), strict=False)
    assert again == found
    assert [cell.id for cell in jobs(again, "f")] == [cell.id for cell in jobs(found, "f")]


@pytest.mark.parametrize(
    ("vary", "told"),
    [
        ('"pretrain.widht" = [1, 2]', 'vary."pretrain.widht": unknown; did you mean "width"?'),
        ('"pretrain.width" = [8, "x"]', 'vary."pretrain.width"[1]: must be a whole number, not "x"'),
        ('"pretrain.width" = [8]', 'vary."pretrain.width": must be a list of two values or more'),
        ('"pretrain.width" = 8', 'vary."pretrain.width": must be a list of two values or more'),
        ('"pretrain.width" = [8, 8]', 'vary."pretrain.width": contains duplicates'),
        (
            '"pretrain.batch_size" = [8, 512]',
            'vary."pretrain.batch_size"[1]: 512 is more than the 400 images',
        ),
        ('"pretrain.objective" = ["nt-xent", "bylo"]', '[1]: unknown objective "bylo"; did you mean "byol"?'),
        (
            '"pretrain.objective" = ["nt-xent", { objective = "byol", mo = 1.0 }]',
            'vary."pretrain.objective"[1].mo: unknown',
        ),
        ('"augmentations.colour.strength" = [1.0, 2.0]', 'vary."augmentations.colour.strength"'),
        ('"evaluate.validation_fraction" = [0.1, 0.2]', "scored on other images"),
        ('"data.train" = [400, 800]', "other images; write one grid for each data set"),
        ("data = [{ size = 16 }, { seed = 1 }]", "other images; write one grid for each data set"),
        ('"data.size" = [32, 30]', 'vary."data.size"[1]: pretrain.stem would be wrong'),
        ('"data.colorings" = [1, 0]', 'vary."data.colorings"[1]: must be at least 1'),
        ("pretrain = [64, 128]", "vary.pretrain: must be a list of tables of settings"),
        ("pretrain = [{ widht = 8 }, { width = 16 }]", "vary.pretrain[0].widht: unknown"),
        ("evaluate = [{ validation_fraction = 0.1 }, { knn_temperature = 1.0 }]", "scored on other images"),
        (
            'pretrain = [{ width = 8 }, { epochs = 2 }]\n"pretrain.width" = [8, 16]',
            'vary."pretrain.width": pretrain sets this as well',
        ),
        ("sedes = [1, 2]", 'vary.sedes: unknown; did you mean "seeds"?'),
        ("only = []", "vary: names no setting"),
        ('"pretrain.width" = [8, 16]\nonly = ["crpo"]', 'vary.only: "crpo" is not an entry'),
        ('"pretrain.width" = [8, 16]\n"pretrain.epochs" = [1, 2, 3]\ntogether = true', "equally many values"),
        ('"pretrain.epochs" = [' + ", ".join(map(str, range(1, 1002))) + "]", "at most 1,000 values"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(vary, told):
    assert told in complaint(vary)


def test_all_that_is_wrong_is_said_at_once():
    lines = complaint(
        '"pretrain.width" = [8, 0]\n"pretrain.batch_size" = [1, 512]\n"views.branches" = ["one", "two"]'
    ).splitlines()
    assert [line.split("  ")[1].split(":")[0] for line in lines] == [
        'vary."pretrain.width"[1]',
        'vary."pretrain.batch_size"[0]',
        'vary."pretrain.batch_size"[1]',
        'vary."views.branches"[1]',
    ]


@pytest.mark.parametrize("section", ["[lengths]\nepochs = [2, 8]\n", "[race]\nepochs = [2]\n"])
def test_lengths_and_races_are_not_varied(section):
    with pytest.raises(GridError, match="vary: a grid has"):
        grid('"pretrain.width" = [8, 16]', TEXT + section)
