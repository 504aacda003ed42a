"""The model card beside a saved encoder: what it is, what it was made of, what it scores, how to load it."""

from collections.abc import Iterator
from typing import Any

from ablation.grid.cells import Cell
from ablation.grid.encoders import PythonModule, Timm, spelled
from ablation.private import shown_path
from ablation.results.metrics import METRICS
from ablation.results.stored.record import Record
from ablation.version import DISTRIBUTION
from ablation.words import counted, printable

_TRAINED = {
    "random-init": "before any training",
    "supervised": "trained with labels, on crops and flips",
    "no-augmentation": "pretrained without labels, on views without augmentation",
}
_SCORES = ("linear_top1", "linear_top1_val", "knn_top1", "knn_top1_val")


def card(cell: Cell, record: Record) -> str:
    """Write the card of a cell's encoder, in Markdown.

    Example:
        `card(cell, record).splitlines()[0]`, `'# Encoder: crop → color, seed 0'`
    """
    trained = _TRAINED.get(cell.kind, "pretrained without labels")
    size = cell.recipe.data.size
    rows = "\n".join(f"| {name} | {_plain(value)} |" for name, value in _rows(cell, record))
    return f"""# Encoder: {_plain(cell.label)}, seed {cell.seed}

Maps images to features, {trained}. Made by a grid of augmentations of `ablation`, as one of its jobs.

| | |
|---|---|
{rows}

## Use

```python
import ablation as ab

encoder = ab.load_encoder("{record.id}.safetensors")
h = encoder(images)  # (N, C, {size}, {size}), uint8 in 0..255 or float in [0, 1]
```

It normalises images itself, by the means and deviations of the images it was made with. {_needs(cell)}

## Limits

The job was short: such encoders are made to rank augmentations, not to be the best that these images allow.
Scores are of the data set above alone.

## Licence

Not stated. Whoever publishes this encoder chooses one, and heeds that of the images{_start_too(cell)}.
"""


def _rows(cell: Cell, record: Record) -> Iterator[tuple[str, str]]:
    recipe = cell.recipe
    job, encoder = recipe.pretrain, recipe.pretrain.encoder
    yield "images", _data(cell, record)
    if cell.kind in ("pair", "single"):
        yield "policy", cell.label
        yield "operations", "; ".join(f"{one.name} {_told(one.operation.model_dump())}" for one in cell.steps)
        yield "views", _told(recipe.views.model_dump())
    yield (
        "encoder",
        f"{spelled(vars(encoder))} {_told(encoder.model_dump(exclude={'model', 'source'}))}".strip(),
    )
    if cell.kind not in _TRAINED or cell.kind == "no-augmentation":
        objective = job.objective
        yield (
            "objective",
            f"{objective.objective} {_told(objective.model_dump(exclude={'objective'}))}".strip(),
        )
    if cell.kind != "random-init":
        yield (
            "training",
            f"{counted(job.epochs, 'epoch')}, batch {job.batch_size}, {job.optimizer}, "
            f"learning rate {job.learning_rate:g}",
        )
    yield "seed", str(cell.seed)
    if record.parameters is not None:
        flops = "" if record.flops is None else f", {record.flops:,} FLOPs for one image"
        yield "size", f"{record.parameters:,} parameters{flops}"
    for name in _SCORES:
        value = None if record.scores is None else getattr(record.scores, name)
        if value is not None:
            yield METRICS[name].label, f"{100 * value:.1f} %"
    yield "cell", record.id
    yield "made with", ", ".join(f"{key} {value}" for key, value in record.environment.items())


def _data(cell: Cell, record: Record) -> str:
    data = cell.recipe.data.model_dump(mode="json")
    name = " ".join(
        filter(None, [data["source"], shown_path(data["path"]) if data.get("path") else data.get("name")])
    )
    sizes = record.sizes
    counts = (
        f", {counted(sizes.train, 'training image')}, {counted(sizes.test, 'test image')}" if sizes else ""
    )
    return f"{name}, {data['size']}×{data['size']} pixels{counts}; fingerprint {cell.recipe.fingerprint}"


def _needs(cell: Cell) -> str:
    encoder = cell.recipe.pretrain.encoder
    if isinstance(encoder, Timm):
        return f"It needs timm: `pip install '{DISTRIBUTION}[timm]'`."
    if isinstance(encoder, PythonModule):
        return f"It needs the code of `{encoder.model}`, which lies in the results folder, above `cells`."
    return f"It needs nothing but `pip install {DISTRIBUTION}`."


def _start_too(cell: Cell) -> str:
    return " and of the weights that it started from" if cell.recipe.pretrain.encoder.weights else ""


def _told(settings: dict[str, Any]) -> str:
    """Write settings in a few words; what chooses them, and what is not set, is left out."""
    chosen = ("operation", "encoder", "objective")
    told = [
        f"{key.replace('_', ' ')} {value:g}"
        if isinstance(value, float)
        else f"{key.replace('_', ' ')} {value}"
        for key, value in settings.items()
        if key not in chosen and value not in (None, "")
    ]
    return f"({', '.join(told)})" if told else ""


def _plain(text: str) -> str:
    return printable(text).replace("|", "\\|")
