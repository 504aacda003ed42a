"""The figures and tables of a results folder, made again from what was stored."""

import io
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ablation.report.files import FILES
from ablation.report.heatmap import accuracy_heatmap
from ablation.report.layout import layout
from ablation.results.atomic import write_atomically
from ablation.results.folder import open_folder
from ablation.results.frame import baselines_frame, load_records, results_frame
from ablation.results.tables import csv, timings

_DPI = 200
# The same results give the same files: no dates, and ids within an SVG that do not change.
_UNDATED: dict[str, dict[str, Any]] = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "ablation",
    "pdf.fonttype": 42,
    "hatch.linewidth": 0.6,
}


def write_report(folder: Path) -> list[Path]:
    """Write the heatmap and the tables of a results folder into it.

    They are made from the cells of the folder's grid that have a result; those that have none are gaps.

    Returns:
        The files: `heatmap.svg`, `heatmap.pdf`, `cells.csv`, `baselines.csv`, `timings.csv`, and last
        `heatmap.png`. Each is replaced whole, and all but `timings.csv` depend on nothing but the results.

    Raises:
        ResultsError: it is no results folder.
    """
    opened = open_folder(folder)
    records = load_records(opened)
    results, baselines = results_frame(opened, records), baselines_frame(opened, records)
    with mpl.rc_context(_STYLE):
        plan = layout(results)
        n = len(plan.rows)
        side = 1.2 if n == 1 else 0.8 if n < 6 else 0.68  # inches, of a cell
        # The axes fill the figure, so that cells have one size; the labels stand outside.
        figure = Figure(figsize=(side * plan.width, side * n), dpi=_DPI)
        FigureCanvasAgg(figure)
        accuracy_heatmap(results, baselines=baselines, ax=figure.add_axes((0, 0, 1, 1)))
        files = {f"heatmap.{kind}": _saved(figure, kind) for kind in _UNDATED}
    files |= {
        "cells.csv": csv(results),
        "baselines.csv": csv(baselines),
        "timings.csv": csv(timings(records)),
    }
    for name in FILES:
        write_atomically(opened.path / name, files[name])
    return [opened.path / name for name in FILES]


def _saved(figure: Figure, kind: str) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(
        buffer, format=kind, dpi=_DPI, bbox_inches="tight", pad_inches=0.15, metadata=_UNDATED[kind]
    )
    return buffer.getvalue()
