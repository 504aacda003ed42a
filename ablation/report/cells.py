"""What a heatmap shows, before it is drawn or laid out as a table: numbers, colours, marks, gaps."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import nan

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_hex
from seaborn.utils import relative_luminance

from ablation.grid.baselines import weights_of
from ablation.grid.layout import Layout, Pair, arrange
from ablation.report import caption as words
from ablation.report.style import ACCURACIES
from ablation.results.frames.means import baseline_means, cell_means, operations, planned_cells, row_means
from ablation.results.metrics import METRICS, accuracy, reported
from ablation.results.statistics.grid import Statistics
from ablation.results.statistics.power import detectable_difference
from ablation.results.types import Floats
from ablation.words import counted

_LEAST_SPAN = 5.0  # points: fewer, and the colours would make a finding of noise


@dataclass(frozen=True)
class CellText:
    """What is written for a cell or a row mean; of a gap there is no fill, and `text` says why."""

    text: str
    below: str = ""  # the standard deviation over seeds, and how many there are where others have more
    marks: str = ""
    fill: str = ""  # as #rrggbb
    ink: str = ""


@dataclass(frozen=True, eq=False)
class Heatmap:
    """Means of the cells in the unit in which they are written, and how they are shown.

    `cells` and `rows` are as from `cell_means` and `row_means`; `state` is what a gap says.
    """

    layout: Layout
    cells: pd.DataFrame
    rows: pd.DataFrame
    seeds: int
    norm: Normalize
    cmap: str
    unit: str  # of the colour bar
    marks: Mapping[str, float]  # on the colour bar
    floor: float = nan  # cells below it are marked
    legend: tuple[str, ...] = ()  # what the marks and the range of the colours mean
    decimals: int = 1
    marked: Mapping[Pair, str] = field(default_factory=dict)  # what else stands in a cell's corner

    def cell_texts(self) -> dict[Pair, CellText]:
        """Return what is written for each cell."""
        return dict(zip(self.cells.index, self._texts(self.cells, self.floor), strict=True))

    def row_texts(self) -> list[CellText]:
        """Return what is written for each row mean; none where rows do not compare."""
        return list(self._texts(self.rows)) if self.layout.row_means else []

    def _texts(self, means: pd.DataFrame, floor: float = nan) -> Iterator[CellText]:
        colors = ScalarMappable(self.norm, mpl.colormaps[self.cmap])
        columns = zip(means.index, means["mean"], means["sd"], means["n"], means["state"], strict=True)
        for key, mean, sd, n, state in columns:
            if not n:
                yield CellText(state)
                continue
            red, green, blue, _ = map(float, colors.to_rgba(np.array(mean)))
            spread = f"±{sd:.{self.decimals}f}" if n > 1 else ""
            fewer = f"n={n}" if n < self.seeds else ""
            yield CellText(
                f"{mean:.{self.decimals}f}",
                " ".join(filter(None, (spread, fewer))),
                words.BELOW * bool(mean < floor)
                + words.COLLAPSED * (state == "collapsed")
                + self.marked.get(key, ""),
                to_hex((red, green, blue)),
                # The higher contrast, at least 4.5 to 1 (WCAG AA): both inks are alike at this luminance.
                "white" if relative_luminance((red, green, blue)) < 0.179 else "black",
            )


def accuracy_cells(
    results: pd.DataFrame,
    baselines: pd.DataFrame | None = None,
    metric: str | None = None,
    cmap: str = ACCURACIES,
    vmin: float | None = None,
    vmax: float | None = None,
    found: Statistics | None = None,
) -> Heatmap:
    """Gather the accuracies of a grid in percent; arguments are those of `accuracy_heatmap`.

    With statistics, the best cell and those that may be as good are marked, and colours span at least the
    difference that the grid can detect.

    Raises:
        ValueError: as `accuracy_heatmap`.
    """
    metric, plan = metric or reported(results.attrs), layout(results)
    accuracy(metric)
    if found is not None and found.metric != metric:
        raise ValueError(f"the statistics are of {found.metric}, not of {metric}")
    cells, rows = cell_means(results, metric), row_means(results, metric)
    floors = None if baselines is None else baseline_means(baselines, metric)
    percent = cells.assign(mean=100 * cells["mean"], sd=100 * cells["sd"])
    means = percent["mean"].to_numpy()
    noise = 100 * ((detectable_difference(found) if found else None) or 0.0)
    marked, legend = _compared_with_best(found) if found else ({}, [])
    norm = norm_of(means, vmin, vmax, noise)
    if norm_of(means, vmin, vmax).vmax != norm.vmax:
        legend.append(f"colours span {noise:.1f} points, the difference that this grid can detect")
    if left := results.attrs.get("left"):
        first = min(epochs for *_, epochs in left)
        shown = {pair for row in plan.cells for pair in row}
        legend.append(
            f"out at {first}: left the race after {counted(first, 'epoch')}"
            if any((one, other) in shown for one, other, _ in left)
            else f"not shown: {counted(len(left), 'cell')} that left the race"
        )
    return Heatmap(
        plan,
        percent,
        rows.assign(mean=100 * rows["mean"], sd=100 * rows["sd"], state="–"),
        len(seeds_with(results, metric)),
        norm,
        cmap,
        "%",
        words.marks(floors, weights_of(results.attrs)),
        floor=100 * words.random_init(floors),
        marked=marked,
        legend=tuple(legend),
    )


def _compared_with_best(found: Statistics) -> tuple[dict[Pair, str], list[str]]:
    """Mark the best cell and those that may be as good, and say what the marks mean."""
    alike = found.not_distinguishable if len(found.seeds) > 1 else []
    told_apart = len(alike) < int(found.cells["mean"].notna().sum())
    marked = dict.fromkeys(alike, words.ALIKE) if told_apart else {}
    if found.leader is not None:
        marked[found.leader] = words.BEST
    legend = [
        f"{words.BEST} best by {METRICS[found.chosen.metric].phrase}" if found.chosen else "",
        f"{words.ALIKE} not distinguishable from it" if words.ALIKE in marked.values() else "",
        "no cell is distinguishable from the best" if alike and not told_apart else "",
    ]
    return marked, [line for line in legend if line]


def seeds_with(results: pd.DataFrame, column: str) -> list[int]:
    """List the seeds that have a number in a column."""
    return sorted({int(seed) for seed in results["seed"][results[column].notna()]})


def norm_of(
    percent: Floats, vmin: float | None = None, vmax: float | None = None, least: float = 0.0
) -> Normalize:
    """Return the range of the colours: that of the cells, and never narrower than 5 points or `least`."""
    values = percent[np.isfinite(percent)]
    low, high = (values.min(), values.max()) if values.size else (0.0, 100.0)
    missing = max(0.0, max(_LEAST_SPAN, least) - (high - low)) / 2
    return Normalize(low - missing if vmin is None else vmin, high + missing if vmax is None else vmax)


def layout(results: pd.DataFrame) -> Layout:
    """Lay out the cells of a frame; one without its `attrs` is taken for a grid of all pairs.

    In a race without pairs, those that left have no row: a hundred empty ones would bury the few that ran on.

    Example:
        >>> layout(pd.DataFrame({"first": ["crop", "blur"], "second": ["crop", "blur"]})).columns
        ['crop', 'blur']
    """
    names, planned = operations(results), planned_cells(results)
    left = {(first, second) for first, second, _ in results.attrs.get("left", ())}
    if all(first == second for first, second in planned):
        names, planned = [one for one in names if (one, one) not in left], [*{*planned} - left]
    return arrange(names, planned)
