"""Accuracy over the size of the encoder: a line for each objective, a mark for each kind of encoder."""

import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ablation.report.plots.axes import quiet
from ablation.report.plots.ends import End, finish, new_axes
from ablation.report.style import AMBER, BLUE, FAINT, GREEN, INK, LINE, ORANGE, POINTS, PURPLE, SKY
from ablation.results.findings.sizes import Sizes
from ablation.results.metrics import METRICS
from ablation.words import counted

_COLORS = (BLUE, ORANGE, GREEN, PURPLE, AMBER, SKY)
_MARKERS = "osD^vP*X"
_DASHES = ("", (4, 2), (1, 1.5), (4, 1, 1, 1))


def sizes_plot(found: Sizes, ax: Axes | None = None) -> Axes:
    """Draw the mean over the cells against the encoder's parameters (logarithmic), for each objective.

    A line joins encoders of one kind that differ in size. Bars are 95 % intervals over seeds. The longest
    jobs are drawn solid, shorter ones dashed.

    Args:
        found: from `ab.open_study(folder).axes.sizes`.
        ax: where to draw; a new figure by default.
    """
    ax = new_axes(ax)
    scale = METRICS[found.metric].scale
    frame = found.frame.assign(**{end: scale * found.frame[end] for end in ("mean", "low", "high")})
    objectives = [*dict.fromkeys(frame["objective"])]
    lengths = sorted(frame["epochs"].astype(int).unique().tolist(), reverse=True)
    encoders = [*dict.fromkeys(frame["encoder"])]
    inks = {name: _COLORS[k % len(_COLORS)] for k, name in enumerate(objectives)}
    marks = {name: _MARKERS[k % len(_MARKERS)] for k, name in enumerate(encoders)}
    dashes = {epochs: _DASHES[min(k, len(_DASHES) - 1)] for k, epochs in enumerate(lengths)}
    if len(found.floors):
        below = found.floors.assign(mean=scale * found.floors["mean"])
        for _, of_family in below.groupby("family", sort=False):
            ax.plot(
                of_family["parameters"], of_family["mean"], ":.", markersize=3, color=FAINT, linewidth=1.1,
                zorder=1,
            )  # fmt: skip
    sns.lineplot(
        frame, x="parameters", y="mean", hue="objective", style="epochs", palette=inks, dashes=dashes,
        units="family", estimator=None, linewidth=1.5, legend=False, zorder=2, ax=ax,
    )  # fmt: skip
    ends = []
    for k, ((name, epochs), rows) in enumerate(frame.groupby(["objective", "epochs"], sort=False)):
        ink, aside = inks[name], 1 + 0.02 * k  # so that no bar hides another
        ax.vlines(aside * rows["parameters"], rows["low"], rows["high"], color=ink, linewidth=1.0, zorder=2)
        last = rows.iloc[-1]
        told = f"{name}, {counted(int(str(epochs)), 'epoch')}" if len(lengths) > 1 else str(name)
        ends.append(End(float(last["parameters"]), float(last["mean"]), told, ink))
    sns.scatterplot(
        frame, x="parameters", y="mean", hue="objective", style="encoder", palette=inks, markers=marks, s=34,
        legend=False, zorder=3, ax=ax,
    )  # fmt: skip
    if len(found.floors):
        last = below.iloc[-1]
        ends.append(End(float(last["parameters"]), float(last["mean"]), "random-init", FAINT))
    ax.set_xscale("log")
    sizes = sorted({float(size) for size in frame["parameters"]})
    ax.set_xticks(sizes, [_short(size) for size in sizes])
    ax.minorticks_off()
    quiet(ax, POINTS)
    ax.grid(axis="y", color=LINE, linewidth=0.5)
    ax.set_xlabel("parameters of the encoder", fontsize=POINTS, color=INK)
    ax.set_ylabel(METRICS[found.metric].axis, fontsize=POINTS, color=INK)
    handles = [
        Line2D([], [], linestyle="", marker=mark, color=INK, markersize=5, label=name)
        for name, mark in marks.items()
    ]
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=2,
        frameon=False,
        fontsize=0.85 * POINTS,
    )
    single = frame["low"].isna().all()
    several = "solid: the longest jobs; dashed: shorter ones" if len(lengths) > 1 else ""
    bars = "one seed: no intervals" if single else "bars: 95 % intervals of the mean, each by itself"
    finish(ax, ends, [bars, several])
    return ax


def _short(count: float) -> str:
    return f"{count / 1e6:.3g}M" if count >= 1e6 else f"{count / 1e3:.3g}k"
