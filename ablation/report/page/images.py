"""Pictures and figures as text within a page."""

import base64
import io
import re

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from ablation.report.saving import saved
from ablation.report.style import DPI, FAINT, INK, LINE

_LARGEST = 96  # pixels, of a picture within a sprite
_GAP = 2
_QUALITY = 80
_LARGER = 1.35  # CSS pixels for a point of a figure
# Ink follows the page's theme; colours of data stay as they are.
_THEMED = {INK: "var(--ink)", FAINT: "var(--faint)", LINE: "var(--line)", "#ffffff": "var(--paper)"}


def sprite(pictures: NDArray[np.uint8], wrong: NDArray[np.bool_] | None = None) -> str:
    """Return rows of pictures (R, C, 3, S, S) as one image's data URI; those marked `wrong` are crossed.

    Example:
        >>> sprite(np.zeros((2, 3, 3, 8, 8), np.uint8))[:23]
        'data:image/webp;base64,'
    """
    rows, columns, _, size, _ = pictures.shape
    side = min(size, _LARGEST)
    sheet = Image.new("RGBA", (columns * (side + _GAP) - _GAP, rows * (side + _GAP) - _GAP))
    for i in range(rows):
        for j in range(columns):
            one = Image.fromarray(np.ascontiguousarray(np.moveaxis(pictures[i, j], 0, -1)))
            if side < size:
                one = one.resize((side, side), Image.Resampling.BOX)
            sheet.paste(one, (j * (side + _GAP), i * (side + _GAP)))
    if wrong is not None:
        _cross(sheet, wrong, side)
    buffer = io.BytesIO()
    sheet.save(buffer, "WEBP", quality=_QUALITY, method=2)  # slower methods save 3 %
    return data_uri("image/webp", buffer.getvalue())


def png_uri(figure: Figure) -> tuple[str, int]:
    """Return a figure as a PNG image's data URI, and its width in CSS pixels where letters are readable."""
    content = saved(figure, "png")
    width = Image.open(io.BytesIO(content)).width
    return data_uri("image/png", content), round(_LARGER * width * 72 / DPI)


def inline_svg(figure: Figure) -> Markup:
    """Return a figure as an SVG element whose ink is that of the page; draw it within `figures.RC`."""
    text = saved(figure, "svg", transparent=True).decode()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r'<g id="[^"]*"', "<g", text)  # `axes_1` of another figure
    text = re.sub(r'<svg[^>]*viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*>', _opening, text, count=1)
    text = re.sub(r"font-family: [^;\"]*", "font-family: var(--font)", text)
    for color, variable in _THEMED.items():
        text = text.replace(color, variable)
    return Markup(re.sub(r"\s*\n\s*", "\n", text))


def _opening(found: "re.Match[str]") -> str:
    width, height = found.groups()
    least, most = float(width), _LARGER * float(width)
    size = f'viewBox="0 0 {width} {height}" style="max-width:{most:.0f}px;--least:{least:.0f}px"'
    return f'<svg {size} aria-hidden="true">'


def _cross(sheet: Image.Image, wrong: NDArray[np.bool_], side: int) -> None:
    # A corner cut off by a line of its own colour: seen without colours, too.
    pixels = np.array(sheet)
    corner = max(5, side // 4)
    for i, j in zip(*wrong.nonzero(), strict=True):
        top, left = i * (side + _GAP), j * (side + _GAP)
        for k in range(corner):
            pixels[top + k, left : left + corner - k] = (255, 255, 255, 255)
            pixels[top + k, left + corner - k - 1 : left + corner - k + 1] = (213, 94, 0, 255)
    sheet.paste(Image.fromarray(pixels))


def data_uri(kind: str, content: bytes) -> str:
    """Return an image file as the text of an address."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
