"""Leak against accuracy, one point per cell: does accuracy go with what histograms give away?"""

from collections.abc import Collection
from math import log2

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ablation.report import caption as words
from ablation.report.plots.axes import filled, points_per_pixel, quiet, write_below
from ablation.report.plots.leak import batch_size, leak_means
from ablation.report.plots.point_names import name_points
from ablation.report.style import BLUE, INK, LINE, MARKER, NAMES, ORANGE, POINTS
from ablation.results.frames.means import cell_means
from ablation.results.metrics import METRICS, reported
from ablation.results.numbers import cell_name

# Colour and shape, so that either tells.
_WITH, _WITHOUT = ("with", ORANGE, "o", ORANGE), ("without", BLUE, "s", "white")


def leak_scatter(
    results: pd.DataFrame,
    holds_color: Collection[str],
    *,
    statistic: str = "",
    candidates: int | None = None,
    metric: str | None = None,
    leak: str = "leak_bits",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw the accuracy of every cell against its leak, named where there is room.

    Bars show the leak's standard error over test pairs and, with several seeds, the accuracy's standard
    deviation. The names of points that lie far out are placed first; the caption says how many found no
    room. Leaks below 0 are drawn at 0. Cells that lack either number are left out, which the caption says.

    Args:
        results: tidy, with both columns.
        holds_color: augmentations that distort colour; a cell holds colour if one of its two does.
        statistic: what stands under the title, for instance Spearman's rho and its p.
        candidates: as for `leak_heatmap`.
        metric: a column of accuracies; default: the test accuracy that decides.
        leak: a column of leaks.
        ax: where to draw, at the size that it will have; a new figure by default.
        title: default: metric and leak; "" for none.

    Raises:
        ValueError: as `leak_heatmap` and `accuracy_heatmap`.

    Example:
        >>> frame = pd.DataFrame({"first": ["crop"], "second": ["crop"], "seed": [0], "outcome": ["ok"],
        ...                       "linear_top1": [0.331], "leak_bits": [6.81]})
        >>> from matplotlib.figure import Figure
        >>> ax = leak_scatter(frame, ["color"], candidates=256, ax=Figure().add_subplot())
        >>> ax.texts[-1].get_text()
        'crop'
    """
    metric = metric or reported(results.attrs)
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(7.5, 5.5), layout="compressed")
    most = log2(batch_size(results) if candidates is None else candidates)
    scores, leaks = cell_means(results, metric), leak_means(results, leak)
    cells = pd.DataFrame(
        {
            "x": leaks["mean"].clip(lower=0.0),
            "x_error": leaks["se"],
            "y": 100 * scores["mean"],
            "y_error": 100 * scores["sd"],
        }
    )
    shown = cells.dropna(subset=["x", "y"])
    holds = np.array([first in holds_color or second in holds_color for first, second in shown.index], bool)
    for (_, color, marker, face), kind in ((_WITH, holds), (_WITHOUT, ~holds)):
        points = shown[kind]
        ax.errorbar(
            points["x"], points["y"], points["y_error"].fillna(0), points["x_error"].fillna(0),
            fmt=marker, color=color, markerfacecolor=face, markeredgewidth=1, markersize=MARKER,
            elinewidth=0.8, alpha=0.85,
        )  # fmt: skip
    quiet(ax, 0.9 * POINTS)
    ax.set_xlim(-0.03 * most, 1.03 * most)
    ax.margins(y=0.08)
    ax.axvline(most, color=LINE, linewidth=0.8, zorder=0)
    ax.axvline(0, color=LINE, linewidth=0.8, zorder=0)
    ax.set_xlabel(f"{METRICS[leak].label} (bits, at most {most:g})", fontsize=POINTS, color=INK)
    ax.set_ylabel(f"{METRICS[metric].label} (%)", fontsize=POINTS, color=INK)
    default = words.title(metric, results)
    heading = f"{default}, against colour leak" if title is None else title
    ax.figure.canvas.figure.draw_without_rendering()  # the layout widens the axes
    width = ax.get_window_extent().width * points_per_pixel(ax)
    above = filled([line for line in (heading, statistic) if line], width, 1.1 * POINTS)
    pad = 2.4 * POINTS  # above the legend
    ax.set_title(above, loc="left", fontsize=1.1 * POINTS, color=INK, pad=pad, parse_math=False)
    _legend(ax, holds)
    lines = [
        _counted(len(cells) - len(shown), "cell", "left out: no leak or no accuracy yet"),
        _counted(int((leaks["mean"] < 0).sum()), "leak", "below 0, drawn at 0"),
        "bars: standard error of the leak" * bool(shown["x_error"].notna().any())
        + ("; standard deviation of the accuracy over seeds" if shown["y_error"].notna().any() else ""),
    ]
    caption = filled([line for line in lines if line], width, 0.8 * POINTS)
    # As high as it will be: names are placed once the layout, which makes room for it, is.
    below = write_below(ax, f"{caption}\n", 0.8 * POINTS)
    names = [cell_name(pair) for pair in shown.index]
    errors = shown[["x_error", "y_error"]].fillna(0).to_numpy(float)
    unnamed = name_points(ax, shown[["x", "y"]].to_numpy(float), names, NAMES, MARKER, errors)
    below.set_text(f"{caption}\n{_counted(unnamed, 'point', 'not named, for lack of room')}")
    return ax


def _legend(ax: Axes, holds: NDArray[np.bool_]) -> None:
    for (word, color, marker, face), some in ((_WITH, holds.any()), (_WITHOUT, (~holds).any())):
        if some:
            ax.plot(
                [], [], marker, color=color, markerfacecolor=face, markersize=MARKER,
                label=f"{word} colour distortion",
            )  # fmt: skip
    if len(holds):
        ax.legend(
            loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=0.85 * POINTS,
            labelcolor=INK, handletextpad=0.1, columnspacing=1.2, borderaxespad=0.2, borderpad=0,
        )  # fmt: skip


def _counted(count: int, noun: str, what: str) -> str:
    return f"{count} {noun}{'s' if count > 1 else ''} {what}" if count else ""
