"""Leak against the strength of colour distortion, and accuracy in a panel of its own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log2

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ablation.grid.augmentations import Augmentation
from ablation.grid.layout import Pair
from ablation.grid.models import Grid
from ablation.report import caption as words
from ablation.report.plots.axes import filled, points_per_pixel, quiet, write_below
from ablation.report.plots.colorbar import spread
from ablation.report.plots.leak import batch_size, leak_means
from ablation.report.style import AMBER, BLUE, GREEN, INK, LINE, ORANGE, POINTS, PURPLE, SKY
from ablation.results.frames.means import cell_means, operations
from ablation.results.metrics import reported

_SMALL = 7.5
_LINES = (  # Okabe and Ito, and a marker each
    (INK, "D"), (ORANGE, "o"), (BLUE, "s"), (GREEN, "^"), (PURPLE, "v"),
    (AMBER, "P"), (SKY, "X"),
)  # fmt: skip


@dataclass(frozen=True)
class _Line:
    name: str
    cells: list[tuple[float, Pair]]  # strength, and the cell that has it


def strength_figure(
    results: pd.DataFrame,
    strengths: Mapping[str, float] | None = None,
    partners: Sequence[str] | None = None,
    *,
    candidates: int | None = None,
    metric: str | None = None,
    leak: str = "leak_bits",
) -> Figure:
    """Draw leak against colour strength: colour alone, and before and after each partner.

    Strength 0, "none", is the partner without colour distortion. Accuracy, where there is some, has a panel
    of its own.

    Args:
        results: tidy, with the leak.
        strengths: of the augmentations that differ in strength alone; default: the grid's sweep.
        partners: augmentations that colour is combined with; default: the grid's first other one.
        candidates: as for `leak_heatmap`.
        metric: a column of accuracies; default: the test accuracy that decides.
        leak: a column of leaks.

    Raises:
        ValueError: there are no strengths, there are too many partners to be told apart, or as
            `leak_heatmap`.

    Example:
        >>> frame = pd.DataFrame({"first": ["color 0.5", "color 1"], "second": ["color 0.5", "color 1"],
        ...                       "seed": [0, 0], "leak_bits": [2.07, 0.76]})
        >>> figure = strength_figure(frame, {"color 0.5": 0.5, "color 1": 1.0}, candidates=256)
        >>> [text.get_text() for text in figure.axes[0].texts][0]
        'color alone'
    """
    metric = metric or reported(results.attrs)
    strengths = swept_strengths(results) if strengths is None else strengths
    if not strengths:
        raise ValueError(
            "this grid sweeps no strength; add a sweep, for instance color = { strength = [0.25, 0.5, 1.0] }"
        )
    if partners is None:
        partners = [name for name in operations(results) if name not in strengths][:1]
    leaks = leak_means(results, leak)
    lines = [
        line
        for line in _lines(strengths, partners, _entry(results, strengths))
        if any(pair in leaks.index for _, pair in line.cells)
    ]
    if len(lines) > len(_LINES):
        raise ValueError(f"{len(partners)} partners make {len(lines)} lines; at most {len(_LINES)} are drawn")
    trained = metric in results and bool(results[metric].notna().any())
    figure = Figure(figsize=(4.6 * (1 + trained), 3.6), layout="compressed")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, 1 + trained, squeeze=False)[0]
    most = log2(batch_size(results) if candidates is None else candidates)
    panels = [(axes[0], leaks.assign(mean=leaks["mean"].clip(lower=0.0)), "se")]
    if trained:
        scores = cell_means(results, metric)
        panels.append((axes[1], scores.assign(mean=100 * scores["mean"], sd=100 * scores["sd"]), "sd"))
    for ax, cells, error in panels:
        _draw(ax, lines, cells, error)
    axes[0].set(ylim=(-0.03 * most, 1.03 * most), title="")
    for y in (0, most):
        axes[0].axhline(y, color=LINE, linewidth=0.8, zorder=0)
    titles = [words.title(name, results) for name in (leak, metric)]
    below = int((leaks["mean"] < 0).sum())
    captions = [
        f"bars: standard error; {most:g} bits identify every image, 0 is chance"
        + (f"; {below} below 0, drawn at 0" if below else "")
    ]
    captions += (
        ["bars: standard deviation over seeds" if scores["sd"].notna().any() else ""] if trained else []
    )
    figure.draw_without_rendering()  # the layout moves the axes
    for (ax, cells, _), title, text in zip(panels, titles, captions, strict=False):
        ax.set_title(title, loc="left", fontsize=1.1 * POINTS, color=INK)
        _name(ax, lines, cells)
        width = ax.get_window_extent().width * points_per_pixel(ax)
        write_below(ax, filled([text], width, _SMALL), _SMALL)
    return figure


def swept_strengths(results: pd.DataFrame) -> dict[str, float]:
    """Return the augmentations of the grid's first sweep of a strength, by name, each with its strength.

    Example:
        >>> frame = pd.DataFrame()
        >>> frame.attrs["grid"] = {"data": {"source": "shapes"},
        ...                        "augmentations": {"crop": {}, "color": {"strength": [0.5, 1.0]}}}
        >>> swept_strengths(frame)
        {'color 0.5': 0.5, 'color 1': 1.0}
    """
    found: dict[str, dict[str, float]] = {}
    for one in _augmentations(results):
        if len(one.steps) == 1 and [key for key, _ in one.swept] == ["strength"]:
            found.setdefault(one.entry, {})[one.name] = one.swept[0][1]
    return next(iter(found.values()), {})


def _augmentations(results: pd.DataFrame) -> tuple[Augmentation, ...]:
    grid = results.attrs.get("grid")
    # JSON has lists where the grid's models have tuples.
    return () if grid is None else Grid.model_validate(grid, strict=False).resolved


def _entry(results: pd.DataFrame, strengths: Mapping[str, float]) -> str:
    entries = {one.entry for one in _augmentations(results) if one.name in strengths}
    return entries.pop() if len(entries) == 1 else "color"


def _lines(strengths: Mapping[str, float], partners: Sequence[str], color: str) -> Iterator[_Line]:
    ordered = sorted((strength, name) for name, strength in strengths.items())
    yield _Line(f"{color} alone", [(strength, (name, name)) for strength, name in ordered])
    for partner in partners:
        before = [(strength, (partner, name)) for strength, name in ordered]
        after = [(strength, (name, partner)) for strength, name in ordered]
        yield _Line(f"{partner} → {color}", [(0.0, (partner, partner)), *before])
        yield _Line(f"{color} → {partner}", [(0.0, (partner, partner)), *after])


def _points(line: _Line, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the line's cells that have a number, by strength."""
    known = [(strength, pair) for strength, pair in line.cells if pair in cells.index]
    points = cells.loc[[pair for _, pair in known]].set_index(pd.Index([strength for strength, _ in known]))
    return points.dropna(subset=["mean"])


def _draw(ax: Axes, lines: Sequence[_Line], cells: pd.DataFrame, error: str) -> None:
    for line, (color, marker) in zip(lines, _LINES, strict=False):
        points = _points(line, cells)
        ax.errorbar(
            points.index, points["mean"], points[error].fillna(0), color=color, marker=marker,
            markersize=4.5, linewidth=1.2, elinewidth=0.8, capsize=2,
        )  # fmt: skip
    quiet(ax, _SMALL)
    marked = sorted({strength for line in lines for strength, _ in line.cells})
    ax.set_xticks(marked, [f"{strength:g}" if strength else "none" for strength in marked])
    ax.margins(x=0.04)
    ax.set_xlabel("colour strength", fontsize=POINTS, color=INK)


def _name(ax: Axes, lines: Sequence[_Line], cells: pd.DataFrame) -> None:
    """Write each line's name where it ends."""
    ends = []
    for line, (color, _) in zip(lines, _LINES, strict=False):
        points = _points(line, cells)
        if len(points):
            ends.append((float(points["mean"].iloc[-1]), float(points.index[-1]), line.name, color))
    ends.sort()
    scale = points_per_pixel(ax)
    bottom = ax.get_window_extent().y0
    at = [scale * (float(ax.transData.transform((x, y))[1]) - bottom) for y, x, _, _ in ends]
    height = scale * ax.get_window_extent().height
    for (y, x, name, color), here, there in zip(ends, at, spread(at, 1.2 * _SMALL, 0, height), strict=True):
        ax.annotate(
            name, xy=(x, y), xytext=(8, there - here), textcoords="offset points", va="center",
            fontsize=_SMALL, color=color, annotation_clip=False,
        )  # fmt: skip
