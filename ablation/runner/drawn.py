"""Whether a results folder's report shows what there is."""

from collections.abc import Iterable
from pathlib import Path

from ablation.report.files import FILES, HEATMAP
from ablation.results.folder import GRID
from ablation.results.store import CELLS


def is_drawn(folder: Path, ids: Iterable[str]) -> bool:
    """Whether every file of the report is there, and none is older than the grid or one of these cells."""
    sources = [folder / GRID, *(folder / CELLS / f"{id}.json" for id in ids)]
    try:
        written = {name: (folder / name).stat().st_mtime_ns for name in FILES}
        return written[HEATMAP] >= max(file.stat().st_mtime_ns for file in sources)
    except FileNotFoundError:  # the run that renews it may be at work
        return False
