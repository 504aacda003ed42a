"""Who gains and who pays: what each augmentation adds to each class."""

from math import isfinite

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from seaborn.utils import relative_luminance

from ablation.report.plots.axes import filled, points_per_pixel, write_below
from ablation.report.style import DIFFERENCES, INK, POINTS
from ablation.results.numbers import written

SIGNIFICANT = "●"
MOST = 20  # classes that are drawn; those of a data set of a hundred would not be read
_WIDE, _HIGH = 0.75, 0.32  # inches, of a cell
_LONGEST = 24  # letters of a class's name
_LEAST = 2.0  # points: less, and the colours would make a finding of noise
_GAP = 0.14  # below the mean, in cells
_WHITE = "#fefefe"  # on a dark cell, whatever the paper is


def class_heatmap(effects: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw what each augmentation adds to the accuracy of each class, in points, the mean of all above.

    Dots mark effects that are distinguishable from 0, frames those that are distinguishable from the mean of
    all classes, both corrected for the number of effects; with one seed there are no marks. Of many classes
    those are drawn that deviate most from the mean, relative to their intervals.

    Args:
        effects: from `ab.class_effects`.
        ax: where to draw; a new figure by default.

    Example:
        >>> from matplotlib.figure import Figure
        >>> frame = pd.DataFrame({"class": ["cat", "dog"], "label": [0, 1], "augmentation": "color",
        ...     "effect": [-0.03, 0.05], "low": [-0.05, 0.01], "high": [-0.01, 0.09], "significant": True,
        ...     "deviation": [-0.04, 0.04], "deviation_low": [-0.1, -0.1], "deviation_high": [0.0, 0.1],
        ...     "deviates": False, "without": 0.4})
        >>> [text.get_text() for text in class_heatmap(frame, Figure().add_subplot()).texts[:3]]
        ['+1.0', '−3.0', '+5.0']
    """
    names = list(dict.fromkeys(effects["augmentation"]))
    shown, classes = _deviating(effects), effects["label"].nunique()
    if ax is None:
        import matplotlib.pyplot as plt

        wide, high = _WIDE * len(names) + 3.2, _HIGH * (len(shown) + 1) + 1.6
        _, ax = plt.subplots(figsize=(wide, high), layout="compressed")
    rows = effects.set_index(["label", "augmentation"])
    points = 100 * rows["effect"].unstack().reindex(index=shown, columns=names)  # noqa: PD010 (no aggregation)
    means = 100 * (rows["effect"] - rows["deviation"]).groupby("augmentation").mean().reindex(names)
    table = pd.concat([means.to_frame("mean").T, points])
    norm = _norm(table, effects)
    sns.heatmap(
        table, ax=ax, cmap=DIFFERENCES, vmin=norm.vmin, vmax=norm.vmax, cbar=False, linewidths=1,
        linecolor="white",
    )  # fmt: skip
    ax.axhspan(1 - _GAP, 1, color="white")  # the mean stands apart
    width = ax.get_window_extent().width * points_per_pixel(ax)
    letters = min(0.9 * POINTS, width / len(names) / 5)  # a number and its dot fit the cell
    marked = rows[["significant", "deviates"]].astype("boolean").fillna(False)
    colors = mpl.colormaps[DIFFERENCES]
    for i, label in enumerate(table.index):
        for j, name in enumerate(names):
            value = float(table.loc[label, name])
            clear, apart = (False, False) if i == 0 else marked.loc[(label, name)]
            dark = relative_luminance(colors(norm(value))) < 0.179 if isfinite(value) else False
            ink, y = _WHITE if dark else "black", i + (0.5 if i else (1 - _GAP) / 2)
            text = _gain(value) if isfinite(value) else "–"
            ax.text(j + 0.5, y, text, fontsize=letters, color=ink, ha="center", va="center_baseline")
            if clear:
                ax.plot(j + 0.86, y, "o", color=ink, markersize=0.4 * letters)
            if apart:
                corner = (j + 0.03, i + 0.07)
                ax.add_patch(Rectangle(corner, 0.94, 0.86, fill=False, edgecolor="black", linewidth=1.3))
    _label(ax, names, _names(effects, shown))
    lines = _caption(effects, len(shown), classes)
    write_below(ax, filled(lines, max(width, 240.0), 0.8 * POINTS), 0.8 * POINTS)
    return ax


def _gain(points: float) -> str:
    return written(points, "+.1f") if round(points, 1) else "0.0"


def class_figure(effects: pd.DataFrame) -> Figure:
    """Draw the effects on classes as a figure of its own, whose size goes by the number of its cells."""
    rows, columns = min(effects["label"].nunique(), MOST) + 1, effects["augmentation"].nunique()
    # The axes fill the figure, so that cells have one size; the names stand outside.
    figure = Figure(figsize=(_WIDE * columns, _HIGH * rows))
    FigureCanvasAgg(figure)
    class_heatmap(effects, figure.add_axes((0, 0, 1, 1)))
    return figure


def _deviating(effects: pd.DataFrame) -> list[int]:
    half = (effects["deviation_high"] - effects["deviation_low"]) / 2
    away = effects["deviation"].abs() / half.fillna(1.0)
    most = away.groupby(effects["label"]).max().sort_values(ascending=False, kind="stable").index[:MOST]
    return [label for label in dict.fromkeys(effects["label"]) if label in set(most)]


def _norm(table: pd.DataFrame, effects: pd.DataFrame) -> Normalize:
    half = float((50 * (effects["high"] - effects["low"])).median())
    most = max(_LEAST, float(np.nanmax(np.abs(table.to_numpy(float)))), half if isfinite(half) else 0.0)
    return Normalize(-most, most)


def _names(effects: pd.DataFrame, shown: list[int]) -> list[str]:
    of = effects.groupby("label").agg({"class": "first", "without": "mean"})
    return [f"{_short(name)} ({100 * level:.0f})" for name, level in of.loc[shown].itertuples(index=False)]


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _label(ax: Axes, augmentations: list[str], classes: list[str]) -> None:
    ax.set_xticks([j + 0.5 for j in range(len(augmentations))], augmentations, rotation=0, fontsize=POINTS)
    ax.set_yticks(
        [(1 - _GAP) / 2, *(i + 1.5 for i in range(len(classes)))],
        ["mean of classes", *classes],
        rotation=0,
        fontsize=POINTS,
    )
    ax.set(xlabel="", ylabel="")
    ax.xaxis.tick_top()
    ax.tick_params(length=0, pad=3, labelcolor=INK)
    ax.set_xlabel(
        "accuracy gained by adding it to the others (points)", fontsize=POINTS, color=INK, x=0, ha="left"
    )
    ax.xaxis.set_label_position("bottom")
    side = ax.get_window_extent().width / len(augmentations)
    if max(label.get_window_extent().width for label in ax.get_xticklabels()) > 0.98 * side:
        for tick in ax.get_xticklabels():
            tick.set(rotation=30, ha="left", va="bottom", rotation_mode="anchor")


def _caption(effects: pd.DataFrame, shown: int, classes: int) -> list[str]:
    known = effects["low"].notna().any()
    lines = [
        f"{SIGNIFICANT} distinguishable from 0, framed: distinguishable from the mean of classes; at 5 %, "
        f"corrected for all {len(effects)} effects"
        if known
        else "one seed: the variation between seeds is unknown, so nothing is marked",
        "in brackets: accuracy of the class where it is not added, in %",
        f"the {shown} of {classes} classes that deviate most" if shown < classes else "",
    ]
    return [line for line in lines if line]
