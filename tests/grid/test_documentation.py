"""Every key of a grid file is documented, with its default."""

import tomllib
from pathlib import Path

import pytest

from ablation.grid.encoders import ENCODERS
from ablation.grid.file.place import keys, sections
from ablation.grid.models import Grid
from ablation.grid.operations import OPERATIONS
from ablation.grid.recipe import OBJECTIVES, Pretrain, Views

PAGE = (Path(__file__).parents[2] / "docs" / "grid.md").read_text(encoding="utf-8")
MODELS = {Grid, *OBJECTIVES.values(), *(model for models in sections(Grid).values() for model in models)}


@pytest.mark.parametrize("model", sorted(MODELS, key=lambda m: m.__name__), ids=lambda m: m.__name__)
def test_every_key_is_on_the_page(model):
    for key in model.model_fields:
        assert f"`{key}" in PAGE or f"[{key}]" in PAGE, key


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_has_a_row_that_says_what_its_model_says(name):
    model = OPERATIONS[name]
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |")]
    assert row.endswith(f" | {model.__doc__.splitlines()[0].rstrip('.')} | {model.source} |")
    for key, field in model.model_fields.items():
        if key != "operation":
            value = field.default
            shown = [round(x, 4) for x in value] if isinstance(value, tuple) else value
            shown = f'"{value}"' if isinstance(value, str) else shown
            assert f"`{key} = {shown}`" in row


@pytest.mark.parametrize("model", [Pretrain, Views, *OBJECTIVES.values()], ids=lambda m: m.__name__)
def test_defaults_on_the_page_are_the_models(model):
    for key, field in model.model_fields.items():
        if model in OBJECTIVES.values() and key in Pretrain.model_fields:
            continue  # the key that chooses it
        default = getattr(field.default, key, field.default)  # where a model is chosen, its name
        shown = f'"{default}"' if isinstance(default, str) else str(default)
        shown = shown.lower() if isinstance(default, bool | None) else shown
        of = f"`{model().objective}`" if model in OBJECTIVES.values() else ""
        line = next(line for line in PAGE.splitlines() if line.startswith(f"| `{key}`") and of in line)
        listed = str(list(default)) if isinstance(default, tuple) else shown
        assert f"| `{shown}` |" in line or f"| {shown} |" in line or listed in line


@pytest.mark.parametrize("name", ["evaluate", "few_labels", "race"])
def test_defaults_in_the_table_of_a_section_are_the_models(name):
    _, _, after = PAGE.partition(f"\n## `[{name}]`\n")
    table, _, _ = after.partition("\n## ")
    cells = [line.split(" | ") for line in table.splitlines() if line.startswith("| `")]
    shown = {row[0].strip("| `"): row[1].strip("` ") for row in cells}
    [model] = sections(Grid)[name]
    for key, field in model.model_fields.items():
        default = list(field.default) if isinstance(field.default, tuple) else field.default
        if field.is_required() or default is None:
            assert shown[key] == "–", key
        else:
            assert tomllib.loads(f"value = {shown[key]}")["value"] == default, key


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective_is_on_the_page(name):
    assert f'`"{name}"`' in PAGE


@pytest.mark.parametrize("name", ENCODERS)
def test_every_encoder_and_its_settings_are_on_the_page(name):
    assert f'`"{name}' in PAGE
    for key in set(ENCODERS[name].model_fields) & set(keys(Pretrain)):
        assert f"| `{key}` |" in PAGE, key
