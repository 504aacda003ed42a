"""One image and what each augmentation makes of it, in the style of the paper's Figure 4."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from matplotlib.figure import Figure

from ablation.report.letters import broken, extent, line_height
from ablation.report.sheets.canvas import Picture, page, place, side_of
from ablation.report.style import FAINT, INK, SMALL

_SIDE = 300  # pixels of the page an image should take, about
_ABREAST = 6  # panels beside each other, at most
_GAP = 36
_POINTS = 9.0
_LEAST = 900  # pixels of the page that a caption may take, however few the panels
_MOST = 180  # letters of small type: arguments can be many


@dataclass(frozen=True, eq=False)
class Panel:
    """A picture, (3, S, S) uint8, what is done to it, and its parameters."""

    name: str
    parameters: str
    picture: Picture


def operations_figure(panels: Sequence[Panel], *, title: str, caption: str) -> Figure:
    """Draw panels "(a) original", "(b) crop", ..., each with its parameters in small type below its name.

    Source: SimCLR (arXiv 2002.05709), Figure 4.

    Args:
        panels: at least one, the original first.
        title: above all.
        caption: below all.

    Example:
        >>> import numpy as np
        >>> black = np.zeros((3, 8, 8), np.uint8)
        >>> panels = [Panel("original", "", black), Panel("rotate", "", black)]
        >>> figure = operations_figure(panels, title="tiny", caption="one image")
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['tiny', '(a) original', '(b) rotate', 'one image']
    """
    side = side_of(panels[0].picture.shape[-1], _SIDE)
    rows = ceil(len(panels) / _ABREAST)
    abreast = ceil(len(panels) / rows)
    labelled = [
        _Labelled(panel, f"({letter}) {panel.name}", side)
        for letter, panel in zip(_letters(), panels, strict=False)
    ]
    lines = [labelled[start : start + abreast] for start in range(0, len(panels), abreast)]
    first = 2.2 * line_height(_POINTS)
    heights = [side + max(panel.height for panel in line) + _GAP for line in lines]
    ax = page(abreast * (side + _GAP) - _GAP, round(first + sum(heights)))
    ax.text(0, 0, title, fontsize=1.15 * _POINTS, color=INK, va="top")
    y = first
    for line, height in zip(lines, heights, strict=True):
        for column, panel in enumerate(line):
            x = column * (side + _GAP)
            place(ax, panel.panel.picture, x, round(y), side)
            centre: dict[str, Any] = {"x": x + side / 2, "ha": "center", "va": "top", "linespacing": 1.15}
            ax.text(y=y + side + 8, s=panel.name, fontsize=_POINTS, color=INK, **centre)
            if panel.small:
                below = y + side + 8 + extent(panel.name, _POINTS)[1] + 4
                ax.text(y=below, s=panel.small, fontsize=SMALL, color=FAINT, **centre)
        y += height
    if caption:
        caption = broken(caption, max(ax.get_xlim()[1], _LEAST), SMALL + 0.5)
        ax.text(0, y, caption, fontsize=SMALL + 0.5, color=FAINT, va="top", linespacing=1.4)
    return ax.figure  # type: ignore[return-value]


class _Labelled:
    """A panel with its words broken into lines that are no wider than its picture."""

    def __init__(self, panel: Panel, name: str, side: int) -> None:
        self.panel = panel
        self.name = broken(name, side, _POINTS)
        self.small = broken(_small(panel.parameters), side, SMALL)
        self.height = 12 + sum(
            extent(text, points)[1] for text, points in ((self.name, _POINTS), (self.small, SMALL)) if text
        )


def _small(parameters: str) -> str:
    text = parameters if len(parameters) <= _MOST else f"{parameters[:_MOST]} …"
    # A parameter and its value stay on one line.
    parts = text.split(", ")
    return ", ".join(part if "→" in part else part.replace(" ", "\u00a0") for part in parts)


def _letters() -> Iterator[str]:
    """Count a, b, ..., z, aa, ab, ..."""
    alphabet = [chr(ord("a") + i) for i in range(26)]
    yield from alphabet
    yield from (first + second for first in alphabet for second in alphabet)
