"""The grid that confirms a recommendation: whole policies, both branches augmented, three seeds."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count
from typing import Any

import tomlkit
from tomlkit.items import Array

from ablation.grid.augmentations import Step
from ablation.grid.entries import Kornia, Python
from ablation.grid.file.load import GridFile, parse_grid
from ablation.grid.models import Grid
from ablation.grid.operations import Blur, Color, Crop
from ablation.results.findings.floors import WITHOUT
from ablation.results.findings.recommend import Choice, candidates
from ablation.results.stored.paths import GRID
from ablation.results.study import Study

FEW, SEEDS = 3, 3
_ALWAYS = ("random-init", "no-augmentation")  # floors that every confirmation runs
_LONGEST, _TITLE = 32, 64  # characters in the name of a policy, of a study


def confirmation(study: Study) -> GridFile:
    """Write the grid that `recommend --confirm` runs.

    Its policies are the three cells with the highest validation top-1; the union of their operations, in
    the order of the best; and SimCLR's own. Each is one augmentation of several steps; no pairs are run.

    Raises:
        ValueError: no cell has a validation accuracy yet.
        ResultsError: arrays of a cell are damaged.
    """
    folder = study.folder
    few = candidates(folder, study.validation)[:FEW]
    policies: dict[str, Sequence[Step]] = {}
    for steps in (*(choice.steps for choice in few), union(few), simclr(folder.grid)):
        if [*steps] not in map(list, policies.values()):
            policies[_name(steps, policies)] = steps
    document = tomlkit.document()
    document.add(tomlkit.comment("Policies as they are used in training: on both branches, three seeds."))
    values = {
        **tomllib.loads(folder.file.text),
        "name": f"{folder.name} confirmed"[:_TITLE],
        "seeds": list(range(SEEDS)),
        "baselines": [kind for kind in WITHOUT if kind in {*folder.grid.baselines, *_ALWAYS}],
        "pairs": [],
        "save_encoder": False,
        "augmentations": {name: _sequence(steps) for name, steps in policies.items()},
    }
    for other_lengths in ("lengths", "race"):
        values.pop(other_lengths, None)
    values["views"] = values.get("views", {}) | {"branches": "both"}
    # Tables must come last in a TOML file.
    for key in sorted(values, key=lambda key: isinstance(values[key], dict)):
        document.add(key, tomlkit.item(values[key]))
    return parse_grid(tomlkit.dumps(document), folder.path / GRID)


def union(choices: Iterable[Choice]) -> list[Step]:
    """Return the steps of several policies, each operation once, in the order in which they first appear.

    Example:
        >>> crop, color, blur = Step("crop", Crop()), Step("color", Color()), Step("blur", Blur())
        >>> few = [Choice("", steps, 0.5, None, None, 0) for steps in ((crop, color), (color, blur))]
        >>> [step.name for step in union(few)]
        ['crop', 'color', 'blur']
    """
    found: list[Step] = []
    for choice in choices:
        found += [step for step in choice.steps if step not in found]
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


def _name(steps: Sequence[Step], taken: Mapping[str, Any]) -> str:
    # Values of a sweep share the name of their step; entries must differ by more than case.
    used = {name.lower() for name in taken}
    numbered = (f"policy {number}" for number in count(len(taken) + 1))
    name = " + ".join(step.name for step in steps)
    names = chain([name] if len(name) <= _LONGEST else [], numbered)
    return next(name for name in names if name.lower() not in used)


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
