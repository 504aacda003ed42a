"""The options that commands share, and how they are read."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ablation.cli.completing import grid_files, results_folders

# As in `ablation.cli.app`, slow imports are inside the functions that need them.


def duration(text: str) -> float:
    """Read a time such as 1h30m, in seconds."""
    from ablation.runner.durations import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


GridPath = Annotated[
    Path,
    typer.Argument(metavar="GRID", help="a grid file", show_default=False, autocompletion=grid_files),
]
Folder = Annotated[
    Path,
    typer.Argument(
        metavar="DIR", help="a results folder", show_default=False, autocompletion=results_folders
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="results folder (default: results/<name of the grid>)"),
]
Yes = Annotated[bool, typer.Option("--yes", help="run a study of more than 10,000 jobs")]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        metavar="N",
        help="how many jobs run at once (default: one per core, CUDA device slot or cluster worker)",
    ),
]
Device = Annotated[
    str,
    typer.Option(
        "--device", metavar="NAME", help="auto, cpu, cuda (all devices), or a single device such as cuda:1"
    ),
]
JobsPerDevice = Annotated[
    int,
    typer.Option("--jobs-per-device", min=1, metavar="N", help="how many jobs share each CUDA device"),
]
Backend = Annotated[
    str,
    typer.Option(
        "--backend",
        metavar="NAME",
        help="processes (on this machine), dask or ray (the workers of a cluster)",
    ),
]
Address = Annotated[
    str | None,
    typer.Option(
        "--address",
        metavar="URL",
        help="address of the cluster, such as tcp://host:8786 (Dask) or host:6379 (Ray)",
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="replace a setting of the grid file; repeatable"),
]
Preset = Annotated[
    str | None,
    typer.Option("--preset", metavar="NAME", help="apply presets.NAME of the grid file, such as small"),
]
Seeds = Annotated[
    int | None, typer.Option("--seeds", metavar="N", help="run seeds 0 to N-1 instead of the file's")
]
JobLines = Annotated[
    bool, typer.Option("--json", help="print one JSON object per line: one for each job, then a summary")
]
Budget = Annotated[
    Any,
    typer.Option(
        "--budget", parser=duration, metavar="TIME", help="start no job after this time: 90s, 30m, 1h30m"
    ),
]
CellTimeout = Annotated[
    Any,
    typer.Option(
        "--cell-timeout",
        parser=duration,
        metavar="TIME",
        help="stop a job or a probe that takes longer than this, and go on with the others: 90s, 30m, 1h30m",
    ),
]
