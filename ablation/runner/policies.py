"""Grids of whole policies, made from a grid that has run: each is one augmentation, on both branches."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count
from typing import Any

import tomlkit
from tomlkit.items import Array

from ablation.grid.augmentations import Step
from ablation.grid.entries import Kornia, Operation, Python
from ablation.grid.file.load import GridFile, parse_grid
from ablation.grid.models import Grid
from ablation.grid.operations import Blur, Color, Crop
from ablation.results.findings.floors import WITHOUT
from ablation.results.stored.folder import ResultsFolder
from ablation.results.stored.paths import GRID

Policies = Mapping[str, Sequence[Step]]

_ALWAYS = ("random-init", "no-augmentation")  # floors that are run in any case
_LONGEST, _TITLE = 48, 64  # characters in the name of a policy, of a study


def policy_grid(folder: ResultsFolder, policies: Policies, comment: str, **changes: Any) -> GridFile:
    """Write the grid that pretrains some policies as they are used: on both branches, and no pairs of them.

    Args:
        folder: whose images, jobs, floors and seeds the grid has.
        policies: by name.
        comment: the first line of the file.
        changes: settings that differ from the folder's.
    """
    document = tomlkit.document()
    document.add(tomlkit.comment(comment))
    values = {
        **tomllib.loads(folder.file.text),
        "baselines": [kind for kind in WITHOUT if kind in {*folder.grid.baselines, *_ALWAYS}],
        "pairs": [],
        "save_encoder": False,
        "augmentations": {name: _sequence(steps) for name, steps in policies.items()},
    }
    for other_lengths in ("lengths", "race"):
        values.pop(other_lengths, None)
    values["views"] = values.get("views", {}) | {"branches": "both"}
    values |= changes | {"name": changes["name"][:_TITLE]}
    # Tables must come last in a TOML file.
    for key in sorted(values, key=lambda key: isinstance(values[key], dict)):
        document.add(key, tomlkit.item(values[key]))
    return parse_grid(tomlkit.dumps(document), folder.path / GRID)


def named(policies: Iterable[Sequence[Step]], taken: Policies | None = None) -> dict[str, Sequence[Step]]:
    """Give each policy a name, of its steps where that is short; a policy that comes again is left out.

    Args:
        policies: steps of each.
        taken: policies that have a name.

    Example:
        >>> crop, color = Step("crop", Crop()), Step("color", Color())
        >>> [*named([[crop, color], [crop], [crop, color]])]
        ['crop + color', 'crop']
    """
    found = dict(taken or {})
    known = [_operations(steps) for steps in found.values()]
    for steps in policies:
        if _operations(steps) not in known:
            found[_name(steps, found)] = steps
            known.append(_operations(steps))
    return found


def simclr(grid: Grid) -> list[Step]:
    """Return SimCLR's own policy: crop and flip, colour, blur (Appendix A); without blur at 32 pixels (B.9).

    Operations that the grid defines keep the grid's parameters.
    """
    small = grid.data.size <= 32
    own = {step.operation.operation: step for one in grid.resolved for step in one.steps}
    wanted: list[Crop | Color | Blur] = [Crop(), Color(strength=0.5 if small else 1.0)]
    wanted += [] if small else [Blur()]
    return [own.get(one.operation, Step(one.operation, one)) for one in wanted]


def _name(steps: Sequence[Step], taken: Policies) -> str:
    # Values of a sweep share the name of their step; entries must differ by more than case.
    used = {name.lower() for name in taken}
    numbered = (f"policy {number}" for number in count(len(taken) + 1))
    name = " + ".join(step.name for step in steps)
    names = chain([name] if len(name) <= _LONGEST else [], numbered)
    return next(name for name in names if name.lower() not in used)


def _operations(steps: Sequence[Step]) -> list[Operation]:
    return [step.operation for step in steps]


def _sequence(steps: Sequence[Step]) -> Array:
    written = tomlkit.array()
    for step in steps:
        table = tomlkit.inline_table()
        table.update(_operation(step))
        written.append(table)
    return written.multiline(len(steps) > 1)


def _operation(step: Step) -> dict[str, Any]:
    one = step.operation
    if isinstance(one, Kornia):
        return {"kornia": one.kornia, **one.arguments}
    if isinstance(one, Python):
        return {"python": one.python, **one.arguments}
    return one.model_dump(mode="json")
