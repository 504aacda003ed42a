"""Figures made of images: pages measured in pixels, images shown pixel for pixel."""

import io
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from PIL import Image

DPI = 200
INK, FAINT, LINE = "#333333", "#6f6f6f", "#cfcfcf"

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


def extent(text: str, points: float) -> tuple[float, float]:
    """Measure lines of text: width and height in pixels of a page.

    Example:
        >>> extent("wider", 10)[0] > extent("wide", 10)[0], extent("a\\nb", 10)[1] > extent("a", 10)[1]
        (True, True)
    """
    canvas = FigureCanvasAgg(Figure(figsize=(0.1, 0.1), dpi=DPI))
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    font, lines = FontProperties(size=points), text.split("\n")
    widths = [renderer.get_text_width_height_descent(line, font, ismath=False)[0] for line in lines]
    return max(widths), len(lines) * line_height(points)


def line_height(points: float) -> float:
    """Return the distance of two lines of text, in pixels of a page."""
    return 1.3 * points * DPI / 72


def broken(text: str, width: float, points: float) -> str:
    """Break each line of a text so that none is wider than a page's pixels.

    Example:
        >>> broken("scale and ratio", width=100, points=10)
        'scale\\nand\\nratio'
    """
    return "\n".join(_broken(line, width, points) for line in text.split("\n"))


def _broken(line: str, width: float, points: float) -> str:
    natural = extent(line, points)[0]
    if natural <= width:
        return line
    letters = max(1, int(1.2 * len(line) * width / natural))  # more than fit, unless they are thin
    while letters > 1 and extent(fill(line, letters), points)[0] > width:
        letters -= 1
    return fill(line, letters)


def png(figure: Figure) -> bytes:
    """Return a figure as a PNG file; the same figure gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, bbox_inches="tight", pad_inches=0.15)
    return buffer.getvalue()
