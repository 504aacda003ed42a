"""Two grids as heatmaps of one scale, and their difference."""

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from ablation.report import caption as words
from ablation.report.cells import Heatmap, layout, norm_of
from ablation.report.plots.heatmap import accuracy_heatmap, draw
from ablation.report.style import DIFFERENCES
from ablation.results.findings.compare import Comparison
from ablation.results.frames.means import cell_means, row_means

MOVED = "●"
_LEAST = 2.0  # points: less, and the colours would make a finding of noise


def compare_figure(found: Comparison) -> Figure:
    """Draw two grids on one scale, and what the second has more, centred at 0.

    A dot marks a difference that is distinguishable from 0, corrected for the number of cells.
    """
    plan = layout(found.results[0])
    size = (3 * (0.72 * plan.width + 3.4), 0.72 * len(plan.rows) + 2.6)  # inches
    figure = Figure(figsize=size, layout="compressed")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, 3)
    means = pd.concat([cell_means(frame, found.metric)["mean"] for frame in found.results])
    norm = norm_of(100 * means.to_numpy(float))
    for ax, frame, name in zip(axes[:2], found.results, found.names, strict=True):
        accuracy_heatmap(
            frame, metric=found.metric, ax=ax, vmin=norm.vmin, vmax=norm.vmax, title=f"{name}: "
            + words.title(found.metric, frame), caption="",
        )  # fmt: skip
    draw(_difference(found), axes[2], f"{found.names[1]} minus {found.names[0]} (points)", _caption(found))
    return figure


def _difference(found: Comparison) -> Heatmap:
    change = 100 * found.cells["difference"]
    rows = [row_means(frame, found.metric)["mean"] for frame in found.results]
    by_row = 100 * (rows[1].reindex(rows[0].index) - rows[0])
    cells = pd.DataFrame({"mean": change, "sd": float("nan"), "n": change.notna().astype(int), "state": "–"})
    means = pd.DataFrame({"mean": by_row, "sd": float("nan"), "n": by_row.notna().astype(int), "state": "–"})
    most = max(_LEAST, float(change.abs().max()) if change.notna().any() else 0.0)
    return Heatmap(
        layout(found.results[0]), cells, means, 1, Normalize(-most, most), DIFFERENCES, "", {},
        marked=dict.fromkeys(found.moved.index, MOVED),
    )  # fmt: skip


def _caption(found: Comparison) -> list[str]:
    if min(found.seeds) < 2:
        return ["one seed cannot tell which differences are real"]
    return [f"{MOVED} distinguishable from 0 at 5 %, corrected for the number of cells"]
