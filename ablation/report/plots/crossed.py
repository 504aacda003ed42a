"""Two settings at once: accuracy over one, a line for each value of the other."""

import numpy as np
from matplotlib.axes import Axes

from ablation.report.plots.along import mark_numbers, mark_zero
from ablation.report.plots.axes import quiet, row_labels
from ablation.report.plots.ends import End, finish, new_axes
from ablation.report.style import AMBER, BLUE, GREEN, INK, LINE, ORANGE, POINTS, PURPLE, SKY
from ablation.results.findings.crossed import Crossed
from ablation.results.metrics import METRICS

_COLORS = (BLUE, ORANGE, GREEN, PURPLE, AMBER, SKY, INK)
_MARKERS = "osD^v"
_APART = 0.14  # of a row, between the points of names


def crossed_plot(found: Crossed, ax: Axes | None = None) -> Axes:
    """Draw the mean over the cells under each value of a setting, for each value of another.

    Bars are 95 % intervals. Numbers are an axis; names are rows.

    Args:
        found: from `ab.open_study(folder).axes.crossed`.
        ax: where to draw; a new figure by default.
    """
    ax = new_axes(ax)
    first = next(iter(found.lines.values()))
    scale = METRICS[first.metric].scale
    order = {value: k for k, value in enumerate(reversed(found.values))}
    ends = []
    for k, (value, line) in enumerate(found.lines.items()):
        color, marker = _COLORS[k % len(_COLORS)], _MARKERS[k // len(_COLORS) % len(_MARKERS)]
        mean, aside = line.mean, k - (len(found.lines) - 1) / 2
        y, low, high = (scale * mean[end].to_numpy(float) for end in ("mean", "low", "high"))
        if found.axis.is_number:
            x = mean["value"].to_numpy(float) * (1 + 0.012 * aside)  # so that no bar hides another
            ax.vlines(x, low, high, color=color, linewidth=1.1)
            ax.plot(x, y, f"-{marker}", color=color, linewidth=1.5, markersize=4.5)
            ends.append(End(float(x[-1]), float(y[-1]), str(value), color))
        else:
            rows = np.array([order[str(one)] for one in mean["value"]]) - _APART * aside
            ax.hlines(rows, low, high, color=color, linewidth=1.2)
            ax.plot(y, rows, marker, color=color, markersize=5, label=str(value))
    quiet(ax, POINTS)
    mark_zero(first, ax)
    single = all(line.seeds < 2 for line in found.lines.values())
    told = "one seed: no intervals" if single else "bars: 95 % intervals of the mean, each by itself"
    if found.axis.is_number:
        values = {float(x) for line in found.lines.values() for x in line.mean["value"]}
        mark_numbers(ax, np.array(sorted(values)))
        ax.set_xlabel(found.axis.name, fontsize=POINTS, color=INK)
        ax.set_ylabel(first.label, fontsize=POINTS, color=INK)
        finish(ax, ends, [f"a line for each {found.by.name}; {told}"])
    else:
        ax.set_yticks(range(len(order)), row_labels(order, ax.figure.get_figure(root=True).get_figwidth()))
        ax.set_ylim(-0.6, len(order) - 0.4)
        ax.grid(axis="x", color=LINE, linewidth=0.5)
        ax.set_xlabel(f"{first.label}; {told}", fontsize=POINTS, color=INK)
        ax.legend(title=found.by.name, fontsize=0.85 * POINTS, title_fontsize=0.85 * POINTS, frameon=False)
    return ax
