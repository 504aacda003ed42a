"""What the page says, gathered; the templates only lay it out."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from statistics import fmean

import matplotlib as mpl
from markupsafe import Markup

from ablation.grid.baselines import baseline_words, weights_of
from ablation.grid.file.shared import shown_text
from ablation.report import caption as words
from ablation.report.drawings import DRAWINGS
from ablation.report.files import crossed_name
from ablation.report.page.answer import recommended
from ablation.report.page.details import Details, details
from ablation.report.page.images import inline_svg, png_uri
from ablation.report.page.table import HeatTable, accuracy_table, anchors, leak_table
from ablation.report.plots.lengths import lengths_table, lengths_words
from ablation.report.style import RC
from ablation.results.findings.along_words import along_words
from ablation.results.findings.class_words import class_words
from ablation.results.findings.colour_along import colour_crossed_words, colour_words
from ablation.results.findings.crossed import crossed_words
from ablation.results.findings.known import known_words
from ablation.results.findings.paper_tables import beside, beside_words
from ablation.results.findings.probed import ProbeTable, probe_table
from ablation.results.findings.proxies_words import p_value, proxies_sentence, rankable, score_name
from ablation.results.findings.race_words import RungRow, race_table
from ablation.results.findings.sizes import sizes_words
from ablation.results.findings.statistics_words import further_sentences
from ablation.results.findings.trend_words import colour_trend_words
from ablation.results.findings.worth import REFERENCES
from ablation.results.frames.means import baseline_means
from ablation.results.frames.rows import by_name, by_pair
from ablation.results.numbers import cell_name, duration, written
from ablation.results.stored.cells import is_finished
from ablation.results.stored.class_images import class_image_words
from ablation.results.stored.endings import Broken, broken, ending_counts, ending_words
from ablation.results.stored.record import Records
from ablation.results.study import Study
from ablation.words import counted, listed


@dataclass(frozen=True)
class Drawn:
    """A figure within the page: an SVG element, or an image."""

    alt: str
    svg: Markup | None = None
    narrow: Markup | None = None  # the same for a phone, where it differs
    uri: str = ""
    width: int = 0  # of the image at the size it is meant for, in CSS pixels


@dataclass(frozen=True)
class Alike:
    """A cell beside the best one, in words."""

    anchor: str
    label: str
    validation: str
    gap: str
    test: str


@dataclass(frozen=True)
class Elsewhere:
    """A cell that ranks elsewhere in the paper, in words."""

    anchor: str
    label: str
    paper: str
    paper_rank: str
    here: str
    here_rank: str
    seeds: str


@dataclass(frozen=True)
class Chooser:
    """A score to choose by, in words."""

    name: str
    rho: str
    lost: str
    anchor: str
    label: str
    p: str
    better: str


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


@dataclass(frozen=True)
class Page:
    """Everything on the page."""

    name: str
    state: str
    answer: list[str]  # the first sentences of the recommendation, what matters most
    reasons: list[str]  # the next
    open: list[str]  # what else to know, and what remains open
    code: list[tuple[str, str]]  # a library, and the recommended policy as its code
    code_of: str  # the policy; "" where there is none, or none is given
    verdict: str
    more: list[str]  # the other findings
    warnings: list[str]
    protocol: str
    accuracy: HeatTable
    leak: HeatTable | None
    floors: list[tuple[str, str]]  # the name of a baseline, and its accuracy or its state
    alike: list[Alike]
    drawn: dict[str, Drawn]
    classes: str  # whether they differ in what augmentations add; "" where no predictions are stored
    paper: str  # what the comparison says; "" where there is none
    elsewhere: list[Elsewhere]
    trends: list[str]  # how the best changes with the length of the jobs; empty where there is one length
    colour_trend: str  # what colour distortion changes with it; "" where nothing is known
    axes: list[AxisPart]  # the settings that vary
    crossed: list[CrossedPart]  # two of them at once
    colour_along: list[CrossedPart]  # what colour distortion adds under their values
    settings_first: bool  # what varies is the question: the cells are no pairs
    is_one_cell: bool  # what it is compared with are other settings, not other cells
    known: list[str]  # what h and z know of transformations; empty where the grid did not ask
    probed: ProbeTable | None  # what probes measured of the encoders
    race: list[RungRow]  # every cell of every rung of a race; empty where the grid is none
    lengths: str  # what was compared; "" where nothing was
    length_rows: list[tuple[str, str, str, str]]
    no_labels: str  # what is left out without labels; "" where there are some
    worth: list[tuple[str, ...]]  # how a choice without labels went elsewhere; empty where there are some
    proxies: str  # what the scores without labels say; "" where there are none
    choosers: list[Chooser]
    broken: list[Broken]
    details: list[Details]
    facts: list[tuple[str, str]]
    grid: str  # the file, without paths of the machine


NO_LABELS = (
    "No labels were used. Linear evaluation, kNN, classes and the verdict on colour are left out, and "
    "rotation top-1 stands in for accuracy."
)


def content(study: Study) -> Page:
    """Gather what the page of a study says, whole or not."""
    said, axes = recommended(study), _axes(study)
    grid = study.results.attrs["grid"]
    return Page(
        name=study.folder.name,
        state=state(study),
        answer=said.answer,
        reasons=[*said.reasons, *(part.words[0] for part in axes if part.words)],
        open=said.open,
        code=said.code,
        code_of=said.code_of,
        verdict=study.judgement.sentence,
        more=further_sentences(study.statistics),
        warnings=[
            *study.results.attrs.get("warnings", []),
            *study.unstored,
            *ending_words(pair for pair in _ended(study) if pair[1].error is None),
        ],
        protocol=". ".join(
            text[0].upper() + text[1:]
            for text in (words.protocol(grid), words.recipe(grid), words.unpublished(grid))
            if text
        ),
        accuracy=accuracy_table(study.results, study.baselines, study.statistics),
        leak=leak_table(study.results),
        floors=_floors(study),
        alike=_alike(study),
        drawn=_drawn(study),
        classes="" if study.class_effects is None else class_words(study.class_effects),
        paper=_paper(study),
        elsewhere=_elsewhere(study),
        trends=[*said.lengths],
        axes=axes,
        crossed=[
            CrossedPart(f"{one.axis.name} × {one.by.name}", crossed_name(places), crossed_words(one))
            for places, one in study.axes.crossed.items()
        ],
        colour_along=_colour_along(study),
        settings_first=all(first is second for first, second in study.folder.grid.planned),
        is_one_cell=len(study.folder.grid.planned) == 1,
        known=known_words(study.known, study.longest.folder.grid),
        probed=probe_table(study.probes, study.results),
        race=[] if study.folder.race is None else race_table(study.folder.race, study.folder.file.grid.rungs),
        colour_trend="" if study.colour_trend is None else colour_trend_words(study.colour_trend),
        lengths=lengths_words(study.lengths) if study.lengths else "",
        length_rows=lengths_table(study.lengths) if study.lengths else [],
        no_labels="" if study.labelled else NO_LABELS,
        worth=[] if study.labelled else _worth(),
        proxies=proxies_sentence(study.proxies, study.results) if study.labelled else "",
        choosers=_choosers(study),
        broken=broken(study.folder.path, _ended(study)),
        details=details(study),
        facts=_facts(study),
        grid=shown_text(study.folder.file),
    )


def state(study: Study) -> str:
    """Say how many jobs are done, under how many seeds, and how many did not end well."""
    planned, ended = len(study.folder.jobs), _ended(study)
    done = sum(is_finished(record) for _, record in ended)
    total = counted(planned, "job")
    jobs = f"{done} of {total} done" if done < planned else f"{total}, all done"
    return " · ".join([jobs, counted(len(study.folder.grid.seeds), "seed"), *ending_counts(ended)])


def _ended(study: Study) -> Records:
    return [*study.records, *study.varied_records]


def _floors(study: Study) -> list[tuple[str, str]]:
    means, weights = baseline_means(study.baselines), weights_of(study.results.attrs)
    return [
        (baseline_words(kind, weights), f"{100 * row['mean']:.1f} %" if row["n"] else str(row["state"]))
        for kind, row in by_name(means).items()
    ]


def _alike(study: Study) -> list[Alike]:
    found, ids = study.validation, anchors(study.results)
    if len(found.seeds) < 2:
        return []
    cells, gaps, tested = by_pair(found.cells), by_pair(found.best), by_pair(study.statistics.cells)
    return [
        Alike(
            ids[pair],
            cell_name(pair),
            _score(cells[pair]),
            "best" if pair == found.leader else f"{100 * gaps[pair]['gap']:.1f}",
            _score(tested[pair]),
        )
        for pair in found.not_distinguishable
    ]


def _score(row: Mapping[str, float]) -> str:
    low, high = (written(100 * row[end], ".1f") for end in ("low", "high"))
    return f"{100 * row['mean']:.1f} ({low} to {high})"


def _drawn(study: Study) -> dict[str, Drawn]:
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


def _paper(study: Study) -> str:
    ranks = study.paper
    if ranks is None:
        return ""
    return (
        "This grid has the seven augmentations of SimCLR's Figure 5 (ImageNet, ResNet-50). Data, encoder and "
        "length of training differ, so compare ranks, not values: Spearman's ρ is "
        f"{_rho(ranks.cells_rho, ranks.cells_interval)} over the 49 cells and "
        f"{_rho(ranks.rows_rho, ranks.rows_interval)} over the row means."
    )


def _rho(rho: float, ends: tuple[float, float]) -> str:
    if isnan(ends[0]):
        return written(rho, ".2f")
    low, high = (written(end, ".2f") for end in ends)
    return f"{written(rho, '.2f')} (95\u00a0% interval over seeds {low} to {high})"


def _elsewhere(study: Study) -> list[Elsewhere]:
    if study.paper is None:
        return []
    ids = anchors(study.results)
    return [
        Elsewhere(
            ids[pair],
            cell_name(pair),
            f"{100 * row['paper']:.1f}",
            f"{row['paper_rank']:g}",
            f"{100 * row['here']:.1f}",
            f"{row['here_rank']:g}",
            " to ".join(dict.fromkeys(f"{row[end]:g}" for end in ("here_rank_low", "here_rank_high"))),
        )
        for pair, row in by_pair(study.paper.disagreeing).items()
    ]


def _worth() -> list[tuple[str, ...]]:
    return [
        (
            one.study,
            f"{100 * one.lost:.1f}",
            f"{100 * one.random:.1f}",
            one.images,
            str(one.epochs),
            str(one.cells),
            "–" if one.rho is None else written(one.rho, ".2f"),
        )
        for one in REFERENCES
    ]


def _choosers(study: Study) -> list[Chooser]:
    if not study.labelled:
        return []
    ids = anchors(study.results)
    # Those that need labels come last, for comparison.
    rows = sorted(rankable(study.proxies), key=lambda row: (row["labels"], -row["rho"]))
    return [
        Chooser(
            score_name(row),
            f"{row['rho']:.2f}".replace("-", "\u2212"),
            f"{100 * row['lost']:.1f}",
            ids[row["first"], row["second"]],
            cell_name((row["first"], row["second"])),
            "–" if isnan(row["p"]) else p_value(row["p"]),
            row["better"],
        )
        for row in rows
    ]


def _axes(study: Study) -> list[AxisPart]:
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


def _colour_along(study: Study) -> list[CrossedPart]:
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


def _facts(study: Study) -> list[tuple[str, str]]:
    ended = _ended(study)
    seconds = [record.seconds.get("total", 0.0) for _, record in ended]
    peaks = [record.peak_memory for _, record in ended if record.peak_memory]
    sizes = study.results.attrs.get("sizes") or {}
    images = ""
    if sizes and study.labelled:
        images = (
            f"{sizes['train']:,} training images ({sizes['validation']:,} of them for validation), "
            f"{sizes['test']:,} test images, {sizes['classes']} classes"
        )
    elif sizes:
        images = f"{sizes['train']:,} images to learn from, {sizes['test']:,} held out; no labels"
    environment = study.folder.environment
    devices = sorted({record.environment.get("device", "") for _, record in ended} - {""})
    facts = [
        ("Data", images),
        ("Shown", _shown(study)),
        ("Classes", class_image_words(environment.classes) if environment.classes else ""),
        ("Seeds", ", ".join(map(str, study.folder.grid.seeds))),
        ("Jobs", f"{len(seconds)}, {fmean(seconds):.1f} s each on average" if seconds else "none yet"),
        ("Cost", f"{duration(sum(seconds))} of job time, shared among workers" if seconds else ""),
        ("Device", ", ".join(devices)),
        ("Peak memory", f"{max(peaks) / 1e6:,.0f} MB in the largest job" if peaks else ""),
        ("Versions", ", ".join(f"{name} {number}" for name, number in environment.versions.items())),
        ("Last run started", f"{environment.started:%Y-%m-%d %H:%M} UTC"),
        ("Data fingerprint", environment.fingerprint),
    ]
    notes = dict.fromkeys(note for _, record in ended for note in record.notes)
    return [(name, value) for name, value in [*facts, *(("Note", note) for note in notes)] if value]


def _shown(study: Study) -> str:
    show = study.folder.grid.data.show
    return f"channels {listed([*map(str, show)])} as red, green and blue" if show else ""
