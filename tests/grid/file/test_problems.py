from typing import Any

import pytest
from pydantic import ValidationError

from ablation.grid.data import SOURCES
from ablation.grid.file.place import sections
from ablation.grid.file.problems import problems
from ablation.grid.models import Grid
from ablation.grid.operations import OPERATIONS
from ablation.grid.settings import Settings
from tests.grid.file.test_place import File

GOOD: dict[str, Any] = {"data": {"source": "shapes"}, "augmentations": {"crop": {}}}


def told(values: dict[str, Any], root: type[Settings] = Grid) -> dict[tuple[str | int, ...], str]:
    with pytest.raises(ValidationError) as caught:
        root.model_validate(values)
    return {problem.path: problem.message for problem in problems(caught.value, root)}


@pytest.mark.parametrize("section", sections(Grid))
def test_an_unknown_key_is_told_in_every_section_there_is(section: str) -> None:
    own = GOOD["data"] if section == "transfer" else GOOD.get(section, {})
    found = told(GOOD | {section: own | {"zzz": 1}})
    assert found[section, "zzz"].startswith("unknown")
    assert "; one of " in found[section, "zzz"]


@pytest.mark.parametrize("source", SOURCES)
def test_an_unknown_key_is_told_of_every_source_of_data(source: str) -> None:
    message = told(GOOD | {"data": {"source": source, "zzz": 1}})["data", "zzz"]
    assert message.startswith(f'unknown with source = "{source}"; one of ')


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_unknown_key_is_told_of_every_operation(name: str) -> None:
    entries = {
        name: {"zzz": 1},
        "mine": {"operation": name, "zzz": 1},
        "both": ({"operation": name, "zzz": 1},),
    }
    found = told(GOOD | {"augmentations": entries | {"both": [*entries["both"]]}})
    keys = ", ".join(OPERATIONS[name].model_fields)
    assert found == {
        ("augmentations", name, "zzz"): f"unknown; one of {keys}",
        ("augmentations", "mine", "zzz"): f'unknown with operation = "{name}"; one of {keys}',
        ("augmentations", "both", 0, "zzz"): f'unknown with operation = "{name}"; one of {keys}',
    }


@pytest.mark.parametrize(
    ("job", "path", "message"),
    [
        ({"speed": "slow", "rest": "x"}, "rest", 'must be a whole number, not "x"'),
        ({"speed": "slo"}, "speed", 'unknown speed "slo"; did you mean "slow"? (fast, slow)'),
        ({"speed": 3}, "speed", "unknown speed 3 (fast, slow)"),
        ({"epochs": "x"}, "epochs", 'must be a whole number, not "x"'),
        ({"speed": "slow", "epoch": 2}, "epoch", 'unknown; did you mean "epochs"?'),
        (
            {"speed": "slow", "zzz": 2},
            "zzz",
            'unknown with speed = "slow"; one of epochs, speed, factor, rest',
        ),
        ({"zzz": 2}, "zzz", 'unknown with speed = "fast"; one of epochs, speed, factor'),
        ({"rest": 2}, "rest", 'only with speed = "slow"'),
        ({"speed": "slo", "zzz": 2}, "zzz", "unknown; one of epochs, speed, factor, rest"),
    ],
)
def test_what_is_wrong_with_an_inline_model_is_told_in_its_section(job: Any, path: str, message: str) -> None:
    assert told({"job": job}, File)["job", path] == message


def test_a_key_of_another_objective_is_answered_with_what_it_needs() -> None:
    found = told(GOOD | {"pretrain": {"margin": 0.5}})
    assert found == {("pretrain", "margin"): 'only with objective = "triplet"'}
