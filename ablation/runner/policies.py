"""Grids of whole policies, made from a grid that has run: each is one augmentation, on both branches."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count
from typing import Any

import tomlkit
from tomlkit.items import Array

from ablation.grid.augmentations import Step
from ablation.grid.entries import Kornia, Python
from ablation.grid.file.load import GridFile, parse_grid
from ablation.grid.models import Grid, short_name
from ablation.grid.operations import Blur, Color, Crop
from ablation.grid.settings import identifying
from ablation.results.findings.floors import WITHOUT
from ablation.results.stored.folder import ResultsFolder
from ablation.results.stored.paths import GRID

Policies = Mapping[str, Sequence[Step]]

_ALWAYS = ("random-init", "no-augmentation")  # floors that are run in any case
_TITLE = 64  # characters in the name of a study


def policy_grid(folder: ResultsFolder, policies: Policies, comment: str, **changes: Any) -> GridFile:
    """Write the grid that pretrains some policies as they are used: on both branches, and no pairs of them.

    Args:
        folder: whose images, jobs, floors and seeds the grid has.
        policies: by name.
        comment: the first line of the file.
        changes: settings that differ from the folder's; a new name among them (`titled`).
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
    for several in ("lengths", "race", "vary"):
        values.pop(several, None)
    values["views"] = values.get("views", {}) | {"branches": "both"}
    values |= changes
    # Tables must come last in a TOML file.
    for key in sorted(values, key=lambda key: isinstance(values[key], dict)):
        document.add(key, tomlkit.item(values[key]))
    return parse_grid(tomlkit.dumps(document), folder.path / GRID)


def titled(name: str, ending: str) -> str:
    """Return the name of a study followed by an ending, within what a results folder may be called.

    Example:
        >>> titled("mine", "grown to 3"), len(titled(60 * "x", "grown to 3"))
        ('mine grown to 3', 64)
    """
    return f"{name[: _TITLE - len(ending) - 1].rstrip(' .')} {ending}"


def same_operations(one: Sequence[Step], other: Sequence[Step]) -> bool:
    """Whether two policies do the same, whatever their steps are called and wherever their code lies."""
    first, second = ([identifying(step.operation) for step in steps] for steps in (one, other))
    return first == second


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
    for steps in policies:
        if not any(same_operations(steps, other) for other in found.values()):
            found[_name(steps, found)] = steps
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
    return next(one for one in chain([name], numbered) if one.lower() not in used and _may_be_named(one))


def _may_be_named(name: str) -> bool:
    try:
        short_name(name)
    except ValueError:  # too long, or the name of a user's module
        return False
    return True


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
