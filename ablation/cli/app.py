"""The commands; what they do is in the rooms below."""

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ablation.cli.errors import Commands
from ablation.cli.options import (
    Address,
    Backend,
    Budget,
    Device,
    GridPath,
    JobsPerDevice,
    Out,
    Overrides,
    Seeds,
    Workers,
)
from ablation.cli.reading import compare, recommend, report, status, view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ablation.grid.entries import Kornia, Python
    from ablation.grid.file.load import GridFile

# Every other import is inside a command: `--help` answers at once, and no command loads what it does not use.

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _load(grid: Path, overrides: list[str] | None, seeds: int | None) -> "GridFile":
    from ablation.grid.file.load import load_grid

    def inspect(operation: "Kornia | Python", size: int) -> "Mapping[str, str]":
        from ablation.augment.inspect import inspect  # torch, for operations that are not built in

        return inspect(operation, size)

    return load_grid(grid, overrides or (), seeds, inspect)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("ablation"))
        raise typer.Exit


@app.callback()
def ablation(
    debug: Annotated[  # noqa: ARG001
        bool, typer.Option("--debug", help="show the traceback of an error")
    ] = False,
    version: Annotated[  # noqa: ARG001
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """Which augmentations should a contrastive model be pretrained with, on your images?

    Example: ablation run grids/quick.toml
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without → prints ? rather than an error
            stream.reconfigure(errors="replace")


@app.command()
def run(
    grid: GridPath,
    out: Out = None,
    workers: Workers = None,
    device: Device = "auto",
    set: Overrides = None,
    seeds: Seeds = None,
    jobs_per_device: JobsPerDevice = 1,
    budget: Budget = None,
    backend: Backend = "processes",
    address: Address = None,
    json: Annotated[
        bool, typer.Option("--json", help="one JSON object a line: each cell, then a summary")
    ] = False,
) -> None:
    """Run the cells of a grid that have no result yet, and draw the heatmap.

    Ctrl-C stops it; the same command continues.

    Example: ablation run grids/quick.toml --workers 2 --set pretrain.epochs=20

    On a cluster: ablation run grids/cifar10.toml --backend dask --address tcp://host:8786
    """
    from ablation.cli.progress import JsonShow, TextShow
    from ablation.runner.backends import Asked
    from ablation.runner.launch import launch

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a scheduler's end of time is a Ctrl-C
    file = _load(grid, set, seeds)
    name = file.grid.name or grid.stem
    with JsonShow() if json else TextShow(name) as show:
        asked = Asked(backend, address, device, workers, jobs_per_device, budget)
        ending = launch(file, out or _results(name), show, asked)
    if ending.stopped == "interrupt":
        raise typer.Exit(130)
    if ending.tally.failed:
        raise typer.Exit(1)


@app.command()
def validate(grid: GridPath, set: Overrides = None, seeds: Seeds = None) -> None:
    """Check a grid file; every error in it is listed, with its place.

    Example: ablation validate grids/quick.toml
    """
    from ablation.grid.cells import cells

    file = _load(grid, set, seeds)
    typer.echo(f"{grid}: valid, {sum(1 for _ in cells(file.grid, fingerprint=''))} cells")


@app.command()
def plan(
    grid: GridPath,
    out: Out = None,
    workers: Workers = None,
    device: Device = "auto",
    set: Overrides = None,
    seeds: Seeds = None,
    measure: Annotated[
        bool, typer.Option("--measure/--no-measure", help="estimate the time from a short measurement")
    ] = True,
) -> None:
    """Show which cells a run would start, and about how long they will take; nothing is run.

    Example: ablation plan grids/cifar10.toml --workers 2
    """
    from ablation.cli import plan as planning

    file = _load(grid, set, seeds)
    planning.show_plan(
        file.grid,
        out or _results(file.grid.name or grid.stem),
        workers=workers,
        device=device,
        measure=planning.measure if measure else None,
    )


@app.command()
def augmentations(
    kornia: Annotated[
        bool,
        typer.Option("--kornia", help="the classes of kornia.augmentation, and which can be used"),
    ] = False,
) -> None:
    """List the operations that a grid file can name, with their parameters and where the defaults come from.

    Example: ablation augmentations --kornia
    """
    from ablation.cli.augmentations import show_augmentations, show_kornia

    (show_kornia if kornia else show_augmentations)()


@app.command()
def preview(
    grid: GridPath,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="folder (default: results/<name of the grid>/preview)"),
    ] = None,
    images: Annotated[int, typer.Option("--images", min=1, max=64, metavar="N", help="images shown")] = 8,
    set: Overrides = None,
) -> None:
    """Draw what the grid's augmentations do to its images, as a job will see them; nothing is trained.

    Example: ablation preview grids/cifar10.toml --images 6
    """
    from ablation.previews.views import CROP, write_preview
    from ablation.results.stored.paths import PREVIEW

    file = _load(grid, set, None)
    folder = out or _results(file.grid.name or grid.stem) / PREVIEW
    paths = write_preview(file.grid, folder, images)
    for path in paths:
        typer.echo(path)
    if folder / CROP not in paths:
        typer.echo(f"no {CROP}: the grid crops nothing", err=True)


@app.command()
def shortcut(
    grid: GridPath,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="folder (default: results/<name of the grid>/shortcut)"),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            "--checkpoint", metavar="FILE", help="an encoder that a run with save_encoder = true kept"
        ),
    ] = None,
    images: Annotated[
        int | None, typer.Option("--images", min=1, max=64, metavar="N", help="images shown (3; 6 swaps)")
    ] = None,
    workers: Workers = None,
    device: Device = "auto",
    set: Overrides = None,
    seeds: Seeds = None,
    json: Annotated[bool, typer.Option("--json", help="the numbers as JSON")] = False,
) -> None:
    """Show what colour gives away of the grid's views, and draw Figure 6; nothing is trained.

    With --checkpoint: how far that encoder goes by colour, on the grid's test images.

    Example: ablation shortcut grids/cifar10.toml --images 4
    """
    from ablation.cli import shortcut as tables
    from ablation.results.stored.paths import SHORTCUT

    file = _load(grid, set, seeds)
    folder = out or _results(file.grid.name or grid.stem) / SHORTCUT
    if checkpoint is None:
        from ablation.cli.progress import counting
        from ablation.previews.leaks import write_leaks

        with counting("cells") as tell:
            leaks, paths = write_leaks(
                file.grid, folder, images=images or 3, workers=workers, device=device, tell=tell
            )
        tables.show_leaks(leaks, json)
    else:
        from ablation.previews.swaps import write_swaps

        found = write_swaps(file.grid, checkpoint, folder, images or 6, device)
        tables.show_use(found.label, found.seed, found.linear_top1, found.use, json)
        paths = [found.picture]
    for path in paths:
        typer.echo(path, err=json)


for command in (status, report, recommend, compare, view):
    app.command()(command)


def _results(name: str) -> Path:
    return Path("results") / name
