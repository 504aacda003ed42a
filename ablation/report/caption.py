"""What a figure says in words about the grid it shows."""

from collections.abc import Mapping, Sequence
from math import nan
from pathlib import PurePath
from typing import Any

import pandas as pd
from pydantic.fields import FieldInfo

from ablation.grid.baselines import baseline_words, weights_of
from ablation.grid.encoders import spelled
from ablation.grid.models import Grid
from ablation.grid.operations import OPERATIONS, UNPUBLISHED
from ablation.grid.recipe import OBJECTIVES, Pretrain
from ablation.grid.settings import AsBefore, mark
from ablation.private import shown_path
from ablation.results.metrics import METRICS
from ablation.words import counted, printable

_DATA = {
    "cifar10": "CIFAR-10",
    "cifar100": "CIFAR-100",
    "stl10": "STL-10",
    "svhn": "SVHN",
    "mnist": "MNIST",
    "fashion-mnist": "Fashion-MNIST",
    "kmnist": "KMNIST",
    "emnist": "EMNIST (balanced)",
    "qmnist": "QMNIST",
    "usps": "USPS",
    "semeion": "Semeion",
    "gtsrb": "GTSRB",
    "flowers102": "Flowers-102",
    "food101": "Food-101",
    "oxford-iiit-pet": "Oxford-IIIT Pet",
    "dtd": "DTD",
    "eurosat": "EuroSAT",
    "fgvc-aircraft": "FGVC-Aircraft",
    "pcam": "PCam",
    "caltech101": "Caltech-101",
    "caltech256": "Caltech-256",
    "rendered-sst2": "Rendered SST-2",
    "sun397": "SUN397",
    "country211": "Country211",
    "imagenette": "Imagenette",
}
_COLORINGS = {"fixed": ", one fixed colouring", "gray": ", in gray"}
BEST, ALIKE, BELOW, COLLAPSED = "★", "≈", "▼", "✕"
_BASE_CROPS = {
    "none": "no base crop",
    "shared": "one base crop for both views",
    "independent": "a base crop for each view",
}
_GAPS = ("failed", "diverged", "pending")
_UNPUBLISHED = tuple(name for name, operation in OPERATIONS.items() if operation.source == UNPUBLISHED)


def title(metric: str, results: pd.DataFrame | None = None, name: str | None = None) -> str:
    """Say what is measured, in which grid and on which data, as far as the results know.

    Example:
        >>> results = pd.DataFrame()
        >>> results.attrs |= {"name": "mine", "grid": {"data": {"source": "cifar10"}}}
        >>> title("linear_top1", results)
        'Linear top-1 (%): mine · CIFAR-10'
        >>> title("leak_bits")
        'Colour leak (bits)'
    """
    words = METRICS[metric].label
    measured = f"{words[0].upper() + words[1:] if words[0] != 'k' else words} ({METRICS[metric].unit})"
    known = {} if results is None else results.attrs
    if "grid" not in known:
        return measured
    names = dict.fromkeys([name or known["name"], _data(known["grid"]["data"])])
    return f"{measured}: {' · '.join(names)}"


def protocol(grid: Mapping[str, Any]) -> str:
    """Say how views were made, and whether this is a Figure 5 grid: one branch, base crop shared or none.

    Example:
        >>> protocol({"views": {"branches": "both", "base_crop": "independent"}, "pairs": "all"})
        'both branches augmented, a base crop for each view: not a Figure 5 grid'
        >>> protocol({"views": {"branches": "one", "base_crop": "none"}, "pairs": ["crop"]})
        'one branch augmented, no base crop: as in Figure 5, but only pairs with crop'
    """
    branches, crop, pairs = grid["views"]["branches"], grid["views"]["base_crop"], grid["pairs"]
    faithful = branches == "one" and crop in ("none", "shared")
    augmented = "one branch augmented" if branches == "one" else "both branches augmented"
    if pairs == "all" or not faithful:
        kind = f"{'a' if faithful else 'not a'} Figure 5 grid"
    else:
        kind = f"as in Figure 5, but {f'only pairs with {_either(pairs)}' if pairs else 'without pairs'}"
    return f"{augmented}, {_BASE_CROPS[crop]}: {kind}"


def _either(names: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def recipe(grid: Mapping[str, Any]) -> str:
    """Name the job in a few words.

    Example:
        >>> recipe({"pretrain": Pretrain(epochs=8, temperature=0.1).model_dump()})
        'resnet-micro, 8 epochs, batch 128, temperature 0.1'
        >>> recipe({"pretrain": Pretrain(objective="triplet", semi_hard=True, chunk=64).model_dump()})
        'resnet-micro, 10 epochs, batch 128 in chunks of 64, triplet, margin 0.4, semi hard'
        >>> recipe({"pretrain": Pretrain(world_size=2).model_dump()})
        'resnet-micro, 10 epochs, batch 128, on 2 devices, temperature 0.2'
        >>> recipe({"pretrain": Pretrain(objective="dino", local_crops=4).model_dump()}).split(", ")[-3:]
        ['momentum 0.9', 'momentum schedule cosine', 'local crops 4']
    """
    job = grid["pretrain"]
    fields = OBJECTIVES[job["objective"]].model_fields
    chosen = [job["objective"]] if job["objective"] != Pretrain().objective.objective else []
    for key in (key for key in job if key in fields and key != "objective"):
        value, name = job[key], key.replace("_", " ")
        if _usual(value, fields[key]):
            continue
        if not isinstance(value, bool):
            chosen.append(f"{name} {f'{value:g}' if isinstance(value, float) else value}")
        elif value != fields[key].default:
            chosen.append(name if value else f"no {name}")
    batch = f"batch {job['batch_size']}" + (f" in chunks of {job['chunk']}" if job.get("chunk") else "")
    batch += f", {frames} frames a clip" if (frames := job.get("clip_frames")) else ""
    batch += f", on {ranks} devices" if (ranks := job.get("world_size", 1)) > 1 else ""
    start = (
        f"{spelled(job)} from {job['weights']}, the pretrained start" if job.get("weights") else spelled(job)
    )
    return ", ".join([start, counted(job["epochs"], "epoch"), batch, *chosen])


def _usual(value: Any, field: FieldInfo) -> bool:
    """Whether a setting need not be told: an interval, or one that was added later, and left as it was."""
    if isinstance(field.default, tuple):
        return list(value) == list(field.default)
    return mark(field, AsBefore) is not None and value == field.default


def seeds(present: list[int], wanted: list[int], gaps: bool) -> str:
    """Say which seeds a mean is of; `wanted` are the grid's, `gaps` whether some cell has fewer.

    Example:
        >>> seeds([0, 1], [0, 1, 2], gaps=False)
        'mean ± sd of seeds 0, 1 (of 3 planned)'
    """
    if not present:
        return "no results yet"
    listed = ", ".join(map(str, present))
    words = f"seed {listed}" if len(present) == 1 else f"mean ± sd of seeds {listed}"
    planned = f" (of {len(wanted)} planned)" if set(wanted) - set(present) else ""
    return words + planned + ("; n where fewer" if gaps else "")


def unpublished(grid: Mapping[str, Any]) -> str:
    """Name the operations of a grid whose parameters are this project's, empty if there are none."""
    resolved = Grid.model_validate(grid, strict=False).resolved  # JSON has lists where models have tuples
    used = {step.operation.operation for one in resolved for step in one.steps}
    ours = [name for name in _UNPUBLISHED if name in used]
    return f"{', '.join(ours)}: parameters are this project's; the paper's are unpublished" if ours else ""


def caption(
    results: pd.DataFrame,
    cells: pd.DataFrame,
    floors: pd.DataFrame | None,
    present: list[int],
    marks: Sequence[str] = (),
) -> list[str]:
    """Say what a heatmap shows, and what a reader must know of it, line by line.

    Args:
        results: from `load_results`; without its `attrs` only what the cells say is said.
        cells: from `cell_means`.
        floors: from `baseline_means`.
        present: the seeds that have results.
        marks: what is said of the marks of the best cells.
    """
    grid = results.attrs.get("grid")
    planned = present if grid is None else grid["seeds"]
    averaged = seeds(present, planned, gaps=bool(((cells["n"] > 0) & (cells["n"] < len(present))).any()))
    weights = weights_of(results.attrs)
    legend = [*marks]
    if (cells["mean"] < random_init(floors)).any():
        legend.append(f"{BELOW} below the {'pretrained start' if weights else 'random-init floor'}")
    if (cells["state"] == "collapsed").any():
        legend.append(f"{COLLAPSED} collapsed: the job learnt nothing")
    if floors is not None:
        legend += [
            f"{baseline_words(str(kind), weights)}: {state}"
            for kind, state in floors["state"].items()
            if state in _GAPS
        ]
    lines = [averaged, "   ".join(legend), *results.attrs.get("warnings", [])]
    if grid is not None:
        lines[0] = f"{recipe(grid)}; {averaged}"
        lines = [protocol(grid), *lines, unpublished(grid)]
    return [line for line in lines if line]


def marks(floors: pd.DataFrame | None, weights: object = None) -> dict[str, float]:
    """Name the floors and the ceiling that have a value, in percent."""
    if floors is None:
        return {}
    return {baseline_words(str(kind), weights): 100 * mean for kind, mean in floors["mean"].dropna().items()}


def random_init(floors: pd.DataFrame | None) -> float:
    """Look up the floor below which a job has done harm; NaN where it is not known."""
    return nan if floors is None else float(floors["mean"].get("random-init", nan))


def _data(data: Mapping[str, Any]) -> str:
    source = str(data["source"])
    if source in ("folder", "clips", "hf", "npz"):
        path = PurePath(shown_path(data["path"]))
        return printable(path.name if source in ("folder", "clips") else path.stem)
    if source == "medmnist":
        return str(data["name"])
    if source == "moving-shapes":
        return source + (", each clip in its own colours" if data["coloring"] == "fixed" else "")
    hint = f", {data['hint']:.0%} coloured by class" if data.get("hint") else ""
    return _DATA.get(source, source) + _COLORINGS.get(str(data.get("coloring")), "") + hint
