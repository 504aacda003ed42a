"""`[evaluate] labels = "none"`: what a grid has where no class is looked at, and what it cannot have."""

from collections.abc import Iterator, Mapping
from typing import Any

from ablation.grid.data import Data, ImageFolder
from ablation.grid.objectives import IJEPA, Supervised
from ablation.grid.recipe import Evaluate, Pretrain

FLOORS = ("random-init", "no-augmentation")  # the baselines that need no label


def completed(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Fill in what a grid file without labels leaves out: its floors, and that no folder is a class.

    Example:
        >>> data = {"source": "folder", "path": "photos"}
        >>> completed({"data": data, "evaluate": {"labels": "none"}})["data"]["class_depth"]
        0
    """
    evaluate, data = values.get("evaluate"), values.get("data")
    if not isinstance(evaluate, Mapping) or evaluate.get("labels") != "none":
        return values
    if isinstance(data, Mapping) and data.get("source") == "folder" and not data.get("labels"):
        values = {**values, "data": {"class_depth": 0, **data}}
    return {"baselines": list(FLOORS), **values}


def contradictions(evaluate: Evaluate, known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what does not go with `labels`: the key of `[evaluate]` to blame, and why.

    Args:
        evaluate: the section.
        known: the sections before it that are valid.
    """
    data: Data | None = known.get("data")
    if evaluate.labels == "given":
        if isinstance(data, ImageFolder) and data.class_depth == 0:
            yield "labels", 'data.class_depth = 0 leaves no class: add labels = "none", or remove class_depth'
        return
    for name, field in Evaluate.model_fields.items():
        if name not in ("labels", "transformations") and getattr(evaluate, name) != field.default:
            yield name, 'needs labels; remove it, or labels = "none"'
    needed = [name for name in known.get("baselines", ()) if name not in FLOORS]
    if needed:
        told = ", ".join(needed)
        yield "labels", f"without labels there is no {told}; baselines can be {' and '.join(FLOORS)}"
    if known.get("race") is not None:
        yield "labels", "a race compares accuracies, which need labels; remove [race]"
    if known.get("lengths") is not None:
        yield "labels", "[lengths] compares accuracies, which need labels; remove it, or set pretrain.epochs"
    if isinstance(data, ImageFolder) and data.labels is not None:
        yield "labels", "there is a table of labels, data.labels; remove one of the two"
    elif isinstance(data, ImageFolder) and data.class_depth != 0:
        yield "labels", "no folder is a class without labels; remove data.class_depth"
    pretrain: Pretrain | None = known.get("pretrain")
    if pretrain is not None and isinstance(pretrain.objective, Supervised):
        yield "labels", 'pretrain.objective = "supervised" learns from labels; choose another objective'
    elif pretrain is not None and pretrain.head == "none":
        why = '"i-jepa" has none' if isinstance(pretrain.objective, IJEPA) else 'pretrain.head is "none"'
        yield "labels", f"label-free scores need a projection head, and {why}"
