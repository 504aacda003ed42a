"""The files of a report, made again from what was stored."""

from pathlib import Path

import matplotlib as mpl

from ablation.report.drawings import DRAWINGS
from ablation.report.drawn import results_checksum, write_files
from ablation.report.files import FIGURE_KINDS, FIGURES, FILES, SHORTCUT, TABLES, remove_former
from ablation.report.page.render import render
from ablation.report.plots.heatmap import heatmap_figure
from ablation.report.saving import saved
from ablation.report.style import RC
from ablation.report.tables import report_tables
from ablation.results.frames.tables import csv, timings
from ablation.results.stored.atomic import write_atomically
from ablation.results.stored.cells import ReadRecord, read_sound
from ablation.results.stored.folder import open_folder
from ablation.results.stored.within import refuse_links, within
from ablation.results.study import Study


def write_report(
    folder: Path, *, figures: bool = False, tables: bool = False, read: ReadRecord = read_sound
) -> list[Path]:
    """Write the page, the heatmap and the tables of a results folder into it.

    They are made from the cells of the folder's grid that have a result; those that have none are gaps.

    Args:
        folder: a results folder.
        figures: also write every figure as PNG, SVG and PDF into `figures/`.
        tables: also write every table as CSV and Parquet, and the heatmap as LaTeX, into `tables/`.
        read: reads a record by the folder and its id; by default one that is damaged is an error.

    Returns:
        The files: those of `ablation.report.files`. Each is replaced whole. All but `timings.csv`,
        `drawn.json` and the times on the page depend on nothing but the results; paths of data on the page
        are relative to the working directory where they lie below it. Figures and tables that were written
        on request before, and are not asked for now, are removed: they would be of earlier results. Whatever
        else lies in their folders stays.

    Raises:
        ResultsError: it is not a results folder, files in it are damaged, or `figures` or `tables` is a link
            that leads out of it.
    """
    shows = results_checksum(folder)
    return write_study(Study(open_folder(folder), read), shows, figures=figures, tables=tables)


def write_study(study: Study, shows: str, *, figures: bool = False, tables: bool = False) -> list[Path]:
    """Write as `write_report`; `shows` is the folder's `results_checksum` before the study was read."""
    root = study.folder.path
    refuse_links(root, (FIGURES, TABLES))  # before seconds of drawing
    with mpl.rc_context(RC):
        heatmap = heatmap_figure(study.results, study.baselines, study.statistics)
        files = {f"heatmap.{kind}": saved(heatmap, kind) for kind in ("svg", "pdf", "png")}
        files |= {
            "cells.csv": csv(study.results),
            "baselines.csv": csv(study.baselines),
            "timings.csv": csv(timings(study.records)),
            SHORTCUT: study.judgement.json(),
            "report.html": render(study).encode(),
        }
        extra = {f"{FIGURES}/{name}": content for name, content in _figures(study).items()} if figures else {}
    if tables:
        extra |= {f"{TABLES}/{name}": content for name, content in report_tables(study).items()}
    remove_former(root)
    for name, content in extra.items():
        within(root, root / name).parent.mkdir(exist_ok=True)
        write_atomically(root / name, content)
    write_files(root, files, shows)
    return [root / name for name in (*extra, *FILES)]


def _figures(study: Study) -> dict[str, bytes]:
    drawn = {name: drawing.draw(study) for name, drawing in DRAWINGS.items()}
    return {
        f"{name}.{kind}": saved(figure, kind)
        for name, figure in drawn.items()
        if figure is not None
        for kind in FIGURE_KINDS
    }
