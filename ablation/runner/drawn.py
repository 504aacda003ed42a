"""Whether a results folder's report shows what there is."""

from collections.abc import Iterable
from pathlib import Path

from ablation.report.files import FILES, HEATMAP
from ablation.results.folder import GRID
from ablation.results.store import CELLS


def is_drawn(folder: Path, ids: Iterable[str]) -> bool:
    """Whether every file of the report is there, and none is older than the grid or one of these cells."""
    if not all((folder / name).exists() for name in (GRID, *FILES)):
        return False
    sources = [folder / GRID, *(folder / CELLS / f"{id}.json" for id in ids)]
    return (folder / HEATMAP).stat().st_mtime_ns >= max(file.stat().st_mtime_ns for file in sources)
