"""The commands that run jobs; `ablation.cli.app` registers them."""

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ablation.cli.opening import load_file, refuse_large, results_folder
from ablation.cli.options import (
    Address,
    Backend,
    Budget,
    CellTimeout,
    Device,
    Folder,
    GridPath,
    JobLines,
    JobsPerDevice,
    Out,
    Overrides,
    Preset,
    Seeds,
    Workers,
    Yes,
    duration,
)

if TYPE_CHECKING:
    from ablation.grid.file.load import GridFile
    from ablation.runner.backends import Asked

# As in `ablation.cli.app`, slow imports are inside the functions that need them.


def run(
    grid: GridPath,
    out: Out = None,
    workers: Workers = None,
    device: Device = "auto",
    set: Overrides = None,
    preset: Preset = None,
    seeds: Seeds = None,
    jobs_per_device: JobsPerDevice = 1,
    budget: Budget = None,
    cell_timeout: CellTimeout = None,
    backend: Backend = "processes",
    address: Address = None,
    json: JobLines = False,
    yes: Yes = False,
) -> None:
    """Run the missing jobs of a grid, and write its report.

    Ctrl-C stops the run; the same command continues it.

    Example: ablation run grids/quick.toml --workers 2 --set pretrain.epochs=20

    On a cluster: ablation run grids/cifar10.toml --backend dask --address tcp://host:8786

    Each job on two devices: torchrun --nproc-per-node 2 -m ablation run grids/cifar10.toml
    """
    from ablation.runner.backends import Asked
    from ablation.runner.ranks import follow, launched, leading, refuse_other_places

    me = launched()
    if me is not None and me.rank > 0:
        follow(me, device)
        return
    with leading(me):
        if me is not None:
            refuse_other_places(me, backend, address, workers, jobs_per_device)
            backend, set = "torchrun", [*(set or ()), f"pretrain.world_size={me.size}"]
        file = load_file(grid, set, seeds, preset)
        refuse_large(file, yes)
        name = file.grid.name or grid.stem
        asked = Asked(backend, address, device, workers, jobs_per_device, budget, cell_timeout)
        _launch(file, out or results_folder(name), name, asked, json)


def race(
    grid: GridPath,
    out: Out = None,
    epochs: Annotated[
        str | None,
        typer.Option(
            "--epochs", metavar="N,N,…", help="the rungs (default: those of the grid, else 2,8,32,128)"
        ),
    ] = None,
    share: Annotated[
        float | None,
        typer.Option(
            "--share", metavar="X", help="of the full grid's time that a race may take (default: 0.3)"
        ),
    ] = None,
    grow: Annotated[
        int | None,
        typer.Option(
            "--grow",
            min=3,
            metavar="N",
            help="then race policies of up to N operations, made from the best pairs",
        ),
    ] = None,
    budget: Annotated[
        Any,
        typer.Option(
            "--budget", parser=duration, metavar="TIME", help="choose the rungs that take this time: 30m, 1h"
        ),
    ] = None,
    workers: Workers = None,
    device: Device = "auto",
    set: Overrides = None,
    preset: Preset = None,
    seeds: Seeds = None,
    jobs_per_device: JobsPerDevice = 1,
    cell_timeout: CellTimeout = None,
    backend: Backend = "processes",
    address: Address = None,
    json: JobLines = False,
) -> None:
    """Race a grid's cells to long jobs: all run a few epochs, the most promising run on.

    Ctrl-C stops the race; the same command continues it.

    Example: ablation race grids/cifar10.toml --seeds 3 --epochs 2,8,32,128

    What can be said in an hour: ablation race grids/cifar10.toml --seeds 3 --budget 1h

    Policies of three operations: ablation race grids/kornia-wide.toml --seeds 3 --grow 3
    """
    from ablation.cli import race as racing
    from ablation.cli.counting import counting
    from ablation.errors import ClusterError
    from ablation.runner.backends import Asked
    from ablation.runner.ranks import launched

    if launched():
        raise ClusterError("torchrun starts `ablation run` only; start a race without it")
    loaded = load_file(grid, set, seeds, preset).grid
    name = loaded.name or grid.stem
    title = name if loaded.race else f"{name}-race"
    folder = out or results_folder(title)
    try:
        rungs = None if epochs is None else racing.chosen_rungs(epochs)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if rungs is None and budget is not None and (rungs := racing.rungs_before(loaded, folder)) is None:
        from ablation.runner.devices import devices, worker_count

        with counting() as tell:
            pace = racing.measured_pace(loaded, device, tell)
        width = worker_count(workers, devices(device), len(loaded.planned) * len(loaded.seeds))
        rungs = racing.rungs_within(loaded, pace, budget, width, share, grow)
    made = racing.race_overrides(loaded, rungs, share, grow)
    named = [] if loaded.race else [f'name="{title}"']
    file = load_file(grid, [*(set or ()), *made, *named], seeds, preset)
    asked = Asked(backend, address, device, workers, jobs_per_device, cell_timeout=cell_timeout)
    _launch(file, folder, title, asked, json)


def verify(
    folder: Folder,
    cells: Annotated[int, typer.Option("--cells", min=1, metavar="N", help="how many jobs to run again")] = 3,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed", min=0, metavar="N", help="chooses the jobs (default: others each time; it is printed)"
        ),
    ] = None,
    workers: Workers = None,
    device: Annotated[
        str | None,
        typer.Option("--device", metavar="NAME", help="as of run (default: the CPU if the jobs ran there)"),
    ] = None,
    set: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="where the images lie here, such as data.path=photos"
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Run some finished jobs again, and compare every stored number: do the results come out again?

    Nothing is written into the folder. The exit code is 1 if a job does not agree. Code of your own
    operations is run as it lies in the folder: verify only what you would run.

    Example: ablation verify results/quick --cells 5
    """
    from ablation.cli.counting import counting
    from ablation.cli.verify import verification_json, verification_words
    from ablation.runner.verify import verify as run_again

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as of a run
    with counting() as tell:
        found = run_again(
            folder,
            cells,
            seed,
            device=device,
            workers=workers,
            overrides=set or (),
            say=lambda sentence: typer.echo(sentence, err=True),
            tell=tell,
        )
    typer.echo(verification_json(found) if json else "\n".join(verification_words(found)))
    if not found.agrees:
        raise typer.Exit(1)


def _launch(
    file: "GridFile",
    folder: Path,
    name: str,
    asked: "Asked",
    json: bool,
) -> None:
    from ablation.cli.progress import JsonShow, TextShow
    from ablation.runner.launch import launch

    def shows(title: str) -> JsonShow | TextShow:
        return JsonShow(title) if json else TextShow(title)

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # sent by batch schedulers; act as on Ctrl-C
    with shows(name) as show:
        ending = launch(file, folder, show, asked)
    endings = [ending]
    if file.grid.race and file.grid.race.grow:
        from ablation.runner.grow import grow  # late: pandas

        endings += grow(ending, file, shows, asked)
    if endings[-1].stopped == "interrupt":
        raise typer.Exit(130)
    if any(one.tally.failed or one.probes.failed for one in endings):
        raise typer.Exit(1)
