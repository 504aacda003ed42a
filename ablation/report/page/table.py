"""The heatmaps of the page: tables whose cells are links, coloured as in the figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log2

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import to_hex

from ablation.grid.baselines import baseline_words, weights_of
from ablation.grid.layout import Pair
from ablation.report import caption as words
from ablation.report.cells import CellText, Heatmap, accuracy_cells, layout
from ablation.report.plots.leak import batch_size, leak_cells
from ablation.results.metrics import reported
from ablation.results.numbers import cell_name
from ablation.results.statistics.grid import Statistics


@dataclass(frozen=True)
class HeatCell:
    """One cell of the table."""

    content: CellText
    anchor: str  # of its details; "" where there are none
    spoken: str  # for those who hear it


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
    metric: str | None = None,
) -> HeatTable:
    """Lay out the accuracies: means over seeds in percent.

    Args:
        results: from `load_results`.
        baselines: from `load_baselines`.
        found: the statistics of both, which mark what is as good as the best and let cells be links to their
            details; None while a grid is running.
        metric: a column of accuracies; default: the test accuracy that decides.
    """
    metric = metric or reported(results.attrs)
    heatmap = accuracy_cells(results, baselines, metric, found=found)
    marks = "".join(content.marks for content in heatmap.cell_texts().values())
    start = baseline_words("random-init", weights_of(results.attrs))
    legend = [
        *heatmap.legend,
        f"{words.BELOW} below {start}" if words.BELOW in marks else "",
        f"{words.COLLAPSED} collapsed" if words.COLLAPSED in marks else "",
        f"± standard deviation over {heatmap.seeds} seeds" if heatmap.seeds > 1 else "",
    ]
    heading = words.title(metric, results)
    return _table(heatmap, heading, " %", legend, {} if found is None else anchors(results))


def leak_table(results: pd.DataFrame) -> HeatTable | None:
    """Lay out the leaks in bits; None where no cell has one."""
    if results["leak_bits"].isna().all():
        return None
    among = batch_size(results)
    legend = [f"0 bits: chance; {log2(among):g} bits: colours alone identify each image among {among}"]
    return _table(leak_cells(results), words.title("leak_bits"), " bits", legend, anchors(results))


def _table(heatmap: Heatmap, title: str, unit: str, legend: list[str], ids: Mapping[Pair, str]) -> HeatTable:
    plan, texts = heatmap.layout, heatmap.cell_texts()
    means: list[CellText | None] = [*heatmap.row_texts()] or [None] * len(plan.rows)

    def cell(content: CellText, name: str, anchor: str = "") -> HeatCell:
        number = f"{content.text}{unit if content.fill else ''}"
        return HeatCell(content, anchor, ", ".join(filter(None, (f"{name}: {number}", content.below))))

    rows = [
        HeatRow(
            name,
            [pair and cell(texts[pair], cell_name(pair), ids.get(pair, "")) for pair in pairs],
            None if mean is None else cell(mean, f"{name}, row mean"),
        )
        for name, pairs, mean in zip(plan.rows, plan.cells, means, strict=True)
    ]
    shades = [to_hex(mpl.colormaps[heatmap.cmap](share)) for share in np.linspace(0, 1, 9)]
    ends = (float(heatmap.norm.vmin or 0), float(heatmap.norm.vmax or 0))
    low, high = (f"{end:.{heatmap.decimals}f}{unit}" for end in ends)
    corner = "first ↓ second →" if plan.row_means else ""
    return HeatTable(
        title, plan.columns, rows, [line for line in legend if line], corner, ", ".join(shades), low, high
    )
