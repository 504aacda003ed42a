"""How short is too short: rank correlation with the longest grid, by epochs and seconds per job."""

import numpy as np
from matplotlib.axes import Axes

from ablation.report.plots.axes import filled, quiet, write_below
from ablation.report.style import BLUE, INK, LINE, ORANGE, POINTS
from ablation.results.findings.lengths import LengthStudy
from ablation.results.frames.rows import by_name
from ablation.results.numbers import written

SIZE = (5.6, 4.0)  # inches


def lengths_plot(study: LengthStudy, own: int | None = None, ax: Axes | None = None) -> Axes:
    """Draw how well short grids rank the cells compared with the longest, by seed, with a line for the mean.

    Args:
        study: from `ablation.results.findings.lengths.read_lengths`.
        own: the epochs of the grid whose report it is; marked where given.
        ax: where to draw; a new figure by default.
    """
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=SIZE, layout="compressed")
    rows, means = study.rows, study.means
    epochs = means.index.to_numpy(float)
    rho = dict(zip(means.index, means["rho"].astype(float), strict=True))
    ceiling = study.seeds > 1
    if ceiling:
        ax.axhline(rho[study.longest], color=LINE, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
    ax.plot(epochs, means["rho"], color=BLUE, linewidth=1.4, marker="o", markersize=5, zorder=2)
    ax.plot(rows["epochs"], rows["rho"], "o", color=BLUE, markersize=3.2, alpha=0.45, zorder=1)
    if own is not None and own in rho:
        ax.plot([own], [rho[own]], "o", color=ORANGE, markersize=7, zorder=3)
        ax.annotate(
            "this grid", (own, rho[own]), (0, -30), textcoords="offset points", ha="center", va="top",
            fontsize=POINTS, color=ORANGE, arrowprops={"arrowstyle": "-", "color": ORANGE, "linewidth": 0.8},
        )  # fmt: skip
    ax.set_xscale("log", base=2)
    ax.set_xticks(epochs, [f"{n:.0f}\n{s:.0f} s" for n, s in zip(epochs, means["seconds"], strict=True)])
    ax.minorticks_off()
    low = float(np.nanmin(rows["rho"]))
    ax.set_ylim(min(0.0, np.floor(5 * low) / 5), 1.02)
    quiet(ax, POINTS)
    ax.tick_params(axis="x", labelsize=0.85 * POINTS)
    ax.set_xlabel("epochs, and seconds per job on one core", fontsize=POINTS, color=INK)
    ax.set_ylabel(
        f"Spearman's ρ with {study.longest} epochs{', other seeds' if ceiling else ''}",
        fontsize=POINTS, color=INK,
    )  # fmt: skip
    words = (
        f"{study.cells} cells of {', '.join(study.names)}; validation linear top-1; "
        "small points: one seed each"
        + (
            f". Dashed: {study.longest} epochs compared with its other seeds, the best one seed can do"
            if ceiling
            else ""
        )
    )
    width = 72 * ax.figure.get_figure(root=True).get_figwidth() * 0.8
    write_below(ax, filled([words], width, 0.85 * POINTS), 0.85 * POINTS)
    return ax


def lengths_words(study: LengthStudy) -> str:
    """Say what was compared with what.

    Example:
        >>> import pandas as pd
        >>> rows = pd.DataFrame({"epochs": [2, 20], "seed": [0, 0], "rho": [0.5, 0.9], "loss": [0.02, 0.0],
        ...                      "seconds": [5.0, 40.0]})
        >>> lengths_words(LengthStudy(rows, ("crop", "color"), 4, longest=20, seeds=2)).partition(",")[0]
        'The same 4 cells (crop'
    """
    others = "under the other seeds" if study.seeds > 1 else "under the only seed"
    return (
        f"The same {study.cells} cells ({', '.join(study.names)}) were run with other numbers of epochs. For "
        f"one seed at a time, their ranks by validation accuracy are compared with those of {study.longest} "
        f"epochs {others}."
    )


def lengths_table(study: LengthStudy) -> list[tuple[str, str, str, str]]:
    """Return, by length, in words: epochs, seconds per job, ρ, points lost by the cell it would choose."""
    return [
        (str(epochs), f"{row['seconds']:.0f}", written(row["rho"], ".2f"), f"{100 * row['loss']:.1f}")
        for epochs, row in by_name(study.means).items()
    ]
