"""The files of a report; apart from what draws them, which takes seconds to import."""

import json
from collections.abc import Collection
from pathlib import Path

HEATMAP = "heatmap.png"
SHORTCUT = "shortcut.json"

# In the order in which they are written: where the last is, the others are, and none is older than a cell.
FILES = (
    *("heatmap.svg", "heatmap.pdf", "leak.svg", "leak.pdf", "leak.png", "leak-kinds.png"),
    *("leak-accuracy.svg", "leak-accuracy.pdf", "leak-accuracy.png"),
    *("cells.csv", "baselines.csv", "timings.csv", SHORTCUT, HEATMAP),
)
SOME = ("distances.png", "strength.png")  # of grids that have what they show


def remove_stale(folder: Path, written: Collection[str]) -> None:
    """Remove those of `SOME` that were not written: they are of a grid that had what they show."""
    for name in set(SOME).difference(written):
        (folder / name).unlink(missing_ok=True)


def read_verdict(folder: Path) -> str | None:
    """Read what a report says of the colour shortcut; None where there is no report."""
    try:
        return str(json.loads((folder / SHORTCUT).read_bytes())["sentence"])
    except (OSError, ValueError, LookupError):
        return None
