"""The ranks of the cells under linear evaluation and under each probe: a line for each cell."""

from collections.abc import Sequence
from textwrap import fill

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from ablation.report.plots.axes import filled, write_below
from ablation.report.plots.ends import new_axes
from ablation.report.style import AMBER, BLUE, FAINT, GREEN, INK, LINE, NAMES, ORANGE, POINTS, PURPLE, SKY
from ablation.results.findings.probe_ranks import ProbeRanks
from ablation.results.numbers import written

_COLORS = (BLUE, ORANGE, GREEN, PURPLE, AMBER, SKY)
_LINEAR = "linear, all labels"
_ROW = 0.17  # inches
_LETTERS = 14  # of a column's name
_UPRIGHT = 0.9  # inches a column, below which its name is written upright


def probe_ranks_plot(found: Sequence[ProbeRanks], ax: Axes | None = None) -> Axes:
    """Draw the rank of each cell under linear evaluation on all labels and under each probe.

    The best cell of each column is coloured. Probes stand in the order of their Spearman's ρ with linear
    evaluation, which is written below them.

    Args:
        found: from `probe_ranks`; a cell that one of the probes lacks is left out.
        ax: where to draw; a new figure by default.
    """
    ax = new_axes(ax)
    found = sorted(found, key=lambda one: -one.rho)
    ranks = _ranks(found)
    best = [*dict.fromkeys(str(ranks[column].idxmin()) for column in ranks)]
    inks = {str(name): LINE for name in ranks.index} | dict(zip(best, _COLORS, strict=False))
    lines = ranks.set_axis(range(len(ranks.columns)), axis=1).rename_axis("cell").reset_index()
    tidy = lines.melt("cell", var_name="column", value_name="rank").astype({"column": float})
    for names, width, layer in ((ranks.index.difference(best), 1.0, 1), (best, 1.8, 2)):
        sns.lineplot(
            tidy[tidy["cell"].isin(names)], x="column", y="rank", hue="cell", palette=inks, estimator=None,
            linewidth=width, marker="o", markersize=4, markeredgewidth=0, legend=False, zorder=layer, ax=ax,
        )  # fmt: skip
    ax.invert_yaxis()
    last = len(ranks.columns) - 1
    ax.set_xlim(-0.12, last + 0.12)
    inches = ax.figure.get_figure(root=True).get_figwidth()
    upright = _is_upright(inches, ranks)
    linear = _LINEAR if upright else fill(_LINEAR, _LETTERS)
    ax.set_xticks(range(last + 1), [linear, *(_label(one, upright) for one in found)])
    _name(ax, ranks.iloc[:, 0], inks)
    right = ax.twinx()
    right.set_ylim(ax.get_ylim())
    _name(right, ranks.iloc[:, -1], inks)
    for one in (ax, right):
        one.spines[:].set_visible(False)
        one.tick_params(length=0, pad=3)
    ax.tick_params(axis="x", labelsize=0.85 * POINTS, labelcolor=INK, labelrotation=90 if upright else 0)
    ax.set_xlabel("")
    ax.set_ylabel("cells, the best at the top", fontsize=POINTS, color=INK)
    words = (
        "coloured: the best cell of each column. ρ: Spearman's with linear evaluation on all labels"
        + ("" if all(np.isnan(one.low) for one in found) else ", 95 % over seeds")
        + ". Ranks say nothing of how far apart the cells are; where they are close, "
        "scatter between seeds lowers ρ"
    )
    write_below(ax, filled([words], 72 * 0.65 * inches, 0.85 * POINTS), 0.85 * POINTS)
    return ax


def ranks_tall(found: Sequence[ProbeRanks], inches: float) -> float:
    """Return the height of a figure so many inches wide, with a row for each cell."""
    ranks = _ranks(found)
    return (2.2 if _is_upright(inches, ranks) else 1.3) + _ROW * len(ranks)


def _is_upright(inches: float, ranks: pd.DataFrame) -> bool:
    return inches / len(ranks.columns) < _UPRIGHT


def _ranks(found: Sequence[ProbeRanks]) -> pd.DataFrame:
    means = pd.concat(
        [found[0].means["linear"].rename(_LINEAR), *(one.means["probe"].rename(one.column) for one in found)],
        axis=1,
        join="inner",
    )
    # Ties are broken by linear evaluation, so that no two cells share a place.
    ordered = means.sort_values(_LINEAR, ascending=False, kind="stable")
    return ordered.rank(ascending=False, method="first").astype(int)


def _label(one: ProbeRanks, upright: bool) -> str:
    if upright:
        return f"{one.column}, ρ {written(one.rho, '.2f')}"
    name = fill(one.column.replace(" %", "\N{NO-BREAK SPACE}%"), _LETTERS)
    rho = one.number.replace(" (", "\n(", 1)
    return f"{name}\nρ {rho}"


def _name(ax: Axes, ranks: "pd.Series[int]", inks: dict[str, str]) -> None:
    ax.set_yticks(ranks.to_list(), [str(name) for name in ranks.index], fontsize=NAMES)
    for label in ax.get_yticklabels():
        ink = inks[label.get_text()]
        label.set_color(FAINT if ink == LINE else ink)
