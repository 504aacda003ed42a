"""A map of images in h, coloured by class or by the images' own mean colour."""

from typing import Literal

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from ablation.report.plots.axes import quiet
from ablation.report.style import FAINT, INK, POINTS

_FEW = 10  # classes that colours can tell apart
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
_AREA = 14  # of a marker, in square points


def map_plot(
    frame: pd.DataFrame, by: Literal["class", "colour"] = "class", *, ax: Axes | None = None
) -> Axes:
    """Draw a map of images, a marker for each.

    Args:
        frame: from `ab.map`.
        by: `class` gives each class a colour and a marker; `colour` gives each image its mean colour.
        ax: where to draw; a new figure by default.

    Raises:
        ValueError: by class, and the images have no labels.

    Example:
        >>> frame = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0], "class": ["cat", "dog"],
        ...                       "colour": ["#ff0000", "#00ff00"]})
        >>> from matplotlib.figure import Figure
        >>> map_plot(frame, ax=Figure().add_subplot()).get_title(loc="left")
        'by class'
    """
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(5.5, 5.5), layout="compressed")
    if by == "class" and "class" not in frame:
        raise ValueError('these images have no labels; use by="colour"')
    if by == "class":
        _by_class(frame, ax)
    else:
        ax.scatter(frame["x"], frame["y"], s=_AREA, c=list(frame["colour"]), edgecolors=FAINT, linewidths=0.2)
    quiet(ax, 0.9 * POINTS)
    ax.set(xticks=[], yticks=[], xlabel="", ylabel="", aspect="equal")
    title = "by class" if by == "class" else "by the images' own mean colour"
    ax.set_title(title, loc="left", fontsize=1.1 * POINTS, color=INK, parse_math=False)
    return ax


def _by_class(frame: pd.DataFrame, ax: Axes) -> None:
    names = list(dict.fromkeys(sorted(frame["class"])))
    few = len(names) <= _FEW
    # Markers tell classes apart where colours do not.
    colours = sns.color_palette("colorblind" if few else "husl", len(names))
    markers = dict(zip(names, np.resize(_MARKERS, len(names)), strict=True))
    sns.scatterplot(
        frame, x="x", y="y", hue="class", hue_order=names, style="class", style_order=names,
        palette=colours, markers=markers, s=1.6 * _AREA, linewidth=0.2, ax=ax,
        legend="full" if few else False,
    )  # fmt: skip
    if few:
        ax.legend(
            loc="upper left", bbox_to_anchor=(0, 0), ncols=5, frameon=False, fontsize=0.85 * POINTS,
            labelcolor=INK, handletextpad=0.1, columnspacing=1.0, borderaxespad=0.3,
        )  # fmt: skip
