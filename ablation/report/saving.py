"""Figures as files; the same figure gives the same bytes."""

import io
from typing import Any

from matplotlib.figure import Figure

DPI = 200
# The same results give the same files: no dates, and ids within an SVG that do not change.
_UNDATED: dict[str, dict[str, Any]] = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "ablation",
    "pdf.fonttype": 42,
    "hatch.linewidth": 0.6,
    "text.parse_math": False,  # names of grids, classes and folders may hold dollar signs
}


def saved(figure: Figure, kind: str, *, transparent: bool = False) -> bytes:
    """Return a figure as a PNG, SVG or PDF file; within `STYLE` the same figure gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(
        buffer,
        format=kind,
        dpi=DPI,
        bbox_inches="tight",
        pad_inches=0.15,
        metadata=_UNDATED[kind],
        transparent=transparent,
    )
    return buffer.getvalue()
