"""The files of a report; apart from what draws them, which takes seconds to import."""

import json
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


def read_verdict(folder: Path) -> str | None:
    """Read what a report says of the colour shortcut; None where there is no report."""
    try:
        return str(json.loads((folder / SHORTCUT).read_bytes())["sentence"])
    except (OSError, ValueError, LookupError):
        return None
