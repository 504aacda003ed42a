"""The files of a report; apart from what draws them, which takes seconds to import."""

import json
from collections.abc import Collection
from contextlib import suppress
from itertools import combinations, product
from pathlib import Path

from ablation.files import read_file
from ablation.grid.limits import AXES
from ablation.results.stored.within import within


def crossed_name(axes: tuple[int, int]) -> str:
    """Name the figure of two axes, by their places in the grid file.

    Example:
        >>> crossed_name((0, 1))
        'axes-1-2'
    """
    return f"axes-{axes[0] + 1}-{axes[1] + 1}"


HEATMAP, PAGE = "heatmap.png", "report.html"
SHORTCUT = "shortcut.json"
DRAWN = "drawn.json"  # what the others show

FIGURES, TABLES = "figures", "tables"  # folders, of what is written on request
# What those folders may hold of ours: whatever else lies there is the user's.
FIGURE_NAMES = (
    "main-effects", "order-effects", "class-effects", "leak-accuracy", "operations", "histograms", "paper",
    "lengths", "trends", "colour-trend", "curves", "strength", "known", "probe-ranks", "leak",
    "leak-kinds", "distances",
    *(f"axis-{k}{what}" for k in range(1, AXES + 1) for what in ("", "-more", "-grids", "-colour", "-sizes")),
    *(f"{crossed_name(two)}{what}" for two in combinations(range(AXES), 2) for what in ("", "-colour")),
)  # fmt: skip
FIGURE_KINDS = ("png", "svg", "pdf")
TABLE_NAMES = (
    "cells", "baselines", "cell-means", "row-means", "gaps-to-the-best", "order-effects", "main-effects",
    "class-effects", "gains", "timings", "proxies", "trends", "colour-trend", "varied", "known", "probes",
    *(f"axis-{k}" for k in range(1, AXES + 1)),
)  # fmt: skip
TABLE_KINDS = ("csv", "parquet")
LATEX = "heatmap.tex"

# In the order in which they are written.
FILES = (
    "heatmap.svg", "heatmap.pdf", "cells.csv", "baselines.csv", "timings.csv", SHORTCUT, PAGE, HEATMAP, DRAWN,
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
    """Remove figures and tables of earlier results, earlier versions' too; what is the user's stays.

    Raises:
        ResultsError: one of their folders is a link that leads out of the results folder.
    """
    for name in _FORMER:
        (folder / name).unlink(missing_ok=True)
    for place, names, kinds in ((FIGURES, FIGURE_NAMES, FIGURE_KINDS), (TABLES, TABLE_NAMES, TABLE_KINDS)):
        for name, kind in product(names, kinds):
            within(folder, folder / place / f"{name}.{kind}").unlink(missing_ok=True)
    within(folder, folder / TABLES / LATEX).unlink(missing_ok=True)
    for place in (FIGURES, TABLES):
        with suppress(OSError):  # there is none, or it holds something else
            (folder / place).rmdir()


def read_verdict(folder: Path) -> str | None:
    """Read what a report says of the colour shortcut; None where there is no report."""
    try:
        return str(json.loads(read_file(folder / SHORTCUT))["sentence"])
    except (OSError, ValueError, LookupError):
        return None
