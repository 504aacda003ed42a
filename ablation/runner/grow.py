"""`race --grow`: the best policies of a race get another operation or strength, and race again."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import islice

from ablation.errors import ResultsError
from ablation.grid.augmentations import Step, own_name
from ablation.grid.file.load import GridFile
from ablation.grid.models import Grid
from ablation.results.findings.sweeps import STRENGTHS
from ablation.results.stored.folder import ResultsFolder, open_folder
from ablation.results.stored.grown import GROWN, SIMCLR, grown_path, has_ended, write_parent
from ablation.results.stored.within import refuse_links
from ablation.runner.backends import ANYWHERE, Asked
from ablation.runner.job import Experiment
from ablation.runner.launch import Ending, Show, launch
from ablation.runner.policies import named, policy_grid, same_operations, simclr, titled

FEW = 3  # policies that grow

Shows = Callable[[str], AbstractContextManager[Show]]


def grow(
    ending: Ending,
    file: GridFile,
    shows: Shows,
    asked: Asked = ANYWHERE,
    experiment: Experiment | None = None,
) -> list[Ending]:
    """Race longer policies once a race has ended, from three operations to `race.grow`, into `grown/`.

    The same call continues what was stopped.

    Args:
        ending: of the race.
        file: its grid.
        shows: shows a run, of this name.
        asked: where and how to run; its budget is for all races together.
        experiment: as of `launch`.

    Returns:
        The endings of the races that were begun.

    Raises:
        ResultsError, DataError, DeviceError, ClusterError: as `launch`.
    """
    race = file.grid.race
    if race is None or race.grow is None or ending.stopped:
        return []
    root, last = open_folder(ending.folder), ending
    endings: list[Ending] = []
    for length in range(3, race.grow + 1):
        if last.stopped or not has_ended(before := open_folder(last.folder)):
            break
        refuse_links(root.path, (GROWN, f"{GROWN}/{length}"))
        if asked.budget is not None:
            asked = replace(asked, budget=max(0.0, asked.budget - last.seconds))
        longer = grown(before, root.grid, length)
        with shows(longer.grid.name or "") as show:
            last = launch(longer, grown_path(root.path, length), show, asked, experiment)
        endings.append(last)
        if not last.stopped:
            write_parent(last.folder, before)
    if endings:
        from ablation.report.write import write_report  # late: it takes seconds to import

        write_report(root.path)  # its page says what has grown
    return endings


def grown(folder: ResultsFolder, grid: Grid, length: int) -> GridFile:
    """Write the grid of the race that follows a race: longer policies, and those they came from.

    These are the best three policies of at most so many operations, of the longest rungs on which there are
    as many, without those that only `race.keep` has brought so far; each of them with another operation of
    the grid at its end; each with one of its operations at half and at double strength; and SimCLR's own
    policy, which runs to the last rung, as does the best of the three.

    Args:
        folder: of a race that has ended, over pairs or over shorter policies.
        grid: whose operations are added.
        length: operations in a policy, at most.

    Raises:
        ValueError: the folder is of no race, or none of its rungs has ended.
        ResultsError: no policy is short enough.
    """
    race = folder.file.grid.race
    if race is None or folder.race is None or not folder.race.rungs:
        raise ValueError(f"{folder.path}: is no race of which a rung has ended")
    ranked = (steps for steps in _ranked(folder) if len(steps) <= length)
    few = [_as_in(grid, steps) for steps in islice(ranked, FEW)]
    if not few:
        raise ResultsError(
            f"{folder.path}: every policy in the race has more than {length} operations; use a larger --grow"
        )
    longer = [one for parent in few for one in _longer(parent, grid, length)]
    doses = [_as_in(grid, one) for parent in few for one in _other_strengths(parent)]
    policies = named([*few, *longer, *doses], taken={SIMCLR: _as_in(grid, simclr(grid))})
    best = next(name for name, steps in policies.items() if same_operations(steps, few[0]))
    return policy_grid(
        folder,
        policies,
        "Policies grown from the best of a race: another operation, another strength; on both branches.",
        name=titled(grid.name or folder.name, f"grown to {length}"),
        race={
            "epochs": list(race.epochs),
            "share": race.share,
            "keep": list(dict.fromkeys([SIMCLR, best])),
        },
    )


def most_grown(grid: Grid, length: int) -> int:
    """Count the policies that race at most when those of a grid grow to so many operations.

    Example:
        >>> names = ("crop", "color", "blur")
        >>> values = {"data": {"source": "shapes"}, "augmentations": {name: {} for name in names}}
        >>> most_grown(Grid.model_validate(values), 3)
        31
    """
    return 1 + FEW * (1 + len(grid.resolved) + 2 * length)


def _ranked(folder: ResultsFolder) -> Iterator[tuple[Step, ...]]:
    """Yield the policies of a race, the best of the longest rung first, then what left the rungs before."""
    steps = {one.name: one.steps for one in folder.file.grid.resolved}
    rungs = folder.race.rungs if folder.race else ()
    ran = (
        one.pair
        for rung in reversed(rungs)
        for one in rung.cells
        if one.gap is not None and one.why != "kept"
    )
    for first, second in dict.fromkeys(ran):
        yield steps[first] if first == second else (*steps[first], *steps[second])


def _longer(parent: Sequence[Step], grid: Grid, length: int) -> Iterator[list[Step]]:
    kinds = {own_name(step.operation) for step in parent}
    for one in grid.resolved:
        steps = _as_in(grid, one.steps)
        if len(parent) + len(steps) <= length and not kinds & {own_name(step.operation) for step in steps}:
            yield [*parent, *steps]


def _other_strengths(parent: Sequence[Step]) -> Iterator[list[Step]]:
    for place, step in enumerate(parent):
        dose = STRENGTHS.get(own_name(step.operation))
        if dose is None:
            continue
        value = float(getattr(step.operation, dose.parameter))
        for other in (value / 2, value * 2):
            if 0 < other <= dose.most:
                changed = step.operation.model_copy(update={dose.parameter: float(f"{other:.6g}")})
                yield [*parent[:place], Step(step.name, changed), *parent[place + 1 :]]


def _as_in(grid: Grid, steps: Sequence[Step]) -> list[Step]:
    """Name steps as the grid does; of another strength than there, with that strength."""
    own = {one.name: one.steps[0] for one in grid.resolved if len(one.steps) == 1}
    entries = {own_name(step.operation): step.name for one in grid.resolved for step in one.steps}

    def name(step: Step) -> str:
        same = next((name for name, known in own.items() if same_operations([known], [step])), None)
        kind = own_name(step.operation)
        dose = STRENGTHS.get(kind)
        known = entries.get(kind, step.name)
        if same or dose is None:
            return same or known
        return f"{known} {getattr(step.operation, dose.parameter):g}"

    return [Step(name(step), step.operation) for step in steps]
