"""The options that commands have in common, and how they are read."""

from pathlib import Path
from typing import Annotated, Any

import typer

# As in `ablation.cli.app`, what takes time to import is imported where it is used.


def _duration(text: str) -> float:
    from ablation.runner.durations import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


GridPath = Annotated[Path, typer.Argument(metavar="GRID", help="a grid file", show_default=False)]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="a results folder", show_default=False)]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="results folder (default: results/<name of the grid>)"),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        metavar="N",
        help="cells at a time (default: one a core, a slot of a CUDA device, or a worker of a cluster)",
    ),
]
Device = Annotated[str, typer.Option("--device", metavar="NAME", help="auto, cpu, cuda (all) or cuda:1")]
JobsPerDevice = Annotated[
    int, typer.Option("--jobs-per-device", min=1, metavar="N", help="cells that may share a CUDA device")
]
Backend = Annotated[
    str,
    typer.Option(
        "--backend", metavar="NAME", help="processes of this machine, or the workers of a dask cluster"
    ),
]
Address = Annotated[
    str | None,
    typer.Option("--address", metavar="URL", help="of the cluster's scheduler: tcp://host:8786"),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="a setting instead of the file's; repeatable"),
]
Seeds = Annotated[
    int | None, typer.Option("--seeds", metavar="N", help="seeds 0 to N-1 instead of the file's")
]
Budget = Annotated[
    Any,
    typer.Option(
        "--budget", parser=_duration, metavar="TIME", help="start no cell after this time: 90s, 30m, 1h30m"
    ),
]
