"""The files of a report; apart from what draws them, which takes seconds to import."""

import json
import shutil
from collections.abc import Collection
from pathlib import Path

HEATMAP, PAGE = "heatmap.png", "report.html"
SHORTCUT = "shortcut.json"
FIGURES, TABLES = "figures", "tables"  # folders, of what is written on request

# In the order in which they are written: where the last is, the others are, and none is older than a cell.
FILES = (
    "heatmap.svg", "heatmap.pdf", "cells.csv", "baselines.csv", "timings.csv", SHORTCUT, PAGE, HEATMAP,
)  # fmt: skip
# What `ablation shortcut` draws of grids that have what they show.
SOME = ("distances.png", "strength.png")
# Earlier versions wrote these beside the heatmap; they would be taken for figures of these results.
_FORMER = (
    *("leak.svg", "leak.pdf", "leak.png", "leak-kinds.png", *SOME),
    *("leak-accuracy.svg", "leak-accuracy.pdf", "leak-accuracy.png"),
)


def remove_stale(folder: Path, written: Collection[str]) -> None:
    """Remove those of `SOME` that were not written: they are of a grid that had what they show."""
    for name in set(SOME).difference(written):
        (folder / name).unlink(missing_ok=True)


def remove_former(folder: Path) -> None:
    """Remove figures of earlier results: those of earlier versions, and the folders that are not renewed."""
    for name in _FORMER:
        (folder / name).unlink(missing_ok=True)
    for name in (FIGURES, TABLES):
        shutil.rmtree(folder / name, ignore_errors=True)


def read_verdict(folder: Path) -> str | None:
    """Read what a report says of the colour shortcut; None where there is no report."""
    try:
        return str(json.loads((folder / SHORTCUT).read_bytes())["sentence"])
    except (OSError, ValueError, LookupError):
        return None
