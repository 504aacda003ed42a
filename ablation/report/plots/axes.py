"""What plots of numbers share: quiet axes, words below them, names where the thing named is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.text import Annotation

from ablation.report.plots.colorbar import spread
from ablation.report.style import FAINT, INK, LINE, POINTS

_LABELS = 0.4  # of a figure's width, for the names of rows
_LINE = 0.16  # inches


@dataclass(frozen=True)
class PeakName:
    """A name, and where on the x axis that which it names has its peak."""

    text: str
    x: float
    color: str


def quiet(ax: Axes, size: float) -> None:
    """Draw an axis on the left and below only, thin, with letters of so many points."""
    ax.tick_params(labelsize=size, length=2, width=0.6, pad=2, color=LINE, labelcolor=INK)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[:].set(linewidth=0.6, color=LINE)


def points_per_pixel(ax: Axes) -> float:
    """Return how many points a pixel of the axes' figure is."""
    return 72 / float(ax.figure.dpi)


def name_above(ax: Axes, names: Sequence[PeakName], size: float) -> None:
    """Write names in their colours above the axes, each over its peak as far as the others allow.

    Args:
        ax: where; its limits are set, and it has the size at which it will be drawn.
        names: few enough to stand beside each other.
        size: of the letters, in points.

    Example:
        >>> from matplotlib.figure import Figure
        >>> from ablation.report.style import BLUE, ORANGE
        >>> ax = Figure().add_subplot(xlim=(0, 1))
        >>> name_above(ax, [PeakName("same", 0.5, BLUE), PeakName("different", 0.5, ORANGE)], size=8)
        >>> [text.get_text() for text in ax.texts]
        ['same', 'different']
    """
    ordered = sorted(names, key=lambda name: name.x)
    low, high = ax.get_xlim()
    width = ax.get_window_extent().width * points_per_pixel(ax)
    at = [(name.x - low) / (high - low) * width for name in ordered]
    texts = [
        ax.annotate(
            name.text,
            xy=(name.x, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=size,
            color=name.color,
            annotation_clip=False,
        )
        for name in ordered
    ]
    widths = [text.get_window_extent().width * points_per_pixel(ax) for text in texts]
    gap = max(((a + b) / 2 for a, b in pairwise(widths)), default=0.0) + 0.6 * size
    places = spread(at, gap, widths[0] / 2, width - widths[-1] / 2)
    for text, peak, place in zip(texts, at, places, strict=True):
        text.set_position((place - peak, 3))


def write_below(ax: Axes, text: str, size: float) -> Annotation:
    """Write below the axes, their ticks and their label."""
    return ax.annotate(
        text,
        xy=(0, 0),
        xycoords=("axes fraction", ax.xaxis.label),
        xytext=(0, -0.9 * size),
        textcoords="offset points",
        va="top",
        fontsize=size,
        color=FAINT,
        linespacing=1.4,
        annotation_clip=False,
        parse_math=False,
    )


def filled(lines: Sequence[str], width: float, size: float) -> str:
    """Break lines that are wider than so many points when written in letters of a size.

    Example:
        >>> filled(["scale and ratio", "flip"], width=50, size=10)
        'scale and\\nratio\\nflip'
    """
    letters = max(10, int(width / (0.5 * size)))  # a letter is about half as wide as its size
    return "\n".join(fill(line, letters) for line in lines)


def row_labels(names: Iterable[object], inches: float) -> list[str]:
    """Break the names of rows, so that they leave most of a figure's width to what is drawn.

    Args:
        names: one for each row.
        inches: width of the figure.

    Example:
        >>> row_labels(["byol", "byol (momentum 0.99)"], inches=3.0)
        ['byol', 'byol (momentum\\n0.99)']
    """
    letters = max(12, int(_LABELS * inches * 72 / (0.5 * POINTS)))
    return [fill(str(name), letters) for name in names]


def rows_tall(names: Sequence[object], inches: float, least: float) -> float:
    """Return the height in inches of rows with names as of `row_labels`, each row `least` inches or more."""
    lines = max(label.count("\n") + 1 for label in row_labels(names, inches))
    return len(names) * max(least, _LINE * lines)
