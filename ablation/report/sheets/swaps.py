"""Colour swaps as pictures: whose neighbour is an image in another's colours, its own or the donor's?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from ablation.report.letters import broken, extent, line_height
from ablation.report.sheets.canvas import Picture, page, place, side_of
from ablation.report.style import BLUE, FAINT, INK, ORANGE, SHEET, SMALL

_SIDE = 150  # pixels of the page an image should take, about
_GAP, _APART, _RIM = 26, 70, 6
_OWN, _DONOR = ("the image itself", BLUE, "-"), ("colour donor", ORANGE, (0, (2.5, 1)))


@dataclass(frozen=True, eq=False)
class Swap:
    """A test image, the one whose colours it got, what came of it, and that one's nearest neighbours.

    `own` and `donor` say at which places of `neighbours` the two parents are; None where they are not.
    """

    image: Picture  # (3, S, S)
    donor_image: Picture
    swapped: Picture
    neighbours: NDArray[np.uint8]  # (K, 3, S, S) unswapped test images, the nearest first
    own: int | None
    donor: int | None


def swap_figure(
    swaps: Sequence[Swap],
    *,
    bias: float | None,
    nearest_own: float,
    nearest_donor: float,
    name: str = "",
    features: str = "h",
    caption: str = "",
) -> Figure:
    """Draw colour swaps with the nearest neighbours that an encoder finds them, both parents framed.

    Args:
        swaps: at least one, all with as many neighbours.
        bias: P(nearest is the donor) among images nearest to one of the two; None where that is undefined.
        nearest_own: the share of all test images whose nearest neighbour is the image itself.
        nearest_donor: the share whose nearest neighbour is the donor.
        name: of the cell, for instance.
        features: what neighbours are looked for in.
        caption: below all, before the line that says what is drawn.

    Example:
        >>> black = np.zeros((3, 8, 8), np.uint8)
        >>> swap = Swap(black, black, black, np.stack([black] * 3), own=None, donor=0)
        >>> figure = swap_figure([swap], bias=0.9, nearest_own=0.05, nearest_donor=0.45, name="crop")
        >>> figure.axes[0].texts[0].get_text()
        'crop: colour bias 0.90'
    """
    side = side_of(swaps[0].image.shape[-1], _SIDE)
    pitch, count = side + _GAP, len(swaps[0].neighbours)
    starts = [
        0,
        pitch,
        2 * pitch + _APART - _GAP,
        *(3 * pitch + 2 * (_APART - _GAP) + k * pitch for k in range(count)),
    ]
    width = starts[-1] + side
    heads = ["image", "colour donor", "image in the\ndonor's colours", *map(_ordinal, range(count))]
    row = side + _GAP + line_height(SMALL)
    said = broken(_said(bias, nearest_own, nearest_donor, features), width, SHEET)
    above = 2.2 * line_height(SHEET) + extent(said, SHEET)[1] + 3.4 * line_height(SMALL)
    ax = page(width, round(above + len(swaps) * row))
    heading = "colour bias undefined" if bias is None else f"colour bias {bias:.2f}"
    heading = f"{name}: {heading}" if name else heading[0].upper() + heading[1:]
    ax.text(0, 0, heading, fontsize=1.25 * SHEET, color=INK, va="top")
    ax.text(0, 1.8 * line_height(SHEET), said, fontsize=SHEET, color=FAINT, va="top", linespacing=1.3)
    for start, head, color in zip(starts, heads, [BLUE, ORANGE, INK, *[FAINT] * count], strict=True):
        style: dict[str, Any] = {
            "fontsize": SMALL,
            "color": color,
            "ha": "center",
            "va": "bottom",
            "linespacing": 1.15,
        }
        ax.text(start + side / 2, above - 14, head, **style)
    for position, swap in enumerate(swaps):
        y = round(above + position * row)
        pictures = [swap.image, swap.donor_image, swap.swapped, *swap.neighbours]
        for start, picture in zip(starts, pictures, strict=True):
            place(ax, picture, start, y, side)
        _frame(ax, starts[0], y, side, _OWN)
        _frame(ax, starts[1], y, side, _DONOR)
        for parent, found in ((_OWN, swap.own), (_DONOR, swap.donor)):
            if found is not None:
                x = starts[3 + found]
                _frame(ax, x, y, side, parent)
                below: dict[str, Any] = {"fontsize": SMALL, "color": parent[1], "ha": "center", "va": "top"}
                ax.text(x + side / 2, y + side + 10, parent[0], **below)
    what = (
        "swapped images keep their lightness and take the mean and spread of Lab a,b from the donor; "
        f"neighbours by cosine similarity of {features} among the unchanged test images"
    )
    text = broken("\n".join(filter(None, (caption, what))), width, SMALL)
    ax.text(0, above + len(swaps) * row, text, fontsize=SMALL, color=FAINT, va="top", linespacing=1.4)
    return ax.figure  # type: ignore[return-value]


def _said(bias: float | None, own: float, donor: float, features: str) -> str:
    shares = (
        f"in {features}, {100 * own:.0f} % of the swapped test images are nearest to the image itself, "
        f"{100 * donor:.0f} % to their colour donor"
    )
    return f"{shares}: too few to compute a bias" if bias is None else shares


def _frame(ax: Axes, x: float, y: float, side: int, parent: tuple[str, str, object]) -> None:
    _, color, style = parent
    box = Rectangle((x - _RIM, y - _RIM), side + 2 * _RIM, side + 2 * _RIM, fill=False, edgecolor=color)
    box.set(linewidth=2.2, linestyle=style, clip_on=False, joinstyle="miter")
    ax.add_patch(box)


def _ordinal(place: int) -> str:
    words = ("nearest", "2nd", "3rd")
    return words[place] if place < len(words) else f"{place + 1}th"
