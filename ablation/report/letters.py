"""How much room text takes, and where to break it; measured as it will be drawn."""

from textwrap import fill

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from ablation.report.style import DPI


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
