"""The commands; the packages below do the work."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ablation.cli.errors import Commands
from ablation.cli.opening import load_file, refuse_large, results_folder, within_results
from ablation.cli.options import Device, GridPath, Out, Overrides, Preset, Seeds, Workers, Yes
from ablation.cli.reading import compare, draw_map, recommend, report, status, view
from ablation.cli.running import race, run, verify
from ablation.cli.starting import grids, new

# Other imports are inside the commands: `--help` answers at once, and no command loads what it does not use.

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(wanted: bool) -> None:
    if wanted:
        from ablation.version import version

        typer.echo(version())
        raise typer.Exit


@app.callback()
def ablation(
    debug: Annotated[  # noqa: ARG001
        bool, typer.Option("--debug", help="show the full traceback of an error")
    ] = False,
    version: Annotated[  # noqa: ARG001
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version and exit")
    ] = False,
) -> None:
    """Which augmentations should you use to pretrain a contrastive model on your images?

    On your own images: ablation new mine --data photos/

    On built-in pictures: ablation new quick --from quick
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that has no → prints ? instead of failing
            stream.reconfigure(errors="replace")


for opening in (new, grids):
    app.command()(opening)


for running in (run, race):
    app.command()(running)


@app.command()
def validate(
    grid: GridPath,
    set: Overrides = None,
    preset: Preset = None,
    seeds: Seeds = None,
    json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
    yes: Yes = False,
) -> None:
    """Check a grid file and its images, and say which differences it can detect; errors come with their line.

    Example: ablation validate grids/quick.toml
    """
    from ablation.words import counted

    file = load_file(grid, set, seeds, preset)
    count = refuse_large(file, yes)
    # numpy: only once the grid is valid
    from ablation.cli.counting import counting
    from ablation.cli.design import design_json, design_of, design_words
    from ablation.data.counts import class_words

    with counting() as tell:
        design = design_of(file.grid, results_folder(file.grid.name or grid.stem), tell=tell)
    if json:
        typer.echo(design_json(grid, count, design))
        return
    at_most = "at most " if file.grid.race else ""
    classes = class_words(design.counts) if design.counts else []
    valid = f"{grid}: valid, {at_most}{counted(count, 'job')}"
    typer.echo("\n".join([valid, *classes, *design_words(design)]))


@app.command()
def plan(
    grid: GridPath,
    out: Out = None,
    workers: Workers = None,
    device: Device = "auto",
    set: Overrides = None,
    preset: Preset = None,
    seeds: Seeds = None,
    measure: Annotated[
        bool, typer.Option("--measure/--no-measure", help="estimate the time from a short measurement")
    ] = True,
) -> None:
    """Show which jobs are done, what the grid can detect, and about how long the rest takes; nothing is run.

    Example: ablation plan grids/cifar10.toml --workers 2
    """
    from ablation.cli import plan as planning
    from ablation.cli.counting import counting

    file = load_file(grid, set, seeds, preset)
    if file.grid.race:
        from ablation.cli.race import show_race_plan

        with counting() as tell:
            show_race_plan(file.grid, workers, device, tell, measure=measure)
        return
    with counting() as tell:
        planning.show_plan(
            file.grid,
            out or results_folder(file.grid.name or grid.stem),
            workers=workers,
            device=device,
            measure=planning.measure if measure else None,
            tell=tell,
        )


@app.command()
def augmentations(
    kornia: Annotated[
        bool,
        typer.Option("--kornia", help="list the classes of kornia.augmentation, and why some cannot be used"),
    ] = False,
) -> None:
    """List the operations that a grid can name, with their parameters and where the defaults come from.

    Example: ablation augmentations --kornia
    """
    from ablation.cli.augmentations import show_augmentations, show_kornia

    (show_kornia if kornia else show_augmentations)()


@app.command()
def preview(
    grid: GridPath,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="output folder (default: results/<name of the grid>/preview)"
        ),
    ] = None,
    images: Annotated[
        int, typer.Option("--images", min=1, max=64, metavar="N", help="how many images to show")
    ] = 8,
    set: Overrides = None,
    preset: Preset = None,
) -> None:
    """Draw your images with the grid's augmentations, as the jobs will see them; nothing is trained.

    Example: ablation preview grids/cifar10.toml --images 6
    """
    from ablation.cli.counting import counting
    from ablation.previews.views import CROP, write_preview
    from ablation.results.stored.paths import PREVIEW

    file = load_file(grid, set, None, preset)
    folder = out or within_results(file.grid.name or grid.stem, PREVIEW)
    before = _files(folder)
    with counting() as tell:
        paths = write_preview(file.grid, folder, images, tell)
    _written(paths, before if out else [], (CROP,))
    if folder / CROP not in paths:
        typer.echo(f"no {CROP}: this grid does not crop", err=True)


@app.command()
def shortcut(
    grid: GridPath,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="output folder (default: results/<name of the grid>/shortcut)"
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            "--checkpoint", metavar="FILE", help="an encoder saved by a run with save_encoder = true"
        ),
    ] = None,
    images: Annotated[
        int | None,
        typer.Option(
            "--images",
            min=1,
            max=64,
            metavar="N",
            help="how many images to show (default: 3, or 6 with --checkpoint)",
        ),
    ] = None,
    workers: Workers = None,
    device: Device = "auto",
    set: Overrides = None,
    preset: Preset = None,
    seeds: Seeds = None,
    json: Annotated[bool, typer.Option("--json", help="print the numbers as JSON")] = False,
) -> None:
    """Draw Figure 6, and measure the colour leak of each cell's views; nothing is trained.

    With --checkpoint, measure how much that encoder relies on colour, on the grid's test images.

    Example: ablation shortcut grids/cifar10.toml --images 4
    """
    from ablation.cli import shortcut as tables
    from ablation.cli.counting import counting
    from ablation.report.files import SOME
    from ablation.results.stored.paths import SHORTCUT

    file = load_file(grid, set, seeds, preset)
    folder = out or within_results(file.grid.name or grid.stem, SHORTCUT)
    before = _files(folder)
    if checkpoint is None:
        from ablation.previews.leaks import write_leaks

        with counting() as tell:
            leaks, paths = write_leaks(
                file.grid, folder, images=images or 3, workers=workers, device=device, tell=tell
            )
        tables.show_leaks(leaks, json)
    else:
        from ablation.previews.swaps import write_swaps

        with counting() as tell:
            found = write_swaps(file.grid, checkpoint, folder, images or 6, device, tell)
        tables.show_use(found.label, found.seed, found.linear_top1, found.use, json)
        paths = [found.picture]
    _written(paths, before if out else [], () if checkpoint else SOME, err=json)


for command in (status, report, recommend, compare, verify, view):
    app.command()(command)
app.command("map")(draw_map)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _written(paths: list[Path], before: list[Path], some: tuple[str, ...], *, err: bool = False) -> None:
    """Print what was written; in a folder that the user chose, also what was replaced and what was not.

    Args:
        paths: what was written.
        before: what the folder contained before.
        some: names of files that are written for some grids only.
        err: print on standard error.
    """
    for path in paths:
        typer.echo(path, err=err)
    if replaced := [path.name for path in paths if path in before]:
        typer.echo(f"replaced earlier files: {', '.join(replaced)}", err=True)
    if others := [path.name for path in before if path.name in some and path not in paths]:
        typer.echo(f"left as before, not of this grid: {', '.join(others)}", err=True)
