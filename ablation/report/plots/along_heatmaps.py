"""The whole grid under each value of a setting: small heatmaps on one scale."""

from math import ceil
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ablation.report.style import ACCURACIES, EMPTY, FAINT, INK, LINE, ORANGE, POINTS
from ablation.results.findings.along import Along
from ablation.results.metrics import METRICS

_COLUMNS = 4  # of heatmaps
_FEWEST = 3  # augmentations: of fewer, the lines say it all


def is_a_grid(found: Along) -> bool:
    """Whether the cells are enough of a grid for heatmaps: three augmentations, and pairs of them."""
    cells = found.frame[found.frame["first"] != ""]
    pairs = cells[cells["first"] != cells["second"]]
    return cells["first"].nunique() >= _FEWEST and len(pairs) > 0


def axis_heatmaps(found: Along, columns: int = _COLUMNS) -> Figure:
    """Draw a heatmap for each value of a setting, all on one scale, the best cell of each framed.

    Args:
        found: from `ab.along`.
        columns: how many heatmaps stand side by side.

    Example:
        `ab.axis_heatmaps(ab.along("results/mine", "objective"))`
    """
    scaled = METRICS[found.metric].scale * found.frame["mean"]
    cells = found.frame[found.frame["first"] != ""].assign(shown=scaled)
    names = [*dict.fromkeys([*cells["first"], *cells["second"]])]
    values = [*dict.fromkeys(cells["value"])]
    across, side = min(columns, len(values)), 0.36 * len(names) + 0.5  # inches
    down = ceil(len(values) / across)
    figure = Figure(figsize=(across * side + 1.6, down * (side + 0.55) + 0.3), layout="compressed")
    FigureCanvasAgg(figure)
    axes = figure.subplots(down, across, squeeze=False)
    scale = {"vmin": cells["shown"].min(), "vmax": cells["shown"].max()}
    for k, ax in enumerate(axes.flat):
        if k >= len(values):
            ax.set_axis_off()
            continue
        table = _table(cells[cells["value"] == values[k]], names)
        last = k + across >= len(values)
        sns.heatmap(
            table, ax=ax, cmap=ACCURACIES, square=True, cbar=False, linewidths=0.5, linecolor="white",
            xticklabels=last, yticklabels=k % across == 0, **scale,
        )  # fmt: skip
        ax.set_facecolor(EMPTY)
        _frame_best(ax, table)
        ax.set(xlabel="", ylabel="")
        ax.tick_params(labelsize=0.85 * POINTS, length=0, colors=INK)
        ax.tick_params(axis="y", labelrotation=0)
        ax.tick_params(axis="x", labelrotation=90)
        own = " (the grid's own)" if values[k] == found.axis.own else ""
        ax.set_title(f"{values[k]}{own}", fontsize=POINTS, color=INK)
    bar = figure.colorbar(axes[0, 0].collections[0], ax=axes, shrink=0.8, aspect=25)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=0.85 * POINTS, color=LINE, labelcolor=INK)
    bar.set_label(found.label, fontsize=POINTS, color=INK)
    told = f"{found.axis.name}; rows: first, columns: second; framed: the best"
    figure.supxlabel(told, fontsize=0.85 * POINTS, color=FAINT)
    return figure


def _table(cells: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    table: pd.DataFrame = cells.pivot_table("shown", "first", "second").reindex(index=names, columns=names)
    return table


def _frame_best(ax: Any, table: pd.DataFrame) -> None:
    best = table.stack()  # noqa: PD013 (nothing to melt)
    if best.notna().any():
        row, column = best.idxmax()  # type: ignore[misc]
        place = table.columns.get_loc(column), table.index.get_loc(row)
        ax.add_patch(_rectangle(place))


def _rectangle(place: tuple[Any, Any]) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle(place, 1, 1, fill=False, edgecolor=ORANGE, linewidth=1.8, clip_on=False)
