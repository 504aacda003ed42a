"""What h and z still know of each transformation: a panel each, policies as rows."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ablation.report.plots.axes import quiet
from ablation.report.style import BLUE, FAINT, INK, LINE, ORANGE, POINTS
from ablation.results.findings.known import CHANCE
from ablation.results.metrics import TRANSFORMATIONS

_OF = {"h": (BLUE, "o", 0.12), "z": (ORANGE, "s", -0.12)}


def known_figure(frame: pd.DataFrame, columns: int = 4) -> Figure:
    """Draw how often h and z tell the versions of held-out images, with 95 % intervals over seeds.

    Args:
        frame: from `ablation.results.findings.known.known_frame`.
        columns: how many panels stand side by side.
    """
    tasks = [task for task in TRANSFORMATIONS if task in set(frame["task"])]
    policies = [*dict.fromkeys(frame["policy"])]
    across = min(columns, len(tasks))
    down = -(-len(tasks) // across)
    size = 2.0 * across + 1.8, down * (0.42 * len(policies) + 1.0)  # inches
    figure = Figure(figsize=size, layout="compressed")
    FigureCanvasAgg(figure)
    axes = figure.subplots(down, across, squeeze=False)
    for k, ax in enumerate(axes.flat):
        if k >= len(tasks):
            ax.set_axis_off()
            continue
        _panel(frame[frame["task"] == tasks[k]], policies, ax, named=k % across == 0)
        ax.set_title(f"tells {TRANSFORMATIONS[tasks[k]]}", fontsize=POINTS, color=INK)
        ax.axvline(100 * CHANCE[tasks[k]], color=FAINT, linestyle="--", linewidth=0.9, zorder=0)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=2, frameon=False, fontsize=POINTS)
    figure.supxlabel("held-out images told (%); dashed: chance", fontsize=0.9 * POINTS, color=INK)
    return figure


def _panel(rows: pd.DataFrame, policies: list[str], ax: Axes, *, named: bool) -> None:
    place = {policy: len(policies) - 1 - k for k, policy in enumerate(policies)}
    for features, (color, marker, aside) in _OF.items():
        own = rows[rows["features"] == features]
        y = np.array([place[policy] for policy in own["policy"]]) + aside
        ax.hlines(y, 100 * own["low"], 100 * own["high"], color=color, linewidth=1.3)
        ax.plot(100 * own["mean"], y, marker, color=color, markersize=5, label=features)
    ax.set_yticks([*place.values()], [*place] if named else [""] * len(place))
    ax.set_ylim(-0.6, len(policies) - 0.4)
    quiet(ax, POINTS)
    ax.grid(axis="x", color=LINE, linewidth=0.5)
