"""`ablation race`: the rungs that nobody chose, or those for which there is time."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import typer

from ablation.errors import GridError, ResultsError
from ablation.grid.models import Grid
from ablation.grid.race import LONGEST, Race, default_rungs, places
from ablation.telling import Tell
from ablation.words import counted

_LENGTHS = sorted(many * 2**k for many in (2, 3) for k in range(2, 12))  # epochs that a budget may lead to
_MARGIN = 0.9  # share of it that is planned for


@dataclass(frozen=True)
class Pace:
    """How long the jobs of a grid take, on average."""

    epoch: float  # seconds
    rest: float  # seconds, of everything but pretraining


def chosen_rungs(text: str) -> tuple[int, ...]:
    """Read the rungs that a user chose.

    Raises:
        ValueError: they are not two or more numbers of epochs.

    Example:
        >>> chosen_rungs("2,32, 8")
        (2, 8, 32)
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) < 2 or not all(part.isdecimal() and int(part) for part in parts):
        raise ValueError(f"{text!r} is not two or more numbers of epochs, such as 2,8,32,128")
    return tuple(sorted({int(part) for part in parts}))


def race_overrides(
    grid: Grid, rungs: Sequence[int] | None, share: float | None, grow: int | None = None
) -> list[str]:
    """Return the settings that make a grid a race, as after `--set`.

    Args:
        grid: with or without `[race]`.
        rungs: epochs, the shortest first; default: the grid's own, else four times more each up to 128, or
            to the grid's own epochs where these are more.
        share: default: the grid's own, else that of `Race`.
        grow: operations of the longest policies that race afterwards; default: the grid's own, else none do.

    Raises:
        GridError: the grid has `[lengths]` or `[vary]`, or the rungs are fewer than two.

    Example:
        >>> grid = Grid.model_validate({"data": {"source": "shapes"}, "augmentations": {"crop": {}}})
        >>> race_overrides(grid, None, 0.4)
        ['pretrain.epochs=128', 'race.epochs=[2, 8, 32]', 'race.share=0.4']
    """
    if grid.lengths is not None:
        raise GridError(
            f"{grid.name}: has [lengths], and a race runs other lengths by itself; remove [lengths]"
        )
    if grid.vary is not None:
        raise GridError(f"{grid.name}: has [vary], and a race is of one set of settings; remove [vary]")
    wanted = rungs
    if wanted is None and grid.race is None:
        wanted = default_rungs(max(LONGEST, grid.pretrain.epochs))
    said = []
    if wanted is not None:
        if len(wanted) < 2:
            raise GridError(f"a race needs two rungs; {list(wanted)} is one")
        said = [f"pretrain.epochs={wanted[-1]}", f"race.epochs={list(wanted[:-1])}"]
    given = {"share": share, "grow": grow}
    return said + [f"race.{key}={value}" for key, value in given.items() if value is not None]


def rungs_within(
    grid: Grid, pace: Pace, seconds: float, workers: int, share: float | None, grow: int | None = None
) -> tuple[int, ...]:
    """Choose the longest race whose jobs take no longer than a time.

    Args:
        grid: its cells, seeds and baselines are those of the race.
        pace: of its jobs.
        seconds: all that there is.
        workers: how many jobs run at once.
        share: as of `race_overrides`.
        grow: as of `race_overrides`; the races of longer policies are part of the time.

    Raises:
        GridError: there is no time for the shortest race.

    Example:
        >>> grid = Grid.model_validate({"data": {"source": "shapes"}, "augmentations": {"crop": {}}})
        >>> rungs_within(grid, Pace(epoch=1.0, rest=2.0), 200.0, workers=2, share=None)
        (6, 24, 96)
    """
    own = grid.race or Race(epochs=(1,))
    asked = own.model_copy(update={"share": share or own.share, "grow": grow or own.grow})

    def needs(longest: int) -> float:
        return _race_seconds(grid, pace, default_rungs(longest), asked) / workers

    # A race to 32 epochs, whose first rung has 2, may take less time than one to 24, whose first has 6.
    fitting = [longest for longest in _LENGTHS if needs(longest) < _MARGIN * seconds]
    if not fitting:
        from ablation.runner.durations import format_estimate

        raise GridError(
            f"a race to 8 epochs takes {format_estimate(needs(8))} here; allow more time, "
            "or give fewer seeds, images or augmentations"
        )
    return default_rungs(fitting[-1])


def _race_seconds(grid: Grid, pace: Pace, rungs: Sequence[int], race: Race) -> float:
    from ablation.runner.grow import most_grown

    kept = sum(one.entry in race.keep for one in grid.resolved)
    seconds = _seconds_of(grid, pace, rungs, places(len(grid.planned), rungs, race.share, kept))
    for length in range(3, (race.grow or 0) + 1):
        seconds += _seconds_of(grid, pace, rungs, places(most_grown(grid, length), rungs, race.share, 2))
    return seconds


def _seconds_of(grid: Grid, pace: Pace, rungs: Sequence[int], held: Sequence[int]) -> float:
    jobs = [cells * len(grid.seeds) for cells in held]
    inner = sum(n * (epochs * pace.epoch + pace.rest / 2) for n, epochs in zip(jobs, rungs, strict=True))
    floors = len(grid.baselines) * len(grid.seeds) * pace.rest + 2 * len(grid.seeds) * rungs[-1] * pace.epoch
    return inner + jobs[-1] * pace.rest / 2 + floors


def measured_pace(grid: Grid, device: str, tell: Tell) -> Pace:
    """Measure how long the jobs of a grid take on this machine.

    Raises:
        DataError: the images cannot be used.
        DeviceError: there is no such device.
    """
    from ablation.cli.plan import measure
    from ablation.data.fingerprint import data_fingerprint
    from ablation.data.prepare import prepare
    from ablation.grid.cells import rung_cells
    from ablation.runner.devices import devices

    fingerprint = data_fingerprint(grid.data, tell)
    dataset = prepare(grid.data, fingerprint, tell)
    one_seed = grid.model_copy(update={"seeds": grid.seeds[:1]})
    pairs = {(first.name, second.name) for first, second in grid.planned}
    short, longer = ([*rung_cells(one_seed, fingerprint, epochs, pairs)] for epochs in (1, 2))
    seconds = measure([*short, *longer], {grid.data: dataset}, devices(device)[0])
    one, two = (fmean(seconds[cell.id] for cell in cells) for cells in (short, longer))
    return Pace(epoch=two - one, rest=max(0.0, 2 * one - two))


def show_race_plan(grid: Grid, workers: int | None, device: str, tell: Tell, *, measure: bool) -> None:
    """Print what a race runs at most, what its first rung can detect, and how long it takes at most.

    Raises:
        DataError: the images cannot be used.
        DeviceError: there is no such device.
    """
    from ablation.grid.cells import job_count
    from ablation.runner.devices import devices, worker_count
    from ablation.runner.durations import format_estimate
    from ablation.runner.grow import most_grown

    assert grid.race is not None, "only a race has such a plan"
    typer.echo(
        f"{grid.name}: a race of at most {counted(job_count(grid), 'job')}, "
        f"{counted(len(grid.seeds), 'seed')}: {planned_words(grid.held, grid.rungs)}"
    )
    for length in range(3, (grid.race.grow or 0) + 1):
        held = places(most_grown(grid, length), grid.rungs, grid.race.share, 2)
        typer.echo(f"then policies of up to {length} operations race: {planned_words(held, grid.rungs)}")
    if not measure:
        return
    chosen = devices(device)
    width = worker_count(workers, chosen, job_count(grid))
    seconds = _race_seconds(grid, measured_pace(grid, device, tell), grid.rungs, grid.race) / width
    typer.echo(
        f"at most {format_estimate(seconds)} with {counted(width, 'worker')} on {', '.join(chosen)}, "
        "measured just now"
    )


def planned_words(held: Sequence[int], rungs: Sequence[int]) -> str:
    """Say how many cells each rung holds at most.

    Example:
        >>> planned_words([16, 6, 2], [2, 8, 32])
        'all 16 cells run 2 epochs, at most 6 cells 8, at most 2 cells 32'
    """
    first, *later = zip(held, rungs, strict=True)
    said = [f"all {counted(first[0], 'cell')} run {counted(first[1], 'epoch')}"]
    return ", ".join(said + [f"at most {counted(cells, 'cell')} {epochs}" for cells, epochs in later])


def rungs_before(grid: Grid, folder: Path) -> tuple[int, ...] | None:
    """Return the rungs of the race that a folder holds, if it is one over the same grid."""
    from ablation.results.stored.folder import open_folder

    try:
        file = open_folder(folder).file
    except ResultsError:
        return None
    if file.grid.race is None:
        return None

    def without_rungs(one: Grid) -> Grid:
        pretrain = one.pretrain.model_copy(update={"epochs": 0})
        return one.model_copy(update={"race": None, "pretrain": pretrain, "name": None})

    return file.grid.rungs if without_rungs(file.grid) == without_rungs(grid) else None
