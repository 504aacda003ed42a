"""Figures as files; the same figure gives the same bytes."""

import io
from typing import Any

from matplotlib.figure import Figure

from ablation.report.style import DPI

# The same results give the same files: no dates.
_UNDATED: dict[str, dict[str, Any]] = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}


def saved(figure: Figure, kind: str, *, transparent: bool = False) -> bytes:
    """Return a figure as a PNG, SVG or PDF file; within `style.RC` the same figure gives the same bytes."""
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
