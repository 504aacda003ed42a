"""Augmentation ablation studies in self-supervised learning.

Example:
    `import ablation as ab; df = ab.load_results("results/quick"); ab.accuracy_heatmap(df, ax=ax)`
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ablation.grid.load import load_grid
    from ablation.report.heatmap import accuracy_heatmap
    from ablation.results.frame import load_baselines, load_results

    __version__: str

__all__ = ["__version__", "accuracy_heatmap", "load_baselines", "load_grid", "load_results"]

_HOMES = {
    "accuracy_heatmap": "ablation.report.heatmap",
    "load_baselines": "ablation.results.frame",
    "load_grid": "ablation.grid.load",
    "load_results": "ablation.results.frame",
}


def __getattr__(name: str) -> Any:
    # Looked up on first use: `import ablation`, and with it every command, starts without pandas or seaborn.
    if name == "__version__":
        return import_module("importlib.metadata").version("ablation")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
