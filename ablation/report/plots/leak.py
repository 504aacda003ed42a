"""The leak heatmap: how well colour histograms alone find the other view, beside what training made of it."""

from collections.abc import Sequence
from math import log2
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from ablation.report import caption as words
from ablation.report.cells import Heatmap, layout, seeds_with
from ablation.report.plots.heatmap import accuracy_heatmap, draw
from ablation.report.style import INK, LEAKS
from ablation.results.frames.means import cell_means, row_means
from ablation.results.metrics import METRICS, reported
from ablation.results.statistics.grid import Statistics
from ablation.words import counted


def leak_heatmap(
    results: pd.DataFrame,
    *,
    candidates: int | None = None,
    metric: str = "leak_bits",
    ax: Axes | None = None,
    cmap: str = LEAKS,
    title: str | None = None,
    caption: str | Sequence[str] | None = None,
) -> Axes:
    """Draw the leak of every cell in bits, its mean over seeds, in the places that the accuracies have.

    The scale goes from 0 to log2 of the candidates, whatever the cells, so that two leak heatmaps of one
    batch size can be compared. Estimates below 0 are drawn and written as 0, which the caption says.
    Source: SimCLR (arXiv 2002.05709), Figure 6, made a number.

    Args:
        results: tidy: `first`, `second`, `seed`, the metric. Cells need no accuracy and no `outcome`.
        candidates: how many views the right one is looked for among; default: the grid's batch size.
        metric: `leak_bits`, `leak_bits_intensity` or `leak_bits_chroma`.
        ax: where to draw; a new figure by default.
        cmap: a perceptually uniform colour map.
        title: default: metric and data; "" for none.
        caption: default: what a leak is, the views, the seeds; "" for none.

    Raises:
        ValueError: no such column, no candidates, or a cell that is there twice for one seed.

    Example:
        >>> frame = pd.DataFrame({"first": ["crop"], "second": ["crop"], "seed": [0], "leak_bits": [6.81]})
        >>> ax = leak_heatmap(frame, candidates=256, ax=Figure().add_subplot())
        >>> ax.texts[0].get_text()
        '6.81'
    """
    heatmap = leak_cells(results, candidates, metric, cmap)
    heading = words.title(metric, results) if title is None else title
    if caption is None:
        among = batch_size(results) if candidates is None else candidates
        return draw(heatmap, ax, heading, _caption(results, metric, leak_means(results, metric), among))
    return draw(heatmap, ax, heading, caption)


def leak_cells(
    results: pd.DataFrame, candidates: int | None = None, metric: str = "leak_bits", cmap: str = LEAKS
) -> Heatmap:
    """Gather the leaks of a grid in bits; arguments are those of `leak_heatmap`.

    Raises:
        ValueError: as `leak_heatmap`.
    """
    candidates = batch_size(results) if candidates is None else candidates
    most = log2(candidates)
    cells, rows = leak_means(results, metric), row_means(results, metric)
    return Heatmap(
        layout(results),
        cells.assign(mean=cells["mean"].clip(lower=0.0)),
        rows.assign(mean=rows["mean"].clip(lower=0.0), state="–"),
        len(seeds_with(results, metric)),
        Normalize(0.0, most),
        cmap,
        "",
        {"chance": 0.0, f"log₂ {candidates}": most},
        decimals=2,
    )


def leak_and_accuracy(
    results: pd.DataFrame,
    *,
    baselines: pd.DataFrame | None = None,
    candidates: int | None = None,
    metric: str | None = None,
    below: str = "",
    statistics: Statistics | None = None,
) -> Figure:
    """Draw the leak of every cell beside its accuracy, in one order; the leak alone before training.

    Args:
        results: tidy, with `leak_bits` and the metric.
        baselines: from `load_baselines`: marked on the accuracies' colour bar.
        candidates: as for `leak_heatmap`.
        metric: a column of accuracies; where it is missing or empty the leak stands alone.
        below: what is written below both.
        statistics: as for `accuracy_heatmap`.

    Raises:
        ValueError: as `leak_heatmap` and `accuracy_heatmap`.

    Example:
        >>> frame = pd.DataFrame({"first": ["crop"], "second": ["crop"], "seed": [0], "outcome": ["ok"],
        ...                       "linear_top1": [0.331], "leak_bits": [6.81]})
        >>> len(leak_and_accuracy(frame, candidates=256).axes)
        2
    """
    metric = metric or reported(results.attrs)
    trained = metric in results and bool(results[metric].notna().any())
    plan = layout(results)
    size = (0.72 * plan.width + 3.6, 0.72 * len(plan.rows) + 2.4)  # inches: cells, and the words around them
    figure = Figure(figsize=(size[0] * (1 + trained), size[1]), layout="compressed")
    FigureCanvasAgg(figure)
    if trained:
        left, right = figure.subplots(1, 2)
        accuracy_heatmap(results, baselines=baselines, metric=metric, ax=right, statistics=statistics)
    else:
        left = figure.subplots()
    leak_heatmap(results, candidates=candidates, ax=left)
    if below:
        letters = int(13 * figure.get_figwidth())
        # The first line is left empty, to stand apart from the captions.
        figure.supxlabel(
            f"\n{fill(below, letters)}", x=0.01, ha="left", fontsize=9, color=INK, linespacing=1.4
        )
    return figure


def leak_means(results: pd.DataFrame, metric: str = "leak_bits") -> pd.DataFrame:
    """Average the leak of each cell over its seeds, whatever became of its job.

    Returns:
        As `cell_means`, in bits and not clipped, and `se`: the standard error of the mean, from the
        standard errors over test pairs; NaN where the frame has none. `state` is "ok", "–" where a job
        left no leak, "pending" where there was none.

    Raises:
        ValueError: no such column, or a cell that is there twice for one seed.

    Example:
        >>> frame = pd.DataFrame({"first": ["a", "a"], "second": ["a", "a"], "seed": [0, 1],
        ...                       "leak_bits": [6.0, 7.0], "leak_bits_se": [0.3, 0.4]})
        >>> leak_means(frame)[["mean", "se"]].values.tolist()
        [[6.5, 0.25]]
    """
    means = cell_means(results, metric)
    keys = results[["first", "second"]].astype(object)
    tried = means.index.isin(pd.MultiIndex.from_frame(keys))
    out = means["state"].str.startswith("out")  # of a race
    means["state"] = means["state"].where((means["n"] > 0) | out, np.where(tried, "–", "pending"))
    means["se"] = np.nan
    if f"{metric}_se" in results:
        groups = keys.assign(square=results[f"{metric}_se"] ** 2).groupby(["first", "second"])["square"]
        means["se"] = np.sqrt(groups.sum(min_count=1)) / groups.count()
    return means


def batch_size(results: pd.DataFrame) -> int:
    """Look up among how many views of a batch one is looked for, as the grid says."""
    grid = results.attrs.get("grid")
    if grid is None:
        raise ValueError(
            "the frame does not say which grid it is of: pass the number of candidates for the leak"
        )
    return int(grid["pretrain"]["batch_size"])


def _caption(results: pd.DataFrame, metric: str, cells: pd.DataFrame, candidates: int) -> list[str]:
    grid, present = results.attrs.get("grid"), seeds_with(results, metric)
    fewer = bool(((cells["n"] > 0) & (cells["n"] < len(present))).any())
    measured = words.seeds(present, present if grid is None else grid["seeds"], gaps=fewer)
    worst = cells["se"].max()
    below = cells["mean"][cells["mean"] < 0]
    lines = [
        words.protocol(grid) if grid else "",
        f"how well {METRICS[metric].seen} alone find an image's other view among {candidates}: "
        f"{log2(candidates):g} bits is every time, 0 is chance",
        measured + (f"; standard error of a cell at most {worst:.2f} bits" if worst == worst else ""),
        f"{counted(len(below), 'cell')} below 0, shown as 0; the lowest is −{-below.min():.2f}"
        if len(below)
        else "",
        words.unpublished(grid) if grid else "",
    ]
    return [line for line in lines if line]
