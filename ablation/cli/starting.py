"""The commands that a study starts with; `ablation.cli.app` registers them."""

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from ablation.cli.completing import builtin_names

# As in `ablation.cli.app`, slow imports are inside the functions that need them.


def new(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="the grid file to write, such as mine.toml", show_default=False),
    ],
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="your images: a folder with one folder per class"),
    ] = None,
    builtin: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="GRID",
            help="copy a built-in grid; `ablation grids` lists them",
            autocompletion=builtin_names,
        ),
    ] = None,
) -> None:
    """Write a grid file to begin with: for your own images, or as a copy of a built-in grid.

    Nothing is overwritten.

    Example: ablation new mine --data photos/

    A copy to change: ablation new mine --from quick
    """
    from ablation.cli.new import write_new
    from ablation.grid.file.builtin import described

    path = write_new(name, builtin, data)
    _, cost = described(path.read_text("utf-8"))
    typer.echo(f"{path}: written; cost: {cost}\n\nNext:")
    file, folder = quote(str(path)), quote(str(Path("results") / path.stem))
    steps = {
        f"ablation preview {file}": "draws the images as the jobs will see them",
        f"ablation plan {file}": "measures how long it will take on this machine",
        f"ablation run {file}": "runs it; after Ctrl-C, the same command continues",
        f"ablation recommend {folder}": "says which augmentations to use",
    }
    width = max(map(len, steps))
    for command, what in steps.items():
        typer.echo(f"  {command.ljust(width)}  # {what}")


def grids(json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False) -> None:
    """List the built-in grids: what each shows, and what it costs.

    Example: ablation grids

    To change and run one: ablation new mine --from quick
    """
    from ablation.cli.grids import grids_json, show_grids

    typer.echo(grids_json()) if json else show_grids()
