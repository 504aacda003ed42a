"""Augmentation ablation studies in self-supervised learning.

Example:
    `import ablation as ab; study = ab.open_study("results/quick"); ab.accuracy_heatmap(study.results, ax=ax)`
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ablation import shortcut
    from ablation.api import load_images, map, preview_grid, run_grid, two_views, verify
    from ablation.grid.file.load import load_grid
    from ablation.pretrain.checkpoint import load_encoder
    from ablation.report.plots.along import axis_plot
    from ablation.report.plots.along_heatmaps import axis_heatmaps
    from ablation.report.plots.classes import class_heatmap
    from ablation.report.plots.compare import compare_figure
    from ablation.report.plots.curves import convergence_plot
    from ablation.report.plots.effects import main_effects_plot, order_effects_plot
    from ablation.report.plots.heatmap import accuracy_heatmap
    from ablation.report.plots.leak import leak_and_accuracy, leak_heatmap
    from ablation.report.plots.leak_scatter import leak_scatter
    from ablation.report.plots.lengths import lengths_plot
    from ablation.report.plots.map import map_plot
    from ablation.report.plots.paper import paper_plot
    from ablation.report.plots.trends import colour_trend_plot, trend_plot
    from ablation.report.sheets.histograms import histogram_figure
    from ablation.report.shown import open_study
    from ablation.report.write import write_report
    from ablation.results.answers import (
        along,
        class_effects,
        colour_along,
        colour_trend,
        compare,
        doses,
        proxies,
        recommend,
        statistics_of,
        trends,
    )
    from ablation.results.findings.paper import paper_ranks
    from ablation.results.findings.statistics_words import sentences
    from ablation.results.findings.verdict import verdict
    from ablation.results.loading import (
        load_baselines,
        load_correct,
        load_curves,
        load_lengths,
        load_probes,
        load_results,
        load_varied,
    )
    from ablation.results.statistics.grid import statistics
    from ablation.results.statistics.power import detectable

    __version__: str

__all__ = [
    "__version__",
    "accuracy_heatmap",
    "along",
    "axis_heatmaps",
    "axis_plot",
    "class_effects",
    "class_heatmap",
    "colour_along",
    "colour_trend",
    "colour_trend_plot",
    "compare",
    "compare_figure",
    "convergence_plot",
    "detectable",
    "doses",
    "histogram_figure",
    "leak_and_accuracy",
    "leak_heatmap",
    "leak_scatter",
    "lengths_plot",
    "load_baselines",
    "load_correct",
    "load_curves",
    "load_encoder",
    "load_grid",
    "load_images",
    "load_lengths",
    "load_probes",
    "load_results",
    "load_varied",
    "main_effects_plot",
    "map",
    "map_plot",
    "open_study",
    "order_effects_plot",
    "paper_plot",
    "paper_ranks",
    "preview_grid",
    "proxies",
    "recommend",
    "run_grid",
    "sentences",
    "shortcut",
    "statistics",
    "statistics_of",
    "trend_plot",
    "trends",
    "two_views",
    "verdict",
    "verify",
    "write_report",
]

_HOMES = {
    "accuracy_heatmap": "ablation.report.plots.heatmap",
    "along": "ablation.results.answers",
    "axis_heatmaps": "ablation.report.plots.along_heatmaps",
    "axis_plot": "ablation.report.plots.along",
    "class_effects": "ablation.results.answers",
    "class_heatmap": "ablation.report.plots.classes",
    "colour_along": "ablation.results.answers",
    "colour_trend": "ablation.results.answers",
    "colour_trend_plot": "ablation.report.plots.trends",
    "compare": "ablation.results.answers",
    "compare_figure": "ablation.report.plots.compare",
    "convergence_plot": "ablation.report.plots.curves",
    "detectable": "ablation.results.statistics.power",
    "doses": "ablation.results.answers",
    "histogram_figure": "ablation.report.sheets.histograms",
    "leak_and_accuracy": "ablation.report.plots.leak",
    "leak_heatmap": "ablation.report.plots.leak",
    "leak_scatter": "ablation.report.plots.leak_scatter",
    "lengths_plot": "ablation.report.plots.lengths",
    "load_baselines": "ablation.results.loading",
    "load_correct": "ablation.results.loading",
    "load_curves": "ablation.results.loading",
    "load_encoder": "ablation.pretrain.checkpoint",
    "load_grid": "ablation.grid.file.load",
    "load_images": "ablation.api",
    "load_lengths": "ablation.results.loading",
    "load_probes": "ablation.results.loading",
    "load_results": "ablation.results.loading",
    "load_varied": "ablation.results.loading",
    "main_effects_plot": "ablation.report.plots.effects",
    "map": "ablation.api",
    "map_plot": "ablation.report.plots.map",
    "open_study": "ablation.report.shown",
    "order_effects_plot": "ablation.report.plots.effects",
    "paper_plot": "ablation.report.plots.paper",
    "paper_ranks": "ablation.results.findings.paper",
    "preview_grid": "ablation.api",
    "proxies": "ablation.results.answers",
    "recommend": "ablation.results.answers",
    "run_grid": "ablation.api",
    "sentences": "ablation.results.findings.statistics_words",
    "statistics": "ablation.results.statistics.grid",
    "statistics_of": "ablation.results.answers",
    "trend_plot": "ablation.report.plots.trends",
    "trends": "ablation.results.answers",
    "two_views": "ablation.api",
    "verdict": "ablation.results.findings.verdict",
    "verify": "ablation.api",
    "write_report": "ablation.report.write",
}


def __getattr__(name: str) -> Any:
    # Looked up on first use, so that `import ablation`, and with it every command, need not wait for pandas.
    if name == "__version__":
        return import_module("ablation.version").version()
    if name == "shortcut":
        return import_module("ablation.shortcut")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
