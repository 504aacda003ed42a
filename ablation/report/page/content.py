"""What the page says, gathered; the templates only lay it out."""

from dataclasses import dataclass
from math import isnan

from ablation.grid.file.shared import shown_text
from ablation.report import caption as words
from ablation.report.page.answer import recommended
from ablation.report.page.details import Details, details
from ablation.report.page.facts import all_ended, facts
from ablation.report.page.figures import Drawn, drawn
from ablation.report.page.lists import Alike, Chooser, Elsewhere, alike, choosers, elsewhere, floors, worth
from ablation.report.page.settings import AxisPart, CrossedPart, axis_parts, colour_parts, crossed_parts
from ablation.report.page.table import HeatTable, accuracy_table, leak_table
from ablation.report.plots.lengths import lengths_table, lengths_words
from ablation.results.findings.class_words import class_words
from ablation.results.findings.known import known_words
from ablation.results.findings.probed import ProbeTable, probe_table
from ablation.results.findings.proxies_words import proxies_sentence
from ablation.results.findings.race_words import RungRow, race_table
from ablation.results.findings.statistics_words import further_sentences
from ablation.results.findings.trend_words import colour_trend_words
from ablation.results.numbers import written
from ablation.results.stored.cells import is_finished
from ablation.results.stored.endings import Broken, broken, ending_counts, ending_words
from ablation.results.study import Study
from ablation.words import counted


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
    said, axes = recommended(study), axis_parts(study)
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
            *ending_words(pair for pair in all_ended(study) if pair[1].error is None),
        ],
        protocol=". ".join(
            text[0].upper() + text[1:]
            for text in (words.protocol(grid), words.recipe(grid), words.unpublished(grid))
            if text
        ),
        accuracy=accuracy_table(study.results, study.baselines, study.statistics),
        leak=leak_table(study.results),
        floors=floors(study),
        alike=alike(study),
        drawn=drawn(study),
        classes="" if study.class_effects is None else class_words(study.class_effects),
        paper=_paper(study),
        elsewhere=elsewhere(study),
        trends=[*said.lengths],
        axes=axes,
        crossed=crossed_parts(study),
        colour_along=colour_parts(study),
        settings_first=all(first is second for first, second in study.folder.grid.planned),
        is_one_cell=len(study.folder.grid.planned) == 1,
        known=known_words(study.known, study.longest.folder.grid),
        probed=probe_table(study.probes, study.results),
        race=[] if study.folder.race is None else race_table(study.folder.race, study.folder.file.grid.rungs),
        colour_trend="" if study.colour_trend is None else colour_trend_words(study.colour_trend),
        lengths=lengths_words(study.lengths) if study.lengths else "",
        length_rows=lengths_table(study.lengths) if study.lengths else [],
        no_labels="" if study.labelled else NO_LABELS,
        worth=[] if study.labelled else worth(),
        proxies=proxies_sentence(study.proxies, study.results) if study.labelled else "",
        choosers=choosers(study),
        broken=broken(study.folder.path, all_ended(study)),
        details=details(study),
        facts=facts(study),
        grid=shown_text(study.folder.file),
    )


def state(study: Study) -> str:
    """Say how many jobs are done, under how many seeds, and how many did not end well."""
    planned, ended = len(study.folder.jobs), all_ended(study)
    done = sum(is_finished(record) for _, record in ended)
    total = counted(planned, "job")
    jobs = f"{done} of {total} done" if done < planned else f"{total}, all done"
    return " · ".join([jobs, counted(len(study.folder.grid.seeds), "seed"), *ending_counts(ended)])


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
