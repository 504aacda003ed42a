"""Every key of a grid file is documented, with its default."""

from pathlib import Path

import pytest

from ablation.grid.models import SOURCES, Evaluate, Grid, Pretrain, Views
from ablation.grid.operations import OPERATIONS

PAGE = (Path(__file__).parents[2] / "docs" / "grid.md").read_text(encoding="utf-8")
MODELS = {Grid, Pretrain, Views, Evaluate, *SOURCES.values(), *OPERATIONS.values()}


@pytest.mark.parametrize("model", sorted(MODELS, key=lambda m: m.__name__), ids=lambda m: m.__name__)
def test_every_key_is_on_the_page(model):
    for key in model.model_fields:
        assert f"`{key}" in PAGE or f"[{key}]" in PAGE or key == "operation", key


@pytest.mark.parametrize("model", [Pretrain, Views], ids=lambda m: m.__name__)
def test_defaults_on_the_page_are_the_models(model):
    for key, field in model.model_fields.items():
        shown = f'"{field.default}"' if isinstance(field.default, str) else str(field.default)
        line = next(line for line in PAGE.splitlines() if line.startswith(f"| `{key}`"))
        assert f"| `{shown}` |" in line or f"| {shown} |" in line or str(list(field.default)) in line
