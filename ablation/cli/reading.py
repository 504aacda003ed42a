"""The commands that read results; `ablation.cli.app` registers them."""

from pathlib import Path
from typing import Annotated

import typer

from ablation.cli.completing import results_folders
from ablation.cli.opening import load_file
from ablation.cli.options import Device, Folder, Overrides, Preset, Workers

# As in `ablation.cli.app`, slow imports are inside the functions that need them.


def status(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="a results folder, or a folder of results folders",
            autocompletion=results_folders,
        ),
    ] = Path("results"),
    json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Count done, failed and pending jobs in each results folder, and name its best cell.

    Example: ablation status results
    """
    from ablation.cli.status import show_status, status_json

    if json:
        typer.echo(status_json(folder))
    else:
        show_status(folder)


def report(
    folder: Folder,
    figures: Annotated[
        bool, typer.Option("--figures", help="also write every figure to figures/, as PNG, SVG and PDF")
    ] = False,
    tables: Annotated[
        bool, typer.Option("--tables", help="also write every table to tables/, as CSV, Parquet and LaTeX")
    ] = False,
    publish: Annotated[
        Path | None,
        typer.Option(
            "--publish", metavar="DIR", help="also write a small copy: no encoders, and one seed's views"
        ),
    ] = None,
) -> None:
    """Write the report page, heatmap and tables of a results folder, and say which differences are real.

    Example: ablation report results/quick

    For a paper: ablation report results/quick --figures --tables

    To commit results: ablation report results/quick --publish shared/quick
    """
    from ablation.report.drawn import results_checksum
    from ablation.report.publish import publish as copy
    from ablation.report.write import write_study
    from ablation.results.findings.recommend_words import answer_words
    from ablation.results.findings.statistics_words import further_sentences, sentences
    from ablation.results.study import read_study

    shows = results_checksum(folder)
    study = read_study(folder)
    for path in write_study(study, shows, figures=figures, tables=tables):
        typer.echo(path)
    found = study.statistics
    known = found.leader is not None
    told = [*answer_words(study.recommendation), *further_sentences(found)] if known else sentences(found)
    typer.echo("\n".join(told))
    if publish is not None:
        typer.echo(f"published: {publish}, {copy(study, publish) / 1e6:.1f} MB")


def recommend(
    folder: Folder,
    confirm: Annotated[
        bool,
        typer.Option("--confirm", help="first pretrain the best few policies on both branches, three seeds"),
    ] = False,
    simplest: Annotated[
        bool,
        typer.Option("--simplest", help="give the code of the simplest policy that is as good as the best"),
    ] = False,
    code: Annotated[
        str | None,
        typer.Option("--code", metavar="LIBRARY", help="print only the code, for kornia or torchvision"),
    ] = None,
    workers: Workers = None,
    device: Device = "auto",
    anyway: Annotated[
        bool, typer.Option("--anyway", help="give the code even of a policy that is not above its floors")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Recommend a policy: say why, and how certain that is, and give the code.

    The choice is based on validation accuracy, never on the test split.

    Example: ablation recommend results/quick

    Only the code: ablation recommend results/quick --code torchvision > augmentations.py
    """
    from ablation.cli.recommend import recommended, run_confirmation
    from ablation.results.study import read_study

    study = read_study(folder)
    if confirm:
        from rich.console import Console

        from ablation.cli.progress import TextShow

        # On standard error: standard output is the code or the JSON that was asked for.
        with TextShow(f"{folder.name} confirmed", Console(stderr=True)) as show:
            run_confirmation(study, show, workers=workers, device=device)
        from ablation.report.write import write_report

        write_report(folder)  # its page says what was confirmed
    typer.echo(recommended(study, simplest=simplest, library=code, as_json=json, anyway=anyway), nl=False)


def compare(
    a: Annotated[
        Path,
        typer.Argument(
            metavar="A", help="a results folder", show_default=False, autocompletion=results_folders
        ),
    ],
    b: Annotated[
        Path,
        typer.Argument(
            metavar="B", help="another results folder", show_default=False, autocompletion=results_folders
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="where to write the figure: .png, .svg or .pdf (default: A-vs-B.png)",
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option("--metric", metavar="NAME", help="the accuracy to compare, by default the deciding one"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="print one JSON object, and draw no figure")] = False,
) -> None:
    """Compare two grids: how well their ranks agree, which cells moved, and how their settings differ.

    Example: ablation compare results/quick results/longer --out longer.png
    """
    from ablation.cli.compare import compared
    from ablation.results.study import read_study

    typer.echo(compared(read_study(a), read_study(b), out, metric=metric, as_json=json), nl=False)


def draw_map(
    checkpoint: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="an encoder saved by a run with save_encoder = true"),
    ],
    grid: Annotated[
        Path | None,
        typer.Option(
            "--grid", metavar="GRID", help="whose images to show (default: those of its results folder)"
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="output folder (default: where the page of the results finds it)"
        ),
    ] = None,
    images: Annotated[
        int, typer.Option("--images", min=4, max=20_000, metavar="N", help="how many test images to show")
    ] = 1000,
    device: Device = "auto",
    set: Overrides = None,
    preset: Preset = None,
) -> None:
    """Draw a map of test images in h: is it sorted by class or by colour?

    Example: ablation map results/quick/cells/0123456789abcdef.safetensors
    """
    from ablation.cli.counting import counting
    from ablation.previews.maps import map_of, map_words, write_map

    if grid is None and (set or preset):
        raise typer.BadParameter("--set and --preset change a grid file; name one with --grid")
    chosen = None if grid is None else load_file(grid, set, None, preset).grid
    with counting() as tell:
        frame = map_of(checkpoint, chosen, images=images, device=device, tell=tell)
    typer.echo(map_words(frame))
    typer.echo(write_map(checkpoint, frame, out))


def view(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="a results folder, or a folder of results folders",
            autocompletion=results_folders,
        ),
    ] = Path("results"),
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=1, max=65535, metavar="N", help="port (default: 8421, or the next one that is free)"
        ),
    ] = None,
    open: Annotated[bool, typer.Option("--open/--no-open", help="open the page in a browser")] = True,
) -> None:
    """Show results in a browser: the reports of all grids, and running grids as they fill in.

    Only this machine can connect, and only files of results are served. A report runs in a sandbox: one that
    somebody sent you can read no other results.

    Example: ablation view results
    """
    from ablation.view.server import view as serve

    serve(folder, port, open, typer.echo)
