"""Leak and accuracy against the strength of a swept augmentation, as `ab.doses` has them."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log2

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ablation.report import caption as words
from ablation.report.plots.axes import filled, points_per_pixel, quiet, write_below
from ablation.report.plots.colorbar import spread
from ablation.report.style import AMBER, BLUE, FAINT, GREEN, INK, LINE, ORANGE, POINTS, PURPLE, SKY
from ablation.results.findings.doses import WITHOUT
from ablation.results.metrics import METRICS
from ablation.results.types import Floats

_SMALL = 7.5
_PANEL, _TITLE = 4.9, 4.1  # inches: the width of a panel, and of the title above it
_PARTNERS = (ORANGE, BLUE, GREEN, PURPLE, AMBER, SKY)  # of more, none is named


@dataclass(frozen=True, eq=False)
class _Line:
    name: str
    color: str
    x: Floats
    rows: pd.DataFrame
    mean: bool  # over the partners, or of what has none


def strength_figure(doses: pd.DataFrame, *, candidates: int | None = None) -> Figure:
    """Draw leak and accuracy, as far as they are known, against each strength that a grid sweeps.

    The black line is the mean over the partners, with 95 % intervals; the others are beside each partner.
    Accuracies are in points over the partners without the swept augmentation, or over the weakest dose.

    Args:
        doses: from `ab.doses`, or of leaks alone.
        candidates: as for `leak_heatmap`; default: the batch size of the grid.

    Raises:
        ValueError: nothing is swept, or nothing is known of it.

    Example:
        `strength_figure(ab.doses("results/mine")).savefig("strength.png")`
    """
    if doses.empty:
        raise ValueError(
            "this grid sweeps no strength; add a sweep, for instance color = { strength = [0.25, 0.5, 1.0] }"
        )
    known = [column for column in ("leak_bits", "effect") if doses[column].notna().any()]
    if not known:
        raise ValueError("no dose of this grid has a leak or an accuracy yet")
    grid = doses.attrs["grid"]
    most = log2(grid["pretrain"]["batch_size"] if candidates is None else candidates)
    entries = [list(_lines(of_entry)) for _, of_entry in doses.groupby("entry", sort=False)]
    figure = Figure(figsize=(_PANEL * len(known), 3.7 * len(entries)), layout="compressed")
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(entries), len(known), squeeze=False)
    below: list[str] = []
    for lines, axes in zip(entries, panels, strict=True):
        for ax, column in zip(axes, known, strict=True):
            if column == "leak_bits":
                below.append(_leaks(ax, lines, most))
                title = words.title("leak_bits", doses)
            else:
                below.append(_effects(ax, lines))
                title = f"Gain in {METRICS[doses.attrs['metric']].label}"
            size = 1.1 * POINTS
            ax.set_title(filled([title], 72 * _TITLE, size), loc="left", fontsize=size, color=INK)
    figure.draw_without_rendering()  # the layout moves the axes
    for lines, axes in zip(entries, panels, strict=True):
        for ax, column in zip(axes, known, strict=True):
            _name(ax, lines, column)
    for ax, text in zip(panels.flat, below, strict=True):
        width = ax.get_window_extent().width * points_per_pixel(ax)
        write_below(ax, filled([text], width, _SMALL), _SMALL)
    return figure


def _lines(doses: pd.DataFrame) -> Iterator[_Line]:
    """Yield the partners' lines, then that of the mean, which is drawn above them."""
    groups = {str(beside): rows for beside, rows in doses.groupby("beside", sort=False)}
    mean = groups.pop("")
    colors = _PARTNERS if len(groups) <= len(_PARTNERS) else (LINE,) * len(groups)
    for (beside, rows), color in zip(groups.items(), colors, strict=False):
        yield _Line(f"beside {beside}" if color != LINE else "", color, _places(rows), rows, False)
    partners = str(mean["partners"].iloc[0])
    name = "mean" if groups else f"beside {partners}" if partners else "alone"
    yield _Line(name, INK, _places(mean), mean, True)


def _places(rows: pd.DataFrame) -> Floats:
    """Return where rows stand: by the logarithm of the dose, and a step before the weakest without it."""
    strengths = rows["strength"].to_numpy(float)
    doses = strengths[np.isfinite(strengths)]
    scaled = np.log2(doses) if (doses > 0).all() else doses
    first = scaled[0] - (scaled[-1] - scaled[0]) / (len(scaled) - 1)
    places: Floats = np.concatenate([[first] * (len(strengths) - len(doses)), scaled])
    return places


def _axis(ax: Axes, lines: list[_Line]) -> None:
    rows, x = lines[-1].rows, lines[-1].x
    labels = [
        "none" if row["augmentation"] == WITHOUT else f"{row['strength']:g}" for _, row in rows.iterrows()
    ]
    ax.set_xticks(x, labels)
    if x[0] > x[-1]:
        ax.invert_xaxis()
    ax.margins(x=0.05)
    quiet(ax, _SMALL)
    ax.set_xlabel(f"{rows['entry'].iloc[0]} {rows['parameter'].iloc[0]}", fontsize=POINTS, color=INK)


def _draw(ax: Axes, line: _Line, column: str, ends: tuple[str, str]) -> None:
    values, low, high = (_values(line, name) for name in (column, *ends))
    ax.plot(line.x, values, "-", color=line.color, linewidth=1.8 if line.mean else 0.9, zorder=3 + line.mean)
    if not line.mean:
        return
    ax.vlines(line.x, low, high, color=line.color, linewidth=1.1, zorder=3)
    worse = line.rows["distinguishable"].fillna(True).astype(bool).to_numpy() & (column == "effect")
    for kind, face in ((~worse, line.color), (worse, "white")):
        ax.plot(
            line.x[kind], values[kind], "o", color=line.color, markerfacecolor=face, markersize=5.5, zorder=5
        )


def _values(line: _Line, column: str) -> Floats:
    values = line.rows[column].to_numpy(float)
    return np.maximum(values, 0.0) if column.startswith("leak") else 100 * values


def _leaks(ax: Axes, lines: list[_Line], most: float) -> str:
    for line in lines:
        _draw(ax, line, "leak_bits", ("leak_low", "leak_high"))
    _axis(ax, lines)
    ax.set(ylim=(-0.03 * most, 1.03 * most))
    ax.set_ylabel("bits", fontsize=POINTS, color=INK)
    for y in (0, most):
        ax.axhline(y, color=LINE, linewidth=0.8, zorder=0)
    below = sum(int((line.rows["leak_bits"] < 0).sum()) for line in lines)
    return (
        f"{_legend(lines)}bars: 95 % intervals; {most:g} bits identify every image, 0 is chance"
        f"{f'; {below} below 0, drawn at 0' if below else ''}"
    )


def _effects(ax: Axes, lines: list[_Line]) -> str:
    for line in lines:
        _draw(ax, line, "effect", ("low", "high"))
    _axis(ax, lines)
    ax.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    mean = lines[-1].rows
    first = mean.iloc[0]
    over = f"no {first['entry']}" if first["augmentation"] == WITHOUT else f"{first['strength']:g}"
    ax.set_ylabel(f"points over {over}", fontsize=POINTS, color=INK)
    if mean["p"].isna().all():
        return f"{_legend(lines)}one seed: variation between seeds is unknown, so there are no intervals"
    return (
        f"{_legend(lines)}bars: simultaneous 95 % intervals of the difference; filled: not distinguishable "
        "from the best"
    )


def _legend(lines: list[_Line]) -> str:
    names = str(lines[-1].rows["partners"].iloc[0])
    partners = names if len(lines) <= 4 else f"{len(lines) - 1} partners"
    return f"black: mean over {partners}; thin: each of them; " if len(lines) > 1 else ""


def _name(ax: Axes, lines: list[_Line], column: str) -> None:
    """Write each line's name where it ends."""
    ends = []
    for line in lines:
        values = _values(line, column)
        there = np.flatnonzero(np.isfinite(values))
        if len(there) and line.name:
            ends.append((float(values[there[-1]]), float(line.x[there[-1]]), line))
    ends.sort(key=lambda end: end[:2])
    scale = points_per_pixel(ax)
    bottom = ax.get_window_extent().y0
    at = [scale * (float(ax.transData.transform((x, y))[1]) - bottom) for y, x, _ in ends]
    height = scale * ax.get_window_extent().height
    for (y, x, line), here, there_ in zip(ends, at, spread(at, 1.2 * _SMALL, 0, height), strict=True):
        ax.annotate(
            line.name, xy=(x, y), xytext=(8, there_ - here), textcoords="offset points", va="center",
            fontsize=_SMALL, color=line.color, annotation_clip=False,
            fontweight="bold" if line.mean else "normal",
        )  # fmt: skip
