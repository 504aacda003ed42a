"""Histograms of several crops of one image, without and with colour distortion (SimCLR, Figure 6)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ablation.report.letters import broken, extent, line_height
from ablation.report.plots.axes import quiet
from ablation.report.sheets.canvas import page, place, side_of
from ablation.report.style import BLUE, FAINT, GREEN, INK, LINE, ORANGE, SHEET, SMALL
from ablation.results.types import Floats

_BINS, _CHANNEL_BINS = 64, 32  # three lines over each other want fewer steps
_SIDE = 128  # pixels of the page a crop should take, about
_GAP, _APART, _BETWEEN = 12, 50, 30  # between neighbours, crops and histograms, images
_WIDEST = 1.35  # of a histogram, in its heights
# Okabe and Ito's red, green and blue; styles tell them apart too.
_CHANNELS = (("red", ORANGE, "-"), ("green", GREEN, (0, (4, 1.5))), ("blue", BLUE, (0, (1, 1))))

Pictures = NDArray[np.uint8]


def histogram_figure(
    crops: Pictures,
    distorted: Pictures,
    names: Sequence[str],
    *,
    conditions: tuple[str, str] = ("crops", "crops, colours distorted"),
    channels: bool = False,
    title: str = "",
    caption: str = "",
) -> Figure:
    """Draw crops of images beside their histograms of intensity, without and with colour distortion.

    Every histogram has the same axes: a crop's values from 0 to 255, and what share of them lies in each
    bin. The axes end at twice the usual peak of a crop without distortion, and higher bars are cut:
    distorted colours can pile up in one bin.
    Source: SimCLR (arXiv 2002.05709), Figure 6.

    Args:
        crops: uint8, (I, C, 3, S, S): C crops of each of I images.
        distorted: of the same shape, the same crops with colour distortion.
        names: of the images.
        conditions: what stands beside the two rows of an image.
        channels: draw red, green and blue each, instead of all together.
        title: above all.
        caption: below all, before the lines that say how alike the histograms are and what is drawn.

    Raises:
        ValueError: the shapes differ, or there is not one name per image.

    Example:
        >>> crops = np.zeros((1, 2, 3, 8, 8), np.uint8)
        >>> figure = histogram_figure(crops, crops, ["cat"])
        >>> len(figure.axes)  # the page, and a histogram for each crop
        5
    """
    if crops.shape != distorted.shape or len(crops) != len(names):
        raise ValueError(f"crops {crops.shape}, distorted {distorted.shape}, {len(names)} names: pass one "
                         "name per image, and as many distorted crops as crops")  # fmt: skip
    rows = np.stack([crops, distorted], axis=1)  # (I, 2, C, 3, S, S)
    bins = _CHANNEL_BINS if channels else _BINS
    shares = histograms(rows, bins)  # (I, 2, C, 3, bins)
    if not channels:
        shares = shares.mean(axis=3, keepdims=True)
    count, side = crops.shape[1], side_of(crops.shape[-1], _SIDE)
    wide = round(_WIDEST * side)
    starts = [_APART + count * (side + _GAP) + k * (wide + _GAP) for k in range(count)]
    labels = max(extent(text, SHEET)[0] for text in (*names, *conditions))
    width, above = starts[-1] + wide, 3.4 * line_height(SHEET) if title else 1.8 * line_height(SHEET)
    pitch = 2 * (side + _GAP) + _BETWEEN
    height = round(above + len(crops) * pitch + line_height(SMALL))
    ax = page(width, height)
    ax.text(-labels - _GAP, 0, title, fontsize=1.15 * SHEET, color=INK, va="top")
    _head(ax, above - 10, side, starts, channels)
    top = min(1.0, 2 * float(np.median(shares[:, 0].max(axis=-1))))
    for i, name in enumerate(names):
        for j, condition in enumerate(conditions):
            y = round(above + i * pitch + j * (side + _GAP))
            _label(ax, -_GAP, y + side / 2, name if j == 0 else "", condition)
            for k in range(count):
                place(ax, rows[i, j, k], k * (side + _GAP), y, side)
                box = (starts[k] / width, 1 - (y + side) / height, wide / width, side / height)
                last = i + 1 == len(names) and j == 1
                _draw(ax.figure.add_axes(box), shares[i, j, k], top, last, last and k == 0)
    what = (
        f"histograms: share of a crop's values in each of {bins} bins, "
        f"{'each channel' if channels else 'all three channels together'}; all axes end at "
        f"{100 * top:.0f} %" + ("; higher bars are cut" if shares.max() > top else "")
    )
    text = broken("\n".join(filter(None, (caption, _alikeness(shares, names), what))), width + labels, SMALL)
    below = height + 1.6 * line_height(SMALL)
    ax.text(-labels - _GAP, below, text, fontsize=SMALL, color=FAINT, va="top", linespacing=1.4)
    return ax.figure  # type: ignore[return-value]


def histograms(pictures: Pictures, bins: int) -> Floats:
    """Return which share of each channel's values lies in each bin; bins are of one width.

    Args:
        pictures: uint8, (..., 3, S, S).
        bins: a divisor of 256.

    Returns:
        (..., 3, bins); the shares of a channel sum to 1.

    Example:
        >>> picture = np.array([0, 127, 128, 255], np.uint8).reshape(1, 2, 2)
        >>> histograms(picture, bins=2).tolist()
        [[0.5, 0.5]]
    """
    values = pictures.reshape(-1, pictures.shape[-2] * pictures.shape[-1])  # a row a channel of a picture
    binned = values.astype(np.intp) * bins // 256
    rows = np.arange(len(values))[:, None] * bins
    counts = np.bincount((rows + binned).ravel(), minlength=bins * len(values))
    return counts.reshape(*pictures.shape[:-2], bins) / values.shape[1]


def overlaps(shares: Floats) -> Floats:
    """Return how much of their histograms two crops of one image share, averaged over pairs and channels.

    Args:
        shares: (..., C, channels, bins) of C crops.

    Returns:
        (...), from 0 to 1; NaN of a single crop.

    Example:
        >>> overlaps(np.array([[[0.5, 0.5]], [[0.0, 1.0]]])).item()
        0.5
    """
    first, second = np.triu_indices(shares.shape[-3], k=1)
    if not len(first):
        return np.full(shares.shape[:-3], np.nan)
    common = np.minimum(shares[..., first, :, :], shares[..., second, :, :]).sum(-1)
    return np.asarray(common.mean((-1, -2)))


def _alikeness(shares: Floats, names: Sequence[str]) -> str:
    """Say what share of their histograms crops of one image have in common, with and without distortion."""
    before, after = 100 * overlaps(shares).T  # (I,) each
    if np.isnan(before).any():
        return ""
    said = (
        f"Two crops of an image have {before.mean():.0f} % of their histograms in common on average, "
        f"{after.mean():.0f} % after colour distortion"
    )
    fall = before - after
    told = [
        f"{name} ({a:.0f} to {b:.0f} %)"
        for name, a, b, least in zip(names, before, after, fall == fall.min(), strict=True)
        if a <= b or least
    ]
    if len(names) > 1:
        said += f"; {'the smallest decrease is' if fall.min() > 0 else 'no decrease'} for {', '.join(told)}"
    return f"{said}."


def _head(ax: Axes, y: float, side: int, starts: Sequence[int], channels: bool) -> None:
    """Number the crops and their histograms, so that each is found from the other; name the channels."""
    for k, start in enumerate(starts):
        number: dict[str, Any] = {
            "s": str(k + 1),
            "fontsize": SMALL,
            "color": FAINT,
            "ha": "center",
            "va": "bottom",
        }
        ax.text(x=k * (side + _GAP) + side / 2, y=y, **number)
        ax.text(x=start + _WIDEST * side / 2, y=y, **number)
    x = float(starts[0])
    for name, color, style in _CHANNELS if channels else ():
        line = y - 1.5 * line_height(SMALL)
        ax.plot([x, x + 50], [line, line], color=color, linestyle=style, linewidth=1.4, clip_on=False)
        ax.text(x + 58, line, name, fontsize=SMALL, color=color, va="center_baseline")
        x += 58 + extent(name, SMALL)[0] + 36


def _label(ax: Axes, x: float, y: float, name: str, condition: str) -> None:
    shift = line_height(SHEET) / 2 if name else 0
    ax.text(x, y - shift, name, fontsize=SHEET, color=INK, ha="right", va="center")
    ax.text(x, y + shift, condition, fontsize=SMALL, color=FAINT, ha="right", va="center")


def _draw(ax: Axes, shares: Floats, top: float, numbered: bool, named: bool) -> None:
    edges = np.linspace(0, 256, shares.shape[-1] + 1)
    if len(shares) == 1:
        ax.stairs(shares[0], edges, fill=True, color=FAINT)
    for channel, (_, color, style) in zip(shares, _CHANNELS, strict=False) if len(shares) > 1 else ():
        ax.stairs(channel, edges, color=color, linestyle=style, linewidth=0.9)
    quiet(ax, SMALL - 0.5)
    ax.set(xlim=(0, 256), ylim=(0, top), yticks=[], xticks=(0, 128, 256), xticklabels=[])
    for x, value, side in ((0, "0", "left"), (256, "255", "right")) if numbered else ():
        ax.annotate(
            value, xy=(x, 0), xytext=(0, -4), textcoords="offset points", ha=side, va="top",
            fontsize=SMALL - 0.5, color=INK, annotation_clip=False,
        )  # fmt: skip
    ax.spines["left"].set(visible=True, color=LINE)
    if named:
        ax.set_xlabel("intensity", fontsize=SMALL, color=FAINT, labelpad=5)
