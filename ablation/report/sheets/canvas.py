"""Figures made of images: pages measured in pixels, images shown pixel for pixel."""

import io

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from PIL import Image

from ablation.report.style import DPI, LINE

Picture = NDArray[np.uint8]  # (3, S, S)


def page(width: int, height: int) -> Axes:
    """Make axes that fill a figure of so many pixels; their coordinates are pixels, from the top left."""
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    FigureCanvasAgg(figure)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.set_axis_off()
    return ax


def side_of(size: int, wanted: int) -> int:
    """Return the side, in pixels of the page, at which images of `size` pixels are shown.

    A whole multiple of their own, as near to `wanted` as there is, so that every pixel has one size; images
    too large for that are made smaller.

    Example:
        >>> [side_of(size, wanted=160) for size in (8, 32, 96, 224, 1024)]
        [160, 160, 192, 224, 240]
    """
    return size * max(1, round(wanted / size)) if size <= 1.5 * wanted else round(1.5 * wanted)


def place(ax: Axes, picture: Picture, x: float, y: float, side: int) -> None:
    """Show a picture on a page with its top left corner at (x, y)."""
    size = picture.shape[-1]
    pixels = np.moveaxis(picture, 0, -1)  # (S, S, 3)
    if side < size:
        pixels = np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BOX))
    limits = ax.axis()
    ax.imshow(pixels, extent=(x, x + side, y + side, y), interpolation="nearest", aspect="auto")
    # Without a frame a white image has no edge on a white page.
    frame = Rectangle((x - 1, y - 1), side + 2, side + 2, fill=False, edgecolor=LINE, linewidth=0.4)
    frame.set(zorder=-1, clip_on=False)  # below the image, so that it covers none of its pixels
    ax.add_patch(frame)
    ax.axis(limits)


def png(figure: Figure) -> bytes:
    """Return a figure as a PNG file; the same figure gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, bbox_inches="tight", pad_inches=0.15)
    return buffer.getvalue()
