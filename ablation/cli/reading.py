"""The commands that read results; `ablation.cli.app` makes them commands."""

from pathlib import Path
from typing import Annotated

import typer

from ablation.cli.options import Device, Folder, Workers

# As in `ablation.cli.app`, what takes time to import is imported where it is used.


def status(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="a results folder, or a folder of them")
    ] = Path("results"),
) -> None:
    """Show how many cells of each results folder are done, failed and pending, and the best of them.

    Example: ablation status results
    """
    from ablation.cli.status import show_status

    show_status(folder)


def report(
    folder: Folder,
    figures: Annotated[
        bool, typer.Option("--figures", help="also every figure, as PNG, SVG and PDF, in figures/")
    ] = False,
    tables: Annotated[
        bool, typer.Option("--tables", help="also every table, as CSV, Parquet and LaTeX, in tables/")
    ] = False,
    publish: Annotated[
        Path | None,
        typer.Option("--publish", metavar="DIR", help="also a small copy: no encoders, one seed's views"),
    ] = None,
) -> None:
    """Write the page, the heatmap and the tables of a results folder, and say which differences are real.

    Example: ablation report results/quick

    For a paper: ablation report results/quick --figures --tables

    To commit results: ablation report results/quick --publish shared/quick
    """
    from ablation.report.publish import publish as copy
    from ablation.report.write import write_study
    from ablation.results.findings.statistics_words import sentences
    from ablation.results.study import read_study

    study = read_study(folder)
    for path in write_study(study, figures=figures, tables=tables):
        typer.echo(path)
    typer.echo("\n".join(sentences(study.statistics)))
    if publish is not None:
        typer.echo(f"published: {publish}, {copy(study, publish) / 1e6:.1f} MB")


def recommend(
    folder: Folder,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="first pretrain the few best with both branches, three seeds")
    ] = False,
    simplest: Annotated[
        bool, typer.Option("--simplest", help="write code of the simplest that is as good, not of the best")
    ] = False,
    code: Annotated[
        str | None,
        typer.Option("--code", metavar="LIBRARY", help="print only the code: kornia or torchvision"),
    ] = None,
    workers: Workers = None,
    device: Device = "auto",
    json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Say which augmentations to pretrain with, why, how sure that is, and give the code.

    It is decided on validation accuracy, never on the test split.

    Example: ablation recommend results/quick

    Only the code: ablation recommend results/quick --code torchvision > augmentations.py
    """
    from ablation.cli.recommend import recommended, run_confirmation
    from ablation.results.study import read_study

    study = read_study(folder)
    if confirm:
        from ablation.cli.progress import TextShow

        with TextShow(f"{folder.name} confirmed") as show:
            run_confirmation(study, show, workers=workers, device=device)
    typer.echo(recommended(study, simplest=simplest, library=code, as_json=json), nl=False)


def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="a results folder", show_default=False)],
    b: Annotated[Path, typer.Argument(metavar="B", help="another", show_default=False)],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="the figure: .png, .svg or .pdf")] = Path(
        "compare.png"
    ),
    metric: Annotated[str, typer.Option("--metric", metavar="NAME", help="an accuracy")] = "linear_top1",
    json: Annotated[bool, typer.Option("--json", help="one JSON object, and no figure")] = False,
) -> None:
    """Compare two grids: how alike they rank, which cells moved, and what differs between them.

    Example: ablation compare results/quick results/longer --out longer.png
    """
    from ablation.cli.compare import compared
    from ablation.results.study import read_study

    typer.echo(compared(read_study(a), read_study(b), out, metric=metric, as_json=json), nl=False)


def view(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="results folders, or one", show_default=True)
    ] = Path("results"),
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, metavar="N", help="default: 8421 or above")
    ] = None,
    open: Annotated[bool, typer.Option("--open/--no-open", help="open it in a browser")] = True,
) -> None:
    """Show results in a browser: all grids, their reports, and those that run as they fill in.

    Only this machine can ask, and only for files of results.

    Example: ablation view results
    """
    from ablation.view.server import view as serve

    serve(folder, port, open, typer.echo)
