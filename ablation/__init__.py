"""Augmentation ablation studies in self-supervised learning.

Example:
    `import ablation as ab; df = ab.load_results("results/quick"); ab.accuracy_heatmap(df, ax=ax)`
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ablation import shortcut
    from ablation.api import load_images, preview_grid, run_grid, two_views
    from ablation.grid.load import load_grid
    from ablation.report.compare import compare_figure
    from ablation.report.curves import convergence_plot
    from ablation.report.effects import main_effects_plot, order_effects_plot
    from ablation.report.figure6 import histogram_figure
    from ablation.report.figures import write_report
    from ablation.report.heatmap import accuracy_heatmap
    from ablation.report.leak import leak_and_accuracy, leak_heatmap
    from ablation.report.leak_scatter import leak_scatter
    from ablation.report.lengths import lengths_plot
    from ablation.report.paper import paper_plot
    from ablation.results.compare import compare
    from ablation.results.curves import load_curves
    from ablation.results.frame import load_baselines, load_results
    from ablation.results.images import load_correct
    from ablation.results.lengths import load_lengths
    from ablation.results.paper import paper_ranks
    from ablation.results.recommend import recommend
    from ablation.results.statistics import statistics, statistics_of
    from ablation.results.statistics_words import sentences
    from ablation.results.verdict import verdict

    __version__: str

__all__ = [
    "__version__",
    "accuracy_heatmap",
    "compare",
    "compare_figure",
    "convergence_plot",
    "histogram_figure",
    "leak_and_accuracy",
    "leak_heatmap",
    "leak_scatter",
    "lengths_plot",
    "load_baselines",
    "load_correct",
    "load_curves",
    "load_grid",
    "load_images",
    "load_lengths",
    "load_results",
    "main_effects_plot",
    "order_effects_plot",
    "paper_plot",
    "paper_ranks",
    "preview_grid",
    "recommend",
    "run_grid",
    "sentences",
    "shortcut",
    "statistics",
    "statistics_of",
    "two_views",
    "verdict",
    "write_report",
]

_HOMES = {
    "accuracy_heatmap": "ablation.report.heatmap",
    "compare": "ablation.results.compare",
    "compare_figure": "ablation.report.compare",
    "convergence_plot": "ablation.report.curves",
    "histogram_figure": "ablation.report.figure6",
    "leak_and_accuracy": "ablation.report.leak",
    "leak_heatmap": "ablation.report.leak",
    "leak_scatter": "ablation.report.leak_scatter",
    "lengths_plot": "ablation.report.lengths",
    "load_baselines": "ablation.results.frame",
    "load_correct": "ablation.results.images",
    "load_curves": "ablation.results.curves",
    "load_grid": "ablation.grid.load",
    "load_images": "ablation.api",
    "load_lengths": "ablation.results.lengths",
    "load_results": "ablation.results.frame",
    "main_effects_plot": "ablation.report.effects",
    "order_effects_plot": "ablation.report.effects",
    "paper_plot": "ablation.report.paper",
    "paper_ranks": "ablation.results.paper",
    "preview_grid": "ablation.api",
    "recommend": "ablation.results.recommend",
    "run_grid": "ablation.api",
    "sentences": "ablation.results.statistics_words",
    "statistics": "ablation.results.statistics",
    "statistics_of": "ablation.results.statistics",
    "two_views": "ablation.api",
    "verdict": "ablation.results.verdict",
    "write_report": "ablation.report.figures",
}


def __getattr__(name: str) -> Any:
    # Looked up on first use: `import ablation`, and with it every command, starts without pandas or seaborn.
    if name == "__version__":
        return import_module("importlib.metadata").version("ablation")
    if name == "shortcut":
        return import_module("ablation.shortcut")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
