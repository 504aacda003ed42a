"""The colour shortcut of a grid in figures: what its views leak, and what training made of that."""

from collections.abc import Collection, Mapping
from math import isnan

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ablation.grid.layout import Pair
from ablation.report.cells import layout
from ablation.report.plots.distances import CellDistances, distances_figure
from ablation.report.plots.leak import leak_and_accuracy, leak_heatmap
from ablation.report.plots.leak_scatter import leak_scatter
from ablation.results.findings.colors import color_augmentations
from ablation.results.findings.leak_and_accuracy import Explained
from ablation.results.frames.means import operations, planned_cells
from ablation.results.numbers import cell_name, written
from ablation.results.statistics.grid import Statistics
from ablation.words import counted

Distances = Mapping[Pair, NDArray[np.floating]]  # of a cell: (2, K), of one image and of two

_PANELS = 16  # of distances, at most


def leak_figures(
    results: pd.DataFrame,
    distances: Distances,
    baselines: pd.DataFrame | None = None,
    verdict: str = "",
    wanted: Collection[str] = ("leak", "leak-kinds", "distances"),
    statistics: Statistics | None = None,
) -> dict[str, Figure]:
    """Draw what the views of a grid leak, before or after training.

    Args:
        results: from `load_results`, or leaks alone.
        distances: of the cells that `cells_with_distances` names, as far as there are any.
        baselines: from `load_baselines`.
        verdict: what is written below the leak and the accuracies.
        wanted: names of the figures to draw.
        statistics: of the accuracies; mark the best of them.

    Returns:
        By name: `leak` (beside the accuracies, where there are some), `leak-kinds`, and `distances` where
        there are any.
    """
    figures: dict[str, Figure] = {}
    if "leak" in wanted:
        figures["leak"] = leak_and_accuracy(
            results, baselines=baselines, below=verdict, statistics=statistics
        )
    if "leak-kinds" in wanted:
        figures["leak-kinds"] = _kinds(results)
    cells = [
        CellDistances(cell_name(pair), distances[pair][0], distances[pair][1], _separation(results, pair))
        for pair in cells_with_distances(results)
        if pair in distances and distances[pair].size
    ]
    if cells and "distances" in wanted:
        figures["distances"] = distances_figure(
            cells,
            title=f"{results.attrs['name']}: colour distances between views",
            caption=f"{counted(len(cells), 'cell')}: each augmentation alone, and followed by colour "
            "distortion; densities from the first seed, AUC averaged over seeds",
        )
    return figures


def scatter_figure(
    results: pd.DataFrame, explained: Explained | str, size: tuple[float, float] = (6.8, 5.4)
) -> Figure:
    """Draw leak against accuracy with what the test says, or why there is none; the size is in inches."""
    figure = Figure(figsize=size, layout="compressed")
    FigureCanvasAgg(figure)
    holding = color_augmentations(results).holding
    leak_scatter(results, holding, statistic=_words(explained), ax=figure.subplots())
    return figure


def cells_with_distances(results: pd.DataFrame) -> list[Pair]:
    """Choose the cells whose distances are drawn: each augmentation alone, then each with color after it."""
    colors = color_augmentations(results)
    names, planned = operations(results), set(planned_cells(results))
    alone = [(name, name) for name in names]
    pairs = [(a, c) for a in names if a not in colors.holding for c in names if c in colors.distortions]
    return (alone + [pair for pair in pairs if pair in planned])[:_PANELS]


def _kinds(results: pd.DataFrame) -> Figure:
    plan = layout(results)
    figure = Figure(figsize=(2 * (0.72 * plan.width + 3.6), 0.72 * len(plan.rows) + 2.4), layout="compressed")
    FigureCanvasAgg(figure)
    for ax, kind in zip(figure.subplots(1, 2), ("intensity", "chroma"), strict=True):
        leak_heatmap(results, metric=f"leak_bits_{kind}", ax=ax)
    return figure


def _separation(results: pd.DataFrame, pair: Pair) -> float:
    rows = results[(results["first"] == pair[0]) & (results["second"] == pair[1])]
    return float(rows["leak_separation"].mean())


def _words(explained: Explained | str) -> str:
    if isinstance(explained, str):
        return explained
    if isnan(explained.rho):
        return "no correlation: all cells have the same leak, or the same accuracy"
    rho = f"Spearman's ρ = {written(explained.rho, '.2f')}"
    if not explained.resolvable:
        few = f"no test: it needs at least five augmentations, and this grid has {explained.operations}"
        return f"{rho}; {few}"
    return f"{rho}, p = {explained.p:.3f} by relabelling the augmentations"
