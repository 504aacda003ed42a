"""The heatmaps of the page: tables whose cells are links, coloured as in the figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log2
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_hex

from ablation.grid.layout import Layout
from ablation.report import caption as words
from ablation.report.heatmap import COLORS, norm_of, readable
from ablation.report.layout import layout
from ablation.report.leak import COLORS as LEAK_COLORS
from ablation.report.leak import batch_size, leak_means
from ablation.results.numbers import cell_name
from ablation.results.rows import Pair, by_name, by_pair
from ablation.results.statistics import Statistics
from ablation.results.summary import baseline_means, cell_means, row_means

BEST, ALIKE = "★", "≈"


@dataclass(frozen=True)
class HeatCell:
    """One cell as it is written; a gap has no fill."""

    text: str
    spread: str = ""
    marks: str = ""
    fill: str = ""  # as #rrggbb
    ink: str = ""
    anchor: str = ""  # of its details; "" for a row mean
    spoken: str = ""  # for those who hear it


@dataclass(frozen=True)
class HeatRow:
    """A row: the augmentation, its cells (None where there is none to show), and their mean."""

    name: str
    cells: list[HeatCell | None]
    mean: HeatCell | None


@dataclass(frozen=True)
class HeatTable:
    """A heatmap."""

    title: str
    columns: list[str]
    rows: list[HeatRow]
    legend: list[str]
    corner: str  # which of the two comes first
    gradient: str = ""  # CSS colours from the lowest to the highest
    low: str = ""
    high: str = ""

    @property
    def has_means(self) -> bool:
        """Whether there is a column of row means."""
        return any(row.mean for row in self.rows)


def anchors(results: pd.DataFrame) -> dict[Pair, str]:
    """Return the id of the details of every cell; names are the user's, and so are no part of it."""
    cells = [pair for row in layout(results).cells for pair in row if pair is not None]
    return {pair: f"cell-{number}" for number, pair in enumerate(dict.fromkeys(cells), start=1)}


def accuracy_table(
    results: pd.DataFrame,
    baselines: pd.DataFrame,
    found: Statistics | None = None,
    metric: str = "linear_top1",
) -> HeatTable:
    """Lay out the accuracies: means over seeds in percent.

    Args:
        results: from `load_results`.
        baselines: from `load_baselines`.
        found: the statistics of both, which mark what is as good as the best and let cells be links to their
            details; None while a grid is running.
        metric: a column of accuracies.
    """
    means = cell_means(results, metric)
    means = means.assign(mean=100 * means["mean"], sd=100 * means["sd"])
    rows = row_means(results, metric)
    rows = rows.assign(mean=100 * rows["mean"], sd=100 * rows["sd"])
    floor = 100 * words.random_init(baseline_means(baselines, metric))
    leader = None if found is None else found.leader
    alike = found.not_distinguishable if found is not None and len(found.seeds) > 1 else []
    told_apart = len(alike) < int(means["mean"].notna().sum())
    marks = dict.fromkeys(alike, ALIKE) if told_apart else {}
    if leader is not None:
        marks[leader] = BEST
    for pair, cell in by_pair(means).items():
        extra = words.BELOW * bool(cell["mean"] < floor) + words.COLLAPSED * (cell["state"] == "collapsed")
        marks[pair] = marks.get(pair, "") + extra
    legend = [
        f"{BEST} highest" if leader is not None else "",
        f"{ALIKE} not distinguishable from it" if told_apart and len(alike) > 1 else "",
        "no cell is distinguishable from the highest" if alike and not told_apart else "",
        f"{words.BELOW} below random init" if any(words.BELOW in mark for mark in marks.values()) else "",
        f"{words.COLLAPSED} collapsed" if any(words.COLLAPSED in mark for mark in marks.values()) else "",
        f"± standard deviation over {int(means['n'].max())} seeds" if means["n"].max() > 1 else "",
    ]
    heading = words.title(metric, results.attrs.get("grid"))
    norm = norm_of(means["mean"].to_numpy(float))
    ids = {} if found is None else anchors(results)
    return _table(layout(results), heading, means, rows, norm, COLORS, 1, " %", marks, legend, ids)


def leak_table(results: pd.DataFrame) -> HeatTable | None:
    """Lay out the leaks in bits; None where no cell has one."""
    if results["leak_bits"].isna().all():
        return None
    candidates = batch_size(results)
    means, rows = leak_means(results), row_means(results, "leak_bits")
    means, rows = (frame.assign(mean=frame["mean"].clip(lower=0.0)) for frame in (means, rows))
    legend = [f"0: nothing; {log2(candidates):g}: enough to find an image among {candidates} by its colours"]
    norm = Normalize(0.0, log2(candidates))
    heading = words.title("leak_bits", None)
    plan, ids = layout(results), anchors(results)
    return _table(plan, heading, means, rows, norm, LEAK_COLORS, 2, " bits", {}, legend, ids)


def _table(
    plan: Layout,
    title: str,
    means: pd.DataFrame,
    rows: pd.DataFrame,
    norm: Normalize,
    cmap: str,
    decimals: int,
    unit: str,
    marks: Mapping[Pair, str],
    legend: list[str],
    ids: Mapping[Pair, str],
) -> HeatTable:
    colors = ScalarMappable(norm, mpl.colormaps[cmap])
    seeds = int(means["n"].max()) if len(means) else 0

    cells, averages = by_pair(means), by_name(rows)

    def entry(cell: dict[str, Any], name: str, mark: str = "", anchor: str = "") -> HeatCell:
        mean, n = float(cell["mean"]), int(cell["n"])
        if not n:
            state = str(cell.get("state", "–"))
            return HeatCell(state, anchor=anchor, spoken=f"{name}: {state}")
        red, green, blue, _ = map(float, colors.to_rgba(np.array(mean)))
        face = (red, green, blue)
        spread = f"±{cell['sd']:.{decimals}f}" if n > 1 else ""
        fewer = f"n={n}" if n < seeds else ""
        spoken = f"{name}: {mean:.{decimals}f}{unit}" + (f", {spread}" if spread else "")
        return HeatCell(
            f"{mean:.{decimals}f}", " ".join(filter(None, (spread, fewer))), mark, to_hex(face),
            readable(face), anchor, spoken,
        )  # fmt: skip

    table = [
        HeatRow(
            name,
            [
                None
                if pair is None
                else entry(cells[pair], cell_name(pair), marks.get(pair, ""), ids.get(pair, ""))
                for pair in row
            ],
            entry(averages[name], f"{name}, row mean") if plan.row_means else None,
        )
        for name, row in zip(plan.rows, plan.cells, strict=True)
    ]
    shades = [to_hex(mpl.colormaps[cmap](share)) for share in np.linspace(0, 1, 9)]
    low, high = float(norm.vmin or 0), float(norm.vmax or 0)
    return HeatTable(
        title, plan.columns, table, [line for line in legend if line],
        "first ↓ second →" if plan.row_means else "",
        ", ".join(shades), f"{low:.{decimals}f}{unit}", f"{high:.{decimals}f}{unit}",
    )  # fmt: skip
