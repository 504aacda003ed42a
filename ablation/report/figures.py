"""The figures and tables of a results folder, made again from what was stored."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ablation.report.files import FILES, SHORTCUT, SOME, remove_stale
from ablation.report.heatmap import accuracy_heatmap
from ablation.report.layout import layout
from ablation.report.shortcut import cells_with_distances, leak_figures, scatter_figure
from ablation.results.arrays import read_arrays
from ablation.results.atomic import write_atomically
from ablation.results.folder import ResultsFolder, open_folder
from ablation.results.frame import baselines_frame, load_records, results_frame
from ablation.results.judgement import judge
from ablation.results.tables import csv, timings

DPI = 200
# The same results give the same files: no dates, and ids within an SVG that do not change.
_UNDATED: dict[str, dict[str, Any]] = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "ablation",
    "pdf.fonttype": 42,
    "hatch.linewidth": 0.6,
}


def write_report(folder: Path) -> list[Path]:
    """Write the figures and the tables of a results folder into it.

    They are made from the cells of the folder's grid that have a result; those that have none are gaps.

    Returns:
        The files: those of `ablation.report.files`. Each is replaced whole, `heatmap.png` last, and all but
        `timings.csv` depend on nothing but the results.

    Raises:
        ResultsError: it is no results folder.
    """
    opened = open_folder(folder)
    records = load_records(opened)
    results, baselines = results_frame(opened, records), baselines_frame(opened, records)
    judged = judge(results, baselines)
    with mpl.rc_context(STYLE):
        figures = {"heatmap": _heatmap(results, baselines)}
        figures |= leak_figures(results, _distances(opened, results), baselines, judged.sentence)
        figures["leak-accuracy"] = scatter_figure(results, judged.explained)
        drawn = [Path(name) for name in (*FILES, *SOME) if Path(name).stem in figures]
        files = {path.name: saved(figures[path.stem], path.suffix[1:]) for path in drawn}
    files |= {
        "cells.csv": csv(results),
        "baselines.csv": csv(baselines),
        "timings.csv": csv(timings(records)),
        SHORTCUT: judged.json(),
    }
    remove_stale(opened.path, files)
    names = [name for name in (*SOME, *FILES) if name in files]
    for name in names:
        write_atomically(opened.path / name, files[name])
    return [opened.path / name for name in names]


def saved(figure: Figure, kind: str) -> bytes:
    """Return a figure as a PNG, SVG or PDF file; within `STYLE` the same figure gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(
        buffer, format=kind, dpi=DPI, bbox_inches="tight", pad_inches=0.15, metadata=_UNDATED[kind]
    )
    return buffer.getvalue()


def _heatmap(results: pd.DataFrame, baselines: pd.DataFrame) -> Figure:
    plan = layout(results)
    n = len(plan.rows)
    side = 1.2 if n == 1 else 0.8 if n < 6 else 0.68  # inches, of a cell
    # The axes fill the figure, so that cells have one size; the labels stand outside.
    figure = Figure(figsize=(side * plan.width, side * n), dpi=DPI)
    FigureCanvasAgg(figure)
    accuracy_heatmap(results, baselines=baselines, ax=figure.add_axes((0, 0, 1, 1)))
    return figure


def _distances(
    folder: ResultsFolder, results: pd.DataFrame
) -> Mapping[tuple[str, str], NDArray[np.floating]]:
    """Read the distances of the first seed of the cells that are drawn, as far as there are any."""
    rows = results[results["leak_bits"].notna() & results["linear_top1"].notna()].astype({"first": object})
    ids = rows.drop_duplicates(["first", "second"]).set_index(["first", "second"])["id"].to_dict()
    wanted = [pair for pair in cells_with_distances(results) if pair in ids]
    return {pair: read_arrays(folder.path, ids[pair]).distances for pair in wanted}
