"""A grid of the paper's seven augmentations beside the paper's Figure 5, by rank."""

import numpy as np
from matplotlib.axes import Axes

from ablation.report.plots.axes import quiet
from ablation.report.plots.point_names import name_points
from ablation.report.style import BLUE, INK, LINE, MARKER, NAMES, ORANGE, POINTS
from ablation.results.findings.paper import PaperRanks
from ablation.results.numbers import cell_name, written

_NAMED = 14  # cells whose ranks differ most, and the best of either


def paper_plot(ranks: PaperRanks, ax: Axes | None = None) -> Axes:
    """Draw the rank of every cell here against its rank in the paper; on the line both agree.

    Source: SimCLR (arXiv 2002.05709), Figure 5.

    Args:
        ranks: from `ablation.results.findings.paper.paper_ranks`.
        ax: where to draw, at the size that it will have; a new figure by default.
    """
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(5.6, 5.2), layout="compressed")
    cells = ranks.cells
    alone = np.array([first == second for first, second in cells.index])
    ax.plot([1, len(cells)], [1, len(cells)], color=LINE, linewidth=0.9, zorder=0)
    for kind, color, marker, face, label in (
        (~alone, BLUE, "o", BLUE, "pairs"),
        (alone, ORANGE, "s", "white", "single augmentations"),
    ):
        points = cells[kind]
        ax.plot(
            points["paper_rank"], points["here_rank"], marker, color=color, markerfacecolor=face,
            markersize=MARKER, label=label, alpha=0.9,
        )  # fmt: skip
    ax.set(xlim=(len(cells) + 1.5, -0.5), ylim=(len(cells) + 1.5, -0.5))
    ticks = [1, *range(10, len(cells) + 1, 10)]
    ax.set_xticks(ticks)
    ax.set_yticks(ticks)
    quiet(ax, POINTS)
    ax.set_xlabel("rank in the paper (ImageNet, ResNet-50); 1 is the best", fontsize=POINTS, color=INK)
    ax.set_ylabel("rank here", fontsize=POINTS, color=INK)
    ax.set_title(
        f"Spearman's ρ = {written(ranks.cells_rho, '.2f')} over the cells, "
        f"{written(ranks.rows_rho, '.2f')} over the row means",
        loc="left", fontsize=1.1 * POINTS, color=INK, pad=2.2 * POINTS,
    )  # fmt: skip
    ax.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=0.85 * POINTS,
        labelcolor=INK, handletextpad=0.1, columnspacing=1.2, borderaxespad=0.2, borderpad=0,
    )  # fmt: skip
    _name(ax, ranks)
    return ax


def _name(ax: Axes, ranks: PaperRanks) -> None:
    cells = ranks.cells
    apart = (cells["paper_rank"] - cells["here_rank"]).abs()
    best = cells[["paper_rank", "here_rank"]].min(axis="columns")
    wanted = {*apart.nlargest(_NAMED).index, *best.nsmallest(4).index}
    names = [cell_name(pair) if pair in wanted else "" for pair in cells.index]
    name_points(ax, cells[["paper_rank", "here_rank"]].to_numpy(), names, NAMES, MARKER)
