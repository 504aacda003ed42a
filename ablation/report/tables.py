"""The tables of a report, for other programs and for papers: CSV, Parquet, and the heatmap as LaTeX."""

import io

import numpy as np
import pandas as pd

from ablation.report.cells import layout
from ablation.report.files import LATEX
from ablation.results.answers import class_effects, colour_trend
from ablation.results.frames.means import cell_means, row_means
from ablation.results.frames.tables import csv, timings
from ablation.results.metrics import reported
from ablation.results.study import Study

_LATEX = str.maketrans(
    {
        **{letter: f"\\{letter}" for letter in "&%$#_{}"},
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "\\": r"\textbackslash{}",
        "→": r"$\rightarrow$",
        "·": r"$\cdot$",
    }
)


def report_tables(study: Study) -> dict[str, bytes]:
    """Return every table of a study by file name.

    `cells` and `baselines` have one row per cell and seed, `cell-means`, `row-means`, `gaps-to-the-best`,
    `order-effects`, `main-effects` and `gains` are of `ab.statistics`, `class-effects` is `ab.class_effects`,
    `proxies` is `ab.proxies`, and `timings` has the cost of each job. Where cells were run with several
    numbers of epochs, `trends` and `colour-trend` are those of `ab`. Where settings vary, `varied` is
    `ab.load_varied`, and `axis-1`, `axis-2`, … are the frames of `ab.along`. Where the grid asks, `known`
    says what h and z know of transformations, and `probes` is `ab.load_probes`. Without labels there are no
    `class-effects` and no `proxies`.
    `heatmap.tex` needs the LaTeX package booktabs.
    """
    found = study.statistics
    frames = {
        "cells": study.results,
        "baselines": study.baselines,
        "cell-means": found.cells.reset_index(),
        "row-means": found.rows.reset_index(),
        "gaps-to-the-best": found.best.reset_index(),
        "order-effects": found.orders.reset_index(),
        "main-effects": found.mains.reset_index(),
        "gains": found.gains.reset_index(),
        "timings": timings(study.records),
    }
    if study.labelled:
        frames |= {"class-effects": class_effects(study), "proxies": study.proxies}
    some = {
        "trends": study.trends,
        "colour-trend": colour_trend(study),
        "known": study.known,
        "probes": study.probes,
    }
    frames |= {name: frame for name, frame in some.items() if not frame.empty}
    if study.folder.axes:
        frames["varied"] = study.axes.table
        frames |= {f"axis-{k}": found.frame for k, found in enumerate(study.axes.along.values(), 1)}
    files = {f"{name}.csv": csv(frame) for name, frame in frames.items()}
    files |= {f"{name}.parquet": _parquet(frame) for name, frame in frames.items()}
    return files | {LATEX: heatmap_latex(study.results).encode()}


def heatmap_latex(results: pd.DataFrame, metric: str | None = None) -> str:
    r"""Write the heatmap as a LaTeX table (booktabs), in percent, with row means; gaps are dashes.

    Example:
        >>> results = pd.DataFrame({"first": ["a_b"], "second": ["a_b"], "seed": [0], "outcome": ["ok"],
        ...                         "linear_top1": [0.331]})
        >>> print(heatmap_latex(results))
        \begin{tabular}{lrr}
        \toprule
         & a\_b & row mean \\
        \midrule
        a\_b & 33.1 & 33.1 \\
        \bottomrule
        \end{tabular}
        <BLANKLINE>
    """
    metric = metric or reported(results.attrs)
    plan, cells, rows = layout(results), cell_means(results, metric), row_means(results, metric)

    def number(frame: pd.DataFrame, key: object) -> str:
        mean, sd = (float(frame[column].to_dict()[key]) for column in ("mean", "sd"))
        if np.isnan(mean):
            return "--"
        return f"{100 * mean:.1f}" + (f" $\\pm$ {100 * sd:.1f}" if np.isfinite(sd) else "")

    lines = [
        [
            name.translate(_LATEX),
            *("" if pair is None else number(cells, pair) for pair in row),
            *([number(rows, name)] if plan.row_means else []),
        ]
        for name, row in zip(plan.rows, plan.cells, strict=True)
    ]
    means = ["row mean"] if plan.row_means else []
    heading = ["", *(name.translate(_LATEX) for name in plan.columns), *means]
    body = "\n".join(f"{' & '.join(line)} \\\\" for line in lines)
    return (
        f"\\begin{{tabular}}{{l{'r' * (len(heading) - 1)}}}\n\\toprule\n{' & '.join(heading)} \\\\\n"
        f"\\midrule\n{body}\n\\bottomrule\n\\end{{tabular}}\n"
    )


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    plain = frame.copy()
    plain.attrs = {}  # the whole grid, which some readers choke on
    plain.to_parquet(buffer, index=False)
    return buffer.getvalue()
