"""The contact sheet: one row per image, one column per augmentation, as the job sees them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, cos, radians, sin

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ablation.report.letters import broken, extent, line_height
from ablation.report.sheets.canvas import page, place, side_of
from ablation.report.style import FAINT, INK, LINE

_SIDE = 160  # pixels of the page an image should take, about
_WIDEST = 3100  # pixels of the page: columns that do not fit go on below
_GAP, _WITHIN, _APART = 14, 2, 44  # between columns, between the views of a cell, between groups
_LEAST = 1300  # pixels of the page that a caption may take, however few the columns
_POINTS = 7.5
_TURN = 40  # degrees, of titles that are wider than their columns


@dataclass(frozen=True, eq=False)
class Column:
    """What one augmentation makes of the images: (R, V, 3, S, S) uint8 with V views of each, 1 or 2."""

    title: str
    pictures: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Group:
    """Columns that belong together, under one heading."""

    heading: str
    columns: Sequence[Column]


def contact_sheet(
    lead: Sequence[Column], groups: Sequence[Group], rows: Sequence[str], *, title: str, caption: str
) -> Figure:
    """Draw images by rows and augmentations by columns, every pixel as a square of one size.

    Columns that do not fit beside each other go on in a further band below, which begins with the leading
    columns again.

    Args:
        lead: columns without a heading, at the left of every band (the original).
        groups: the columns; groups without any are left out.
        rows: what stands left of each row; "" for nothing.
        title: above all.
        caption: below all.

    Example:
        >>> import numpy as np
        >>> pictures = np.zeros((2, 1, 3, 8, 8), np.uint8)
        >>> figure = contact_sheet(
        ...     [Column("original", pictures)], [Group("alone", [Column("crop", pictures)])], ["cat", "dog"],
        ...     title="tiny", caption="",
        ... )
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['tiny', 'original', 'crop', 'alone', 'cat', 'dog']
    """
    columns = [column for group in groups for column in group.columns]
    side = side_of([*lead, *columns][0].pictures.shape[-1], _SIDE)
    bands = list(_bands(lead, groups, side))
    width = max(_width(lead, band, side) for band in bands)
    turned = any(
        extent(column.title, _POINTS)[0] > _column_width(column, side) + 0.6 * _GAP
        for column in [*lead, *columns]
    )
    above = max(_height(column.title, turned) for column in [*lead, *columns]) + 2.4 * line_height(_POINTS)
    below = len(rows) * (side + _GAP) + _APART
    ax = page(width, round(len(bands) * (above + below) + 2.6 * line_height(_POINTS)))
    ax.text(0, 0, title, fontsize=1.4 * _POINTS, color=INK, va="top")
    top = 1.6 * line_height(_POINTS)
    for band in bands:
        top += above
        _draw_band(ax, lead, band, rows, top, side, turned)
        top += below
    if caption:
        caption = broken(caption, max(width, _LEAST), _POINTS)
        ax.text(0, top, caption, fontsize=_POINTS, color=FAINT, va="top", linespacing=1.4)
    return ax.figure  # type: ignore[return-value]


def _bands(lead: Sequence[Column], groups: Sequence[Group], side: int) -> Iterator[list[Group]]:
    groups = [group for group in groups if group.columns]
    if _width(lead, groups, side) <= _WIDEST or not groups:
        yield list(groups)
        return
    for group in groups:
        one = _column_width(group.columns[0], side) + _GAP
        fit = max(1, (_WIDEST - _width(lead, [], side) - _APART) // one)
        each = ceil(len(group.columns) / ceil(len(group.columns) / fit))  # bands of about one width
        for start in range(0, len(group.columns), each):
            yield [Group(group.heading, group.columns[start : start + each])]


def _width(lead: Sequence[Column], groups: Sequence[Group], side: int) -> int:
    return sum(
        sum(_column_width(column, side) + _GAP for column in columns) - _GAP + _APART
        for columns in [lead, *(group.columns for group in groups)]
    )


def _column_width(column: Column, side: int) -> int:
    views = column.pictures.shape[1]
    return int(views * side + (views - 1) * _WITHIN)


def _height(title: str, turned: bool) -> float:
    width, height = extent(title, _POINTS)
    return width * sin(radians(_TURN)) + height * cos(radians(_TURN)) if turned else height


def _draw_band(
    ax: Axes,
    lead: Sequence[Column],
    groups: Sequence[Group],
    rows: Sequence[str],
    top: float,
    side: int,
    turned: bool,
) -> None:
    x = 0
    above = top - max(_height(column.title, turned) for group in groups for column in group.columns)
    for group in [Group("", lead), *groups]:
        start = x
        for column in group.columns:
            _draw_column(ax, column, x, top, side, turned)
            x += _column_width(column, side) + _GAP
        if group.heading:
            y = above - 0.9 * line_height(_POINTS)
            ax.plot([start, x - _GAP], [y, y], color=LINE, linewidth=0.8, clip_on=False)
            ax.text(start, y - 5, group.heading, fontsize=_POINTS, color=FAINT, va="bottom")
        x += _APART - _GAP
    for position, label in enumerate(rows):
        if label:
            y = top + position * (side + _GAP) + side / 2
            ax.text(-_GAP, y, label, fontsize=_POINTS, color=FAINT, ha="right", va="center")


def _draw_column(ax: Axes, column: Column, x: int, top: float, side: int, turned: bool) -> None:
    middle = x + _column_width(column, side) / 2
    if turned:
        ax.text(
            middle, top - 6, column.title, fontsize=_POINTS, color=INK, linespacing=1.15,
            ha="left", va="bottom", rotation=_TURN, rotation_mode="anchor",
        )  # fmt: skip
    else:
        for up, line in enumerate(reversed(column.title.split("\n"))):  # on one base line in all columns
            y = top - 12 - up * line_height(_POINTS)
            ax.text(middle, y, line, fontsize=_POINTS, color=INK, ha="center", va="baseline")
    for row, views in enumerate(column.pictures):
        for view, picture in enumerate(views):
            place(ax, picture, x + view * (side + _WITHIN), round(top) + row * (side + _GAP), side)
