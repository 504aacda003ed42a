"""Effects with their intervals: what each augmentation adds, and which order is better."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ablation.report.plots.axes import filled, quiet, write_below
from ablation.report.style import BLUE, FAINT, INK, LINE, POINTS
from ablation.results.numbers import cell_name

_LEVEL = 0.05
_MOST = 24  # order effects that are drawn; a grid of twelve augmentations has 66


def main_effects_plot(mains: pd.DataFrame, ax: Axes | None = None, of: str = "accuracy") -> Axes:
    """Draw what each augmentation adds to another, in points, with 95 % intervals for all at once.

    A filled point is an effect that is distinguishable from 0. With one seed there is no interval, and no
    point is filled.

    Args:
        mains: `mains` of `ab.statistics`: by augmentation, `effect`, `low`, `high` (fractions) and `p`.
        ax: where to draw; a new figure by default.
        of: what is gained, in words.

    Example:
        >>> from matplotlib.figure import Figure
        >>> frame = pd.DataFrame({"effect": [0.1], "low": [0.05], "high": [0.15], "p": [0.001]}, ["crop"])
        >>> [text.get_text() for text in main_effects_plot(frame, Figure().add_subplot()).get_yticklabels()]
        ['crop']
    """
    names = [str(name) for name in mains.index]
    return _effects(mains, names, f"{of} gained by adding it to the others", ax)


def order_effects_plot(orders: pd.DataFrame, ax: Axes | None = None, of: str = "accuracy") -> Axes:
    """Draw how much better one order of a pair is than the other, in points, the better order named.

    Intervals and points are as in `main_effects_plot`; of many pairs the largest effects are drawn.

    Args:
        orders: `orders` of `ab.statistics`: by (first, second), the effect of this order over the other.
        ax: where to draw; a new figure by default.
        of: what is gained, in words.

    Example:
        >>> from matplotlib.figure import Figure
        >>> pair = pd.MultiIndex.from_tuples([("crop", "blur")])
        >>> frame = pd.DataFrame({"effect": [-0.1], "low": [-0.15], "high": [-0.05], "p": [0.001]}, pair)
        >>> [text.get_text() for text in order_effects_plot(frame, Figure().add_subplot()).get_yticklabels()]
        ['blur → crop']
    """
    turned = orders["effect"] < 0
    names = [
        cell_name((second, first) if turn else (first, second))
        for (first, second), turn in zip(orders.index, turned, strict=True)
    ]
    frame = orders[["effect", "low", "high", "p"]].copy()
    frame.loc[turned, ["effect", "low", "high"]] = -orders.loc[turned, ["effect", "high", "low"]].to_numpy()
    return _effects(frame, names, f"{of} gained over the other order", ax)


def _effects(frame: pd.DataFrame, names: list[str], measured: str, ax: Axes | None) -> Axes:
    named = frame.set_axis(pd.Index(names, dtype=object), axis="index").dropna(subset=["effect"])
    shown = named.sort_values("effect", kind="stable", key=lambda effect: effect)
    left_out = max(0, len(shown) - _MOST)
    if left_out:
        largest = shown["effect"].abs().sort_values(kind="stable").index[left_out:]
        shown = shown[shown.index.isin(largest)]
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=effects_size(len(shown)), layout="compressed")
    places = np.arange(len(shown))
    effect, low, high = (100 * shown[name].to_numpy(float) for name in ("effect", "low", "high"))
    clear = shown["p"].to_numpy(float) < _LEVEL  # NaN is not
    ax.axvline(0, color=FAINT, linewidth=0.8, zorder=0)
    ax.hlines(places, low, high, color=BLUE, linewidth=1.4)
    for kind, face in ((clear, BLUE), (~clear, "white")):
        ax.plot(effect[kind], places[kind], "o", color=BLUE, markerfacecolor=face, markersize=5.5)
    ax.set_yticks(places, list(shown.index))
    ax.set_ylim(-0.7, max(len(shown), 1) - 0.3)
    ax.grid(axis="x", color=LINE, linewidth=0.4)
    ax.set_axisbelow(True)
    quiet(ax, POINTS)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(f"{measured} (points)", fontsize=POINTS, color=INK)
    lines = [
        "filled: distinguishable from 0 at 5 %, corrected for all effects; bars: simultaneous 95 % intervals"
        if np.isfinite(low).any()
        else "one seed: the variation between seeds is unknown, so there are no intervals",
        f"the {len(shown)} largest of {len(named)} effects" if left_out else "",
    ]
    beside = 0.55 * POINTS * (max(map(len, shown.index), default=0) + 4)  # the names, left of the axes
    width = 72 * ax.figure.get_figure(root=True).get_figwidth() - beside
    write_below(ax, filled([line for line in lines if line], width, 0.8 * POINTS), 0.8 * POINTS)
    return ax


def effects_size(rows: int, width: float = 6.4) -> tuple[float, float]:
    """Return the size of a figure of so many effects, in inches."""
    return width, 0.24 * max(3, min(rows, _MOST)) + 1.1
