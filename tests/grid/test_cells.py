import dataclasses
import tomllib
import warnings
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from ablation.grid.augmentations import Augmentation
from ablation.grid.baselines import BASELINES
from ablation.grid.cells import HEAD, PROTOCOL_VERSION, Cell, Recipe, cells
from ablation.grid.data import (
    LOCATIONS,
    NOT_PIXELS,
    SOURCES,
    ClipFolder,
    Generated,
    HuggingFace,
    ImageFolder,
    MedMNIST,
    MovingShapes,
    Npz,
    Percentiles,
    Torchvision,
)
from ablation.grid.encoders import ENCODERS, PythonModule, ResNetMicro, Timm
from ablation.grid.entries import Kornia, Python, Reference, Steps, Sweep
from ablation.grid.few_labels import FewLabels
from ablation.grid.lengths import Lengths
from ablation.grid.models import Grid
from ablation.grid.objectives import NTXent
from ablation.grid.operations import OPERATIONS, Color, Crop
from ablation.grid.race import Race
from ablation.grid.recipe import OBJECTIVES, Evaluate, Pretrain, Views
from ablation.grid.settings import AsBefore, Settings
from ablation.grid.vary import Vary

DATA = [
    Generated(source="shapes"),
    Torchvision(source="cifar10"),
    ImageFolder(source="folder", path="photos"),
    HuggingFace(source="hf", path="uoft-cs/cifar10"),
    Npz(source="npz", path="cifar.npz"),
    MedMNIST(source="medmnist", name="bloodmnist"),
    MovingShapes(source="moving-shapes"),
    ClipFolder(source="clips", path="films"),
]
FOREIGN = [
    Kornia(kornia="RandomPosterize", arguments={"bits": 3}),
    Python(python="mine:Mine", arguments={"p": 0.5}, source="abc"),
]
BUILT_IN = [operation() for operation in OPERATIONS.values()]
CONTRASTIVE = HEAD | {"objective"}
ENCODING = [
    ResNetMicro(),
    ENCODERS["resnet18"](),
    ENCODERS["vit-micro"](),
    Timm(model="resnet10t"),
    PythonModule(model="mine:Net", source="abc"),
]
ALL = [
    *DATA,
    Percentiles(percentiles=(0.5, 99.5)),
    Views(),
    Pretrain(),
    Evaluate(),
    *(objective() for objective in OBJECTIVES.values()),
    *ENCODING,
    *BUILT_IN,
    *FOREIGN,
]
PLACES = NOT_PIXELS | {"folder", "weights"}  # their digest tells which weights these are
KINDS = ("pair", "single", *BASELINES)


def cell(kind: str = "pair", data: Settings = DATA[0], **changes: Any) -> Cell:
    first = changes.pop("first", Augmentation.of("crop", Crop()))
    both = first, changes.pop("second", Augmentation.of("color", Color()))
    settings = {
        "kind": kind,
        "policy": {"pair": both, "single": both[:1]}.get(kind, ()),
        "seed": None if kind in BASELINES and not BASELINES[kind].has_encoder else 0,
        "at": (),
    }
    recipe = {
        "data": data,
        "fingerprint": "0123",
        "views": Views(),
        "pretrain": Pretrain(),
        "evaluate": Evaluate(),
        "protocol": PROTOCOL_VERSION,
        "label_free": True,
    }
    own = {key: changes.pop(key) for key in settings if key in changes}
    return Cell(**(settings | own), recipe=Recipe(**(recipe | changes)))


def another(value: Any) -> Any:
    """Some other value of about the same type; whether the grid file would take it does not matter here."""
    match value:
        case None | str():
            return f"{value} or another"
        case tuple():
            return (*value, 0.5)
        case NTXent():
            return changed(value, "temperature")
        case ResNetMicro():
            return changed(value, "width")
        case dict():
            return value | {"another": 0.5}
        case int() | float():
            return value + 0.5
    raise NotImplementedError(f"say here how {value!r} is changed")


def changed(model: Settings, field: str) -> Settings:
    return model.model_copy(update={field: another(getattr(model, field))})


def section_changes() -> Iterator[Any]:
    for model in ALL:
        for field in type(model).model_fields:
            if field not in PLACES:
                yield pytest.param(model, field, id=f"{type(model).__name__}.{field}")


def with_section(model: Settings, **cell_settings: Any) -> Cell:
    for name in ("views", "pretrain", "evaluate"):
        if isinstance(model, Grid.model_fields[name].annotation):  # type: ignore[arg-type]
            return cell(**cell_settings, **{name: model})
    if isinstance(model, (Kornia, Python, *OPERATIONS.values())):
        return cell(**cell_settings, first=Augmentation.of("first", model))
    if isinstance(model, tuple(OBJECTIVES.values())):
        return cell(**cell_settings, pretrain=Pretrain().model_copy(update={"objective": model}))
    if isinstance(model, tuple(ENCODERS.values())):
        return cell(**cell_settings, pretrain=Pretrain().model_copy(update={"encoder": model}))
    if isinstance(model, Percentiles):
        return cell(**cell_settings, data=DATA[2].model_copy(update={"range": model}))
    return cell(**cell_settings, data=model)


@pytest.fixture(autouse=True)
def _allow_values_of_other_types() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Pydantic serializer warnings")
        yield


def test_every_model_of_the_grid_file_is_tried_below() -> None:
    def below(model: type[BaseModel]) -> set[type[BaseModel]]:
        return {model}.union(*(below(child) for child in model.__subclasses__()))

    in_package = {m for m in below(Settings) - {Settings, Grid} if m.__module__.startswith("ablation.")}
    leaves = {model for model in in_package if not in_package & set(model.__subclasses__())}
    # Sweeps and sequences are resolved to the others before they become part of a cell, axes to settings.
    assert {type(model) for model in ALL} == leaves - {
        Sweep,
        Reference,
        Steps,
        Lengths,
        Race,
        Vary,
        FewLabels,
    }
    assert {type(model) for model in DATA} == set(SOURCES.values())
    assert set(Grid.model_fields) == {
        *(
            "name",
            "seeds",
            "baselines",
            "pairs",
            "lengths",
            "race",
            "vary",
        ),  # change which cells there are, and none of them
        "save_encoder",  # changes what is kept
        *("few_labels", "transfer"),  # are measured beside a cell; a probe has an id of its own
        "label_free",  # changes what else is measured
        "presets",  # is put over the others before
        *("data", "views", "augmentations", "pretrain", "evaluate"),
    }
    assert {field.name for field in dataclasses.fields(Cell)} == {"kind", "policy", "seed", "recipe", "at"}
    assert {field.name for field in dataclasses.fields(Recipe)} == {
        *("fingerprint", "data", "views", "pretrain", "evaluate", "protocol"),
        "label_free",  # see below
        "whole",  # says what else is measured
    }


@pytest.mark.parametrize(("model", "field"), list(section_changes()))
def test_every_setting_that_can_change_a_number_changes_the_id(model: Settings, field: str) -> None:
    assert with_section(changed(model, field)).id != with_section(model).id


@pytest.mark.parametrize("operation", [*BUILT_IN, *FOREIGN], ids=lambda one: type(one).__name__)
def test_settings_of_the_second_operation_change_the_id_too(operation: Settings) -> None:
    for field in set(type(operation).model_fields) - PLACES:
        one, other = operation, changed(operation, field)
        assert cell(second=Augmentation.of("x", one)).id != cell(second=Augmentation.of("x", other)).id  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 1},
        {"fingerprint": "4567"},
        {"kind": "single"},
        {"first": Augmentation.of("other", Crop())},
        {"second": Augmentation.of("other", Color())},
        {"first": Augmentation.of("color", Color()), "second": Augmentation.of("crop", Crop())},
    ],
    ids=lambda changes: " ".join(changes),
)
def test_what_else_makes_another_cell(changes: dict[str, Any]) -> None:
    assert cell(**changes).id != cell().id


def test_a_new_protocol_makes_every_cell_another() -> None:
    before = [cell(kind).id for kind in KINDS]
    assert all(
        cell(kind, protocol=PROTOCOL_VERSION - 1).id != old for kind, old in zip(KINDS, before, strict=True)
    )


def test_scores_without_labels_do_not_change_the_id() -> None:
    assert cell(label_free=False).id == cell(label_free=True).id


@pytest.mark.parametrize("data", DATA, ids=lambda data: data.source)
def test_where_pixels_lie_does_not_change_the_id(data: Settings) -> None:
    places = LOCATIONS & set(type(data).model_fields)
    here = data.model_copy(update=dict.fromkeys(places, "here"))
    there = data.model_copy(update=dict.fromkeys(places, "there"))
    assert cell(data=here).id == cell(data=there).id


@pytest.mark.parametrize(
    ("data", "field"), [(DATA[2], "groups"), (DATA[2], "unlabelled"), (DATA[3], "unlabelled")]
)
def test_whether_groups_or_unlabelled_images_are_used_changes_the_id(data: Settings, field: str) -> None:
    assert cell(data=changed(data, field)).id != cell(data=data).id


def test_where_a_users_own_module_lies_does_not_change_the_id_and_its_code_does() -> None:
    here, there = (FOREIGN[1].model_copy(update={"folder": folder}) for folder in ("here", "there"))
    assert with_section(here).id == with_section(there).id


def test_where_weights_lie_does_not_change_the_id_and_their_content_does() -> None:
    here, there, other = (
        Timm(model="resnet10t", weights=name, digest=digest, folder=name)
        for name, digest in (("a.safetensors", "1"), ("b.safetensors", "1"), ("a.safetensors", "2"))
    )
    assert with_section(here).id == with_section(there).id != with_section(other).id


def test_the_operations_of_a_sequence_and_their_order_change_the_id() -> None:
    steps = Augmentation.of("crop", Crop()).steps + Augmentation.of("color", Color()).steps
    forth, back = (Augmentation("both", "both", some) for some in (steps, steps[::-1]))
    assert len({cell("single", first=one).id for one in (forth, back)} | {cell().id}) == 3
    assert cell("single", first=forth).steps == cell("pair").steps


class Grown(Pretrain):
    """As settings of pretraining may look after a later version."""

    momentum: Annotated[float, AsBefore(0.0)] = 0.0
    nested: Annotated[NTXent, AsBefore(NTXent())] = NTXent()


def test_a_setting_that_is_added_later_changes_no_id_while_it_means_as_before() -> None:
    for kind in KINDS:
        assert cell(kind, pretrain=Grown()).id == cell(kind).id
    for later in (Grown(momentum=0.5), Grown(nested=NTXent(temperature=0.3))):
        changed_kinds = {kind for kind in KINDS if cell(kind, pretrain=later).id != cell(kind).id}
        assert changed_kinds == {"single", "pair", "no-augmentation", "supervised"}


def test_a_default_that_is_changed_later_changes_the_id() -> None:
    class Changed(Pretrain):
        momentum: Annotated[float, AsBefore(0.0)] = 0.9

    assert cell(pretrain=Changed()).id != cell().id
    assert cell(pretrain=Changed(momentum=0.0)).id == cell().id


def test_a_setting_that_is_not_marked_changes_the_id() -> None:
    class Unmarked(Pretrain):
        momentum: float = 0.0

    assert cell(pretrain=Unmarked()).id != cell().id


def test_only_places_are_kept_out_of_the_id() -> None:
    assert sorted(LOCATIONS) == ["groups", "labels", "path", "root", "unlabelled"]
    # `evaluate.labels` is no place; tests/grid/test_unlabelled.py says that ids tell it.
    others = {field for model in ALL[len(DATA) :] for field in type(model).model_fields}
    assert LOCATIONS & others == {"labels"}


def test_each_baseline_depends_on_what_it_uses_and_on_nothing_else() -> None:
    everything = set(Pretrain.model_fields)
    training = {"epochs", "batch_size", "clip_frames", "optimizer", "learning_rate", "scaling"}
    training |= {"weight_decay", "warmup", "world_size"}
    assert everything == {"encoder"} | CONTRASTIVE | training | {"precision"}, (
        "a setting of pretraining is new: say here whether an untrained encoder or only a "
        "contrastive job (CONTRASTIVE) has it"
    )
    uses = {
        "majority": {"precision"},
        "raw-pixels": {"precision"},
        "color-histogram": {"precision"},
        "random-init": {"precision", "encoder"},
        "supervised": everything - CONTRASTIVE,
        "no-augmentation": everything,
        "single": everything,
        "pair": everything,
    }
    for kind in KINDS:
        for field in everything:
            differs = cell(kind, pretrain=changed(Pretrain(), field)).id != cell(kind).id
            assert differs == (field in uses[kind]), f"{kind}: {field}"


@pytest.mark.parametrize("kind", KINDS)
def test_data_and_evaluation_matter_to_every_kind(kind: str) -> None:
    assert cell(kind, data=changed(DATA[0], "size")).id != cell(kind).id
    assert cell(kind, evaluate=changed(Evaluate(), "solver")).id != cell(kind).id


def test_kinds_differ() -> None:
    assert len({cell(kind).id for kind in KINDS}) == len(KINDS)


def grid(**changes: Any) -> Grid:
    settings = {"data": {"source": "shapes"}, "augmentations": {"crop": {}, "color": {}}}
    return Grid.model_validate(settings | changes)


def ids(some: Grid) -> set[str]:
    return {cell.id for cell in cells(some, "shapes-1")}


def test_a_seed_or_an_operation_or_a_baseline_more_reuses_every_cell() -> None:
    assert ids(grid()) < ids(grid(seeds=[0, 1]))
    assert ids(grid()) < ids(grid(augmentations={"blur": {}, "crop": {}, "color": {}}))
    assert ids(grid(baselines=[])) < ids(grid())
    assert ids(grid(name="one")) == ids(grid(name="other"))


def test_what_a_sweep_or_a_sequence_is_called_is_no_part_of_a_cell() -> None:
    two = {"crop": {}, "color": {"strength": [1.0, 0.5]}}
    assert ids(grid()) < ids(grid(augmentations=two))
    policy = ["crop", "color"]
    assert ids(grid(augmentations={"simclr": policy})) == ids(grid(augmentations={"policy": policy}))
    one, other = ({"dull": {"kornia": "RandomInvert", "p": p}} for p in (1, 1.0))
    assert ids(grid(augmentations=one)) == ids(grid(augmentations=other))


def labels(some: Grid) -> list[str]:
    return [cell.label for cell in cells(some, "shapes-1")]


def test_pairs_may_be_those_of_some_entries_or_none() -> None:
    three = {"crop": {}, "color": {"strength": [0.5, 1.0]}, "blur": {}}
    some = grid(augmentations=three, pairs=["blur"], baselines=[])
    assert labels(some) == [
        *("crop", "crop → blur", "color 0.5", "color 0.5 → blur", "color 1", "color 1 → blur"),
        *("blur → crop", "blur → color 0.5", "blur → color 1", "blur"),
    ]
    assert ids(some) < ids(grid(augmentations=three, baselines=[]))
    assert labels(grid(pairs=[], baselines=[])) == ["crop", "color"]
    of_a_sweep = grid(augmentations=three, pairs=["color"], baselines=[])
    assert len(labels(of_a_sweep)) == 4 * 4 - 2  # all but crop → blur and blur → crop


def test_numbers_may_be_written_whole() -> None:
    assert ids(grid(pretrain={"temperature": 1})) == ids(grid(pretrain={"temperature": 1.0}))


def test_cells_come_seed_by_seed_baselines_first_and_row_by_row() -> None:
    some = grid(seeds=[7, 3], baselines=["supervised", "raw-pixels"])
    assert [(cell.seed, cell.kind, cell.label) for cell in cells(some, "shapes-1")] == [
        (7, "supervised", "supervised"),
        (None, "raw-pixels", "raw-pixels"),
        (7, "single", "crop"),
        (7, "pair", "crop → color"),
        (7, "pair", "color → crop"),
        (7, "single", "color"),
        (3, "supervised", "supervised"),
        (3, "single", "crop"),
        (3, "pair", "crop → color"),
        (3, "pair", "color → crop"),
        (3, "single", "color"),
    ]


def test_no_two_cells_of_a_grid_are_the_same() -> None:
    all_cells = list(cells(grid(seeds=[0, 1, 2]), "shapes-1"))
    assert len(all_cells) == 3 * (3 + 4) + 3
    assert len({cell.id for cell in all_cells}) == len(all_cells)


def test_a_single_applies_its_operation_once_and_a_pair_in_order() -> None:
    assert [step.name for step in cell("single").policy] == ["crop"]
    assert [step.name for step in cell("pair").policy] == ["crop", "color"]
    assert cell("random-init").policy == ()


def test_a_cell_without_a_seed_says_so() -> None:
    assert cell("random-init").required_seed == 0
    with pytest.raises(ValueError, match="raw-pixels draws nothing"):
        _ = cell("raw-pixels").required_seed


# Every setting is written out, so that another default is no other id.
WRITTEN_OUT = """
seeds = [0]
baselines = ["random-init"]
data = { source = "shapes", train = 500, test = 200, size = 32, seed = 0, coloring = "random" }
views = { branches = "one", base_crop = "shared", base_scale = [0.08, 1.0] }

[augmentations]
crop = { scale = [0.08, 1.0], ratio = [0.75, 1.25], flip = 0.5 }
strong = { operation = "color", strength = 1.0, p = 0.8, grayscale = 0.2 }

[pretrain]
encoder = "resnet-micro"
width = 32
stem = "patch"
head = "mlp"
projection = 128
objective = "nt-xent"
temperature = 0.2
epochs = 10
batch_size = 128
optimizer = "adamw"
learning_rate = 4e-3
scaling = "none"
weight_decay = 1e-4
warmup = 0.1
precision = "float32"

[evaluate]
solver = "lbfgs"
regularization = [1e-5, 1e-3, 10]
validation_fraction = 0.2
knn_temperature = 0.1
"""


@pytest.mark.parametrize(
    ("protocol", "known"),
    [
        (
            4,
            {
                "random-init": "e93714041567277f",
                "crop": "a74c91624d9f0415",
                "crop → strong": "1a86fa6309e00bfa",
            },
        ),
        (
            5,
            {
                "random-init": "31bb974b46b40ee4",
                "crop": "f739e63a447f469d",
                "crop → strong": "6576a50bca477243",
            },
        ),
        (
            6,
            {
                "random-init": "5e84d839ee76df1b",
                "crop": "9830575aaa7ef580",
                "crop → strong": "78b4c4b3a912d679",
            },
        ),
    ],
)
def test_ids_are_the_same_in_every_process_and_version(protocol: int, known: dict[str, str]) -> None:
    grid = Grid.model_validate(tomllib.loads(WRITTEN_OUT))
    now = {cell.label: cell.id for cell in cells(grid, "shapes-1", protocol)}
    assert {label: now[label] for label in known} == known, (
        "cells have other ids, and results that exist are not found any more. If their numbers have changed "
        "raise PROTOCOL_VERSION, and write the new ids here; if not, see that the ids stay what they were."
    )
