"""What settings that vary change: a figure and sentences for each, and for two at once."""

from dataclasses import dataclass

from ablation.report.files import crossed_name
from ablation.results.findings.along_words import along_words
from ablation.results.findings.colour_along import colour_crossed_words, colour_words
from ablation.results.findings.crossed import crossed_words
from ablation.results.findings.paper_tables import beside, beside_words
from ablation.results.findings.sizes import sizes_words
from ablation.results.study import Study


@dataclass(frozen=True)
class AxisPart:
    """What a setting that varies changes."""

    name: str
    figure: str  # its key in `drawn`
    words: list[str]


@dataclass(frozen=True)
class CrossedPart:
    """What two settings that vary change together."""

    name: str
    figure: str
    words: list[str]


def axis_parts(study: Study) -> list[AxisPart]:
    """Say what each setting that varies changes."""
    epochs = study.folder.grid.pretrain.epochs
    parts = []
    for k, (name, found) in enumerate(study.axes.along.items(), 1):
        paper = beside(found, study.axes.settings(found.axis))
        told = [*along_words(found, epochs), *([beside_words(paper)] if paper else [])]
        told += [
            sentence for one in study.axes.sizes if one.axis == found.axis for sentence in sizes_words(one)
        ]
        parts.append(AxisPart(name, f"axis-{k}", told))
    return parts


def crossed_parts(study: Study) -> list[CrossedPart]:
    """Say what two settings change together."""
    return [
        CrossedPart(f"{one.axis.name} × {one.by.name}", crossed_name(places), crossed_words(one))
        for places, one in study.axes.crossed.items()
    ]


def colour_parts(study: Study) -> list[CrossedPart]:
    """Say what colour distortion adds under each value, and of two settings where several vary."""
    axes, epochs = study.axes, study.folder.grid.pretrain.epochs
    return [
        CrossedPart(
            f"{one.axis.name} × {one.by.name}",
            f"{crossed_name(places)}-colour",
            colour_crossed_words(one, axes.colour_gains.get(places), epochs),
        )
        for places, one in axes.colour_crossed.items()
    ] or [
        CrossedPart(name, f"axis-{k}-colour", colour_words(axes.colour[name], epochs))
        for k, name in enumerate(axes.along, 1)
        if name in axes.colour
    ]
