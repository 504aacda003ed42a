"""What a run would do: which jobs are done, as a matrix of cells, and how long the rest will take."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ablation.cli.design import design_of, design_words
from ablation.data.counts import class_words
from ablation.data.fingerprint import data_fingerprint
from ablation.data.space import Space, free_in, size_words, space_for
from ablation.data.transfer import transfer_fingerprint
from ablation.grid.cells import Cell, jobs
from ablation.grid.data import Data
from ablation.grid.layout import arrange
from ablation.grid.models import Grid
from ablation.grid.points import axes, data_sets, points, varied
from ablation.grid.probes import probes
from ablation.results.stored.cells import is_finished
from ablation.results.stored.endings import ending_words
from ablation.runner.checks import check
from ablation.runner.devices import devices, worker_count
from ablation.runner.durations import format_duration, format_estimate
from ablation.runner.probes import ProbeTally, survey_probes
from ablation.runner.probing import transfer_images
from ablation.runner.tally import Tally, survey
from ablation.telling import Tell, silent
from ablation.words import counted

_VARIED = "\0varied"  # no augmentation has such a name
_SHOWN = 12  # combinations of values
Measure = Callable[[Sequence[Cell], Mapping[Data, Path], str], Mapping[str, float]]


def measure(cells: Sequence[Cell], datasets: Mapping[Data, Path], device: str) -> Mapping[str, float]:
    """Estimate the seconds of each job, by cell id, from a few steps on one thread, as in a worker."""
    import torch

    from ablation.runner.measure import measure_cell_seconds

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return measure_cell_seconds(cells, datasets, device)
    finally:
        torch.set_num_threads(threads)


def disk_words(space: Space) -> str:
    """Say how much room decoded images take on the disk, and how much there is.

    Example:
        >>> disk_words(Space(15_974_400_000, 15_974_400_000, 63_000_000_000, Path("cache")))
        'Disk: the decoded images take 16.0 GB in cache, where 63.0 GB are free.'
        >>> disk_words(Space(15_974_400_000, 0, 63_000_000_000, Path("cache")))
        'Disk: the decoded images take 16.0 GB in cache; they are there already.'
    """
    there = f", where {size_words(space.free)} are free" if space.missing else "; they are there already"
    return f"Disk: the decoded images take {size_words(space.images)} in {space.folder}{there}."


def kept_words(kept: int, free: int, folder: Path) -> str:
    """Say how much room the encoders that a run keeps take on the disk, and how much there is.

    Example:
        >>> kept_words(21_870_000_000, 53_000_000_000, Path("results/wide"))
        'Disk: the encoders to keep take 21.9 GB in results/wide, where 53.0 GB are free.'
        >>> kept_words(21_870_000_000, 5_000_000_000, Path("results/wide")).partition(": choose")[0]
        'Disk: the encoders to keep take 21.9 GB in results/wide, where only 5.0 GB are free'
    """
    told = f"Disk: the encoders to keep take {size_words(kept)} in {folder}, where "
    if kept <= free:
        return f"{told}{size_words(free)} are free."
    return f"{told}only {size_words(free)} are free: choose a folder on a larger disk with --out."


def memory_words(images: int, each: int, workers: int, available: int | None) -> str:
    r"""Say how much memory a run takes.

    Args:
        images: bytes of the decoded images, which all workers share.
        each: bytes that a worker takes for itself at its peak.
        workers: how many there are.
        available: bytes that there are.

    Example:
        >>> print(memory_words(16_000_000_000, 3_000_000_000, 8, 20_000_000_000).replace(", b", ",\nb"))
        Memory: 8 workers take about 3.0 GB each, 24.0 GB in all,
        beside 16.0 GB of images that are mapped once; 20.0 GB are available, so use --workers 6.
    """
    both = (
        f"{size_words(each)} each, {size_words(workers * each)} in all" if workers > 1 else size_words(each)
    )
    take = f"{workers} workers take" if workers > 1 else "a worker takes"
    told = f"Memory: {take} about {both}, beside {size_words(images)} of images that are mapped once"
    if available is None:
        return f"{told}."
    enough = max(1, available // each)
    ends = f", so use --workers {enough}." if enough < workers else "."
    return f"{told}; {size_words(available)} are available{ends}"


def wall_seconds(seconds: Sequence[float], workers: int) -> float:
    """Return the seconds that jobs take in all, if each worker takes the next one whenever it is free.

    Example:
        >>> wall_seconds([3.0, 1.0, 1.0, 1.0], workers=2)
        3.0
    """
    busy = [0.0] * workers
    for cost in seconds:
        first = busy.index(min(busy))
        busy[first] += cost
    return max(busy)


def probe_words(probed: ProbeTally, workers: int | None) -> list[str]:
    """Say how many probes there are, and how long the rest take if they are as those that are done.

    Args:
        probed: from `survey_probes`.
        workers: that run them; with None nothing is said of the time.

    Example:
        >>> from ablation.grid.cells import jobs
        >>> from ablation.grid.probes import Probe
        >>> values = {"data": {"source": "shapes"}, "augmentations": {"crop": {}, "color": {}}}
        >>> probe = Probe("linear", 0.1)
        >>> left = [(cell, probe) for cell in list(jobs(Grid.model_validate(values), "v1"))[:4]]
        >>> probe_words(ProbeTally(1, left), 2)
        ['probes: 5, 1 done; how long the rest take is known once some are done']
        >>> probe_words(ProbeTally(1, left, seconds={probe.id: [60.0]}), 2)
        ['probes: 5, 1 done; the rest: about 2 min 00 s with 2 workers, if as long as those before']
    """
    left = [*probed.pending, *probed.later]
    if not probed.total:
        return []
    told = f"probes: {probed.total}, {probed.done} done"
    if not left or workers is None:
        return [told]
    known = {id: fmean(seconds) for id, seconds in probed.seconds.items()}
    costs = [known[probe.id] for _, probe in left if probe.id in known]
    if not costs:
        return [f"{told}; how long the rest take is known once some are done"]
    time = f"{format_estimate(wall_seconds(costs, workers))} with {counted(workers, 'worker')}"
    if len(costs) == len(left):
        return [f"{told}; the rest: {time}, if as long as those before"]
    return [
        f"{told}; {len(costs)} of the rest: {time}, if as long as those before; of the others none is done"
    ]


def show_plan(
    grid: Grid,
    folder: Path,
    *,
    workers: int | None = None,
    device: str = "auto",
    measure: Measure | None = measure,
    tell: Tell = silent,
    console: Console | None = None,
) -> None:
    """Print the jobs of a grid, which of them are done, what it can detect, and the time for the rest.

    Args:
        grid: the grid file.
        folder: the results folder; it need not exist.
        workers: as for a run.
        device: as for a run.
        measure: estimates the seconds of each job; with None there is no estimate, and torch is not imported.
        tell: told how far reading and decoding the images is.
        console: where to print.

    Raises:
        DataError: the images cannot be used.
        DeviceError: there is no such device.
    """
    console = console or Console()
    fingerprint = data_fingerprint(grid.data, tell)
    wanted = probes(grid, transfer_fingerprint(grid.transfer, tell))
    tally = survey(jobs(grid, fingerprint), folder, grid.save_encoder)
    console.print(Group(*_described(grid, tally, folder)), highlight=False, soft_wrap=True)
    design = design_of(grid, folder, fingerprint)
    for line in (*(class_words(design.counts) if design.counts else ()), *design_words(design)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    probed = survey_probes(tally, wanted, folder)
    left = len(probed.pending) + len(probed.later)
    probers = worker_count(workers, devices(device), left) if left and measure else None
    for line in (*probe_words(probed, probers), *probed.words[1 if probed.total else 0 :]):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if not tally.pending and not probed.pending:
        return
    others = {probe.data: probe.fingerprint for probe in wanted if probe.data}
    space = space_for(data_sets(grid), fingerprint, others)
    console.print(disk_words(space), markup=False, highlight=False, soft_wrap=True)
    space.refuse_too_little()
    if measure is None or not tally.pending:
        return
    from ablation.data.prepare import load, prepare

    chosen = devices(device)
    width = worker_count(workers, chosen, len(tally.pending))
    datasets = {data: prepare(data, fingerprint, tell) for data in data_sets(grid)}
    for one in (grid, *(point.grid for point in points(grid))):
        check(one, load(datasets[one.data]), chosen)
    transfer_images(wanted, grid, load(datasets[grid.data]), tell)
    said = design.counts.notes if design.counts else ()
    for note in load(datasets[grid.data]).notes:
        if note not in said:  # decoding showed it
            console.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)
    from ablation.machine import Watched, available_memory  # late: torch
    from ablation.runner.measure import kept_bytes

    if grid.keeps_encoders:
        kept = kept_bytes(tally.pending, load(datasets[grid.data]).channels)
        words = kept_words(kept, free_in(folder), folder)
        console.print(words, markup=False, highlight=False, soft_wrap=True)
    with Watched() as watched:
        seconds = measure(tally.pending, datasets, chosen[0])
    costs = [seconds[cell.id] for cell in tally.pending]
    least, most = format_duration(min(costs)), format_duration(max(costs))
    each = least if least == most else f"{least} to {most}"
    console.print(
        f"{format_estimate(wall_seconds(costs, width))} with {counted(width, 'worker')} on "
        f"{', '.join(chosen)}: {each} per job, measured just now",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    if watched.peak is not None and chosen[0] == "cpu":
        words = memory_words(space.images, watched.peak, width, available_memory())
        console.print(words, markup=False, highlight=False, soft_wrap=True)


def _described(grid: Grid, tally: Tally, folder: Path) -> list[RenderableType]:
    marks = _marks(tally)
    matrix = _matrix(grid, marks)
    todo = f"{len(tally.pending)} to run" + (f" ({len(tally.failed)} failed before)" if tally.failed else "")
    total = counted(len(tally.cells), "job")
    seeds = f"{'seeds' if len(grid.seeds) > 1 else 'seed'} {', '.join(map(str, grid.seeds))}"
    baselines = ", ".join(f"{kind} {marks[kind, kind]}" for kind in grid.baselines)
    return [
        Text(f"{grid.name}: {total}, {tally.done} done in {folder}, {todo}"),
        Text(f"{seeds}; ✓ done, · to run, ✗ failed, to run again\n"),
        matrix,
        Text(f"\nbaselines: {baselines or 'none'}\n"),
        *_varied(grid, marks),
        *(Text(line) for line in ending_words(tally.ended)),
    ]


def _varied(grid: Grid, marks: dict[tuple[str, ...], str]) -> list[Text]:
    vary, found = varied(grid), axes(grid)
    if vary is None:
        return []
    names = ", ".join(one.name for one in grid.resolved if vary.takes(one.entry))
    told = [f"{' · '.join(place)} {mark}" for (kind, *place), mark in marks.items() if kind == _VARIED]
    product = (" and " if vary.together else " × ").join(f"{len(axis.labels)} {axis.name}" for axis in found)
    shown = ", ".join(told[:_SHOWN]) + (f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else "")
    return [Text(f"varied, {product}, for {names}: {shown}\n")]


def _matrix(grid: Grid, marks: dict[tuple[str, ...], str]) -> Table:
    names = [augmentation.name for augmentation in grid.resolved]
    plan = arrange(names, [(first.name, second.name) for first, second in grid.planned])
    corner = "first \\ second" if plan.row_means else ""
    matrix = Table(corner, *map(escape, plan.columns), box=None, pad_edge=False)
    for name, row in zip(plan.rows, plan.cells, strict=True):
        matrix.add_row(Text(name), *(marks[pair] if pair else "" for pair in row))
    return matrix


def _marks(tally: Tally) -> dict[tuple[str, ...], str]:
    states: dict[tuple[str, ...], list[str]] = {}
    for cell in tally.cells:
        key: tuple[str, ...] = (
            (cell.first.name, cell.second.name) if cell.first and cell.second else (cell.kind, cell.kind)
        )
        if cell.at:
            key = (_VARIED, *(str(value) for _, value in cell.at))
        record = tally.records.get(cell.id)
        states.setdefault(key, []).append("·" if record is None else "✓" if is_finished(record) else "✗")
    return {key: _mark(found) for key, found in states.items()}


def _mark(states: list[str]) -> str:
    # With several seeds, a single mark would hide how many are done.
    if len(set(states)) == 1:
        return states[0]
    return f"{states.count('✓')}/{len(states)}{' ✗' if '✗' in states else ''}"
