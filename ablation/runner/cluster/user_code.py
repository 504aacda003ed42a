"""The user's own operations and encoders on a worker that cannot see the grid file's folder."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ablation.data.cache import cache_folder
from ablation.errors import GridError
from ablation.grid.augmentations import Augmentation, Step
from ablation.grid.cells import Cell
from ablation.grid.encoders import PythonModule
from ablation.grid.entries import Python
from ablation.grid.user_code import read_sources, sources_hash
from ablation.results.stored.atomic import write_atomically


def with_its_code(cell: Cell, sources: Mapping[str, bytes]) -> Cell:
    """Return a cell whose user-written operations and encoder are loaded from where their code is here.

    This is the grid file's folder, if it is visible and holds the same code; otherwise, the code is written
    to a folder in the cache. The cell's id stays the same, because a folder changes no number.

    Args:
        cell: the cell as it was sent.
        sources: the code, by path in the grid file's folder.

    Raises:
        OSError: the code cannot be written.
    """
    policy = tuple(_with_its_code(one, sources) for one in cell.policy)
    pretrain = cell.recipe.pretrain
    if isinstance(one := pretrain.encoder, PythonModule) and not _is_seen(one.folder, one.model, one.source):
        encoder = one.model_copy(update={"folder": _placed_in(sources)})
        pretrain = pretrain.model_copy(update={"encoder": encoder})
    return replace(cell, policy=policy, recipe=replace(cell.recipe, pretrain=pretrain))


def _with_its_code(augmentation: Augmentation, sources: Mapping[str, bytes]) -> Augmentation:
    return replace(augmentation, steps=tuple(_placed(step, sources) for step in augmentation.steps))


def _placed(step: Step, sources: Mapping[str, bytes]) -> Step:
    operation = step.operation
    if not isinstance(operation, Python) or _is_seen(operation.folder, operation.python, operation.source):
        return step
    return replace(step, operation=operation.model_copy(update={"folder": _placed_in(sources)}))


def _placed_in(sources: Mapping[str, bytes]) -> str:
    folder = cache_folder().absolute() / "code" / sources_hash(sources)[:16]
    for name, code in sources.items():
        if not (folder / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            write_atomically(folder / name, code)
    return str(folder)


def _is_seen(folder: str, target: str, source: str) -> bool:
    try:
        found = read_sources(Path(folder), target.partition(":")[0])
    except GridError:
        return False
    return sources_hash(found) == source
