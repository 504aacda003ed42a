"""Every figure of the page, as elements within it."""

from dataclasses import dataclass

import matplotlib as mpl
from markupsafe import Markup

from ablation.report.drawings import DRAWINGS
from ablation.report.page.images import inline_svg, png_uri
from ablation.report.style import RC
from ablation.results.study import Study


@dataclass(frozen=True)
class Drawn:
    """A figure within the page: an SVG element, or an image."""

    alt: str
    svg: Markup | None = None
    narrow: Markup | None = None  # the same for a phone, where it differs
    uri: str = ""
    width: int = 0  # of the image at the size it is meant for, in CSS pixels


def drawn(study: Study) -> dict[str, Drawn]:
    """Draw every figure that the study has, for the page and for a phone."""
    found = {}
    with mpl.rc_context(RC):
        for name, drawing in DRAWINGS.items():
            figure = drawing.draw(study) if drawing.on_page else None
            if figure is None:
                continue
            if drawing.raster:
                uri, width = png_uri(figure)
                found[name] = Drawn(_alt(drawing.alt, study), uri=uri, width=width)
            else:
                narrow = drawing.narrow(study) if drawing.narrow else None
                svg = inline_svg(figure)
                found[name] = Drawn(
                    _alt(drawing.alt, study), svg, None if narrow is None else inline_svg(narrow)
                )
    return found


def _alt(words: str, study: Study) -> str:
    return (
        words
        if study.labelled
        else words.replace("accuracy", "rotation top-1").replace("Accuracy", "Rotation top-1")
    )
