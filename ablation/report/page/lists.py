"""The small tables of the page, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan

from ablation.grid.baselines import baseline_words, weights_of
from ablation.report.page.table import anchors
from ablation.results.findings.proxies_words import p_value, rankable, score_name
from ablation.results.findings.worth import REFERENCES
from ablation.results.frames.means import baseline_means
from ablation.results.frames.rows import by_name, by_pair
from ablation.results.numbers import cell_name, written
from ablation.results.study import Study


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


def floors(study: Study) -> list[tuple[str, str]]:
    """Name the baselines, each with its accuracy or its state."""
    means, weights = baseline_means(study.baselines), weights_of(study.results.attrs)
    return [
        (baseline_words(kind, weights), f"{100 * row['mean']:.1f} %" if row["n"] else str(row["state"]))
        for kind, row in by_name(means).items()
    ]


def alike(study: Study) -> list[Alike]:
    """List the cells that validation cannot tell from the best."""
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


def elsewhere(study: Study) -> list[Elsewhere]:
    """List the cells that rank elsewhere in the paper."""
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


def worth() -> list[tuple[str, ...]]:
    """List how choices without labels went elsewhere."""
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


def choosers(study: Study) -> list[Chooser]:
    """List the scores to choose by; none without labels."""
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
