"""The details of one cell: its numbers, curves, views, classes and neighbours."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ablation.errors import ResultsError
from ablation.files import read_file
from ablation.grid.layout import Pair
from ablation.report.page.images import data_uri, sprite
from ablation.report.page.sparklines import Sparkline, sparklines
from ablation.report.page.table import anchors
from ablation.results.frames.rows import by_pair
from ablation.results.metrics import METRICS
from ablation.results.numbers import cell_name, percent, points, written
from ablation.results.stored.arrays import CellArrays
from ablation.results.stored.endings import Broken, broken
from ablation.results.stored.paths import MAPS, map_file
from ablation.results.stored.pictures import QUERIES, Pictures, class_names
from ablation.results.stored.record import Record, Records
from ablation.results.stored.within import within
from ablation.results.study import Study
from ablation.words import counted

_TABLE = 12  # classes whose confusion is a table; of more, the commonest errors are listed
_ERRORS = 10
_VIEWS = 8
_MAP = 8 << 20  # bytes of a map


@dataclass(frozen=True)
class Run:
    """The scores of one seed, in percent and bits; "–" where there is none."""

    seed: int
    outcome: str
    numbers: tuple[str, ...]  # as `run_columns` says


@dataclass(frozen=True)
class Picture:
    """An image within the page."""

    uri: str
    alt: str
    width: int  # of the image at the size it is shown, in CSS pixels


@dataclass(frozen=True)
class Classes:
    """How well each class is recognised, over all seeds, and what it is taken for."""

    names: list[str]
    recall: list[float]  # in percent
    confusion: list[list[float]]  # rows are the truth, in percent of it; empty for many classes
    errors: list[tuple[str, str, float]]  # the commonest: truth, taken for, percent of the truth


@dataclass(frozen=True)
class Details:
    """One cell as the page shows it."""

    anchor: str
    label: str
    summary: list[str]
    runs: list[Run]
    curves: list[Sparkline]
    views: Picture | None
    classes: Classes | None
    neighbours: Picture | None
    neighbours_words: str
    map: Picture | None  # of h, if somebody drew it
    map_words: str
    failures: list[Broken]


def run_columns(labelled: bool) -> tuple[str, ...]:
    """Name the numbers of a run."""
    scores = ("test top-1", "validation", "kNN", "balanced") if labelled else ("rotation top-1",)
    return (*scores, "leak, bits", "seconds")


def details(study: Study) -> list[Details]:
    """Gather the details of every cell, in the order of the heatmap."""
    by_cell: dict[Pair, Records] = {}
    for cell, record in study.records:
        if cell.first is not None and cell.second is not None:
            by_cell.setdefault((cell.first.name, cell.second.name), []).append((cell, record))
    return [
        _details(study, pair, anchor, by_cell.get(pair, []))
        for pair, anchor in anchors(study.results).items()
    ]


def _details(study: Study, pair: Pair, anchor: str, runs: Records) -> Details:
    stored = [
        (cell.seed, study.arrays(record.id))
        for cell, record in runs
        if record.arrays is not None and record.scored
    ]
    first = next((arrays for seed, arrays in stored if seed == study.folder.grid.seeds[0]), None)
    neighbours, words = _neighbours(first, study.pictures)
    return Details(
        anchor,
        cell_name(pair),
        _summary(study, pair),
        [_run(record, study.labelled) for _, record in runs],
        sparklines([record.epochs for _, record in runs]),
        _views(first, study),
        _classes([arrays for _, arrays in stored], study.pictures) if study.labelled else None,
        neighbours,
        words,
        *_map(study, runs),
        broken(study.folder.path, runs),
    )


def _map(study: Study, runs: Records) -> tuple[Picture | None, str]:
    """Return the map of the first seed that has one, or why it cannot be shown."""
    for _, record in runs:
        file = map_file(study.folder.path, record.id)
        if file.is_symlink() or not file.exists():
            continue
        try:
            content = read_file(within(study.folder.path, file), _MAP)
            with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
                width = image.width // 2  # it is drawn for screens of twice as many pixels
        except (OSError, ResultsError):
            return None, f"{MAPS}/{file.name} cannot be read; draw it again with ablation map."
        return Picture(data_uri("image/png", content), "test images laid out by h", width), ""
    return None, ""


def _summary(study: Study, pair: Pair) -> list[str]:
    found = study.statistics
    cells = by_pair(found.cells)
    cell, gap = cells[pair], by_pair(study.validation.best)[pair]
    if not cell["n"]:
        return [f"No result: {cell['state']}."]
    known = np.isfinite(cell["low"])
    interval = (
        f" (95 % interval {written(100 * cell['low'], '.1f')} to {percent(cell['high'])})" if known else ""
    )
    below = f"{100 * gap['gap']:.1f} points below the best" + " on validation" * study.labelled
    lines = [f"{100 * cell['mean']:.1f} % {METRICS[found.metric].phrase}{interval}"]
    if pair == found.leader:
        lines.append("the best of the grid" + ", chosen on validation" * study.labelled)
    elif np.isfinite(gap["p"]):
        alike = "distinguishable from" if gap["distinguishable"] else "not distinguishable from"
        lines.append(f"{below}, {alike} it")
    elif np.isfinite(gap["gap"]):
        lines.append(below)
    other = (pair[1], pair[0])
    if other != pair and other in cells and cells[other]["n"]:
        lines.append(f"{points(cell['mean'] - cells[other]['mean'])} points compared with {cell_name(other)}")
    return lines


def _run(record: Record, labelled: bool) -> Run:
    scores, leak, free = record.scores, (record.leak or {}).get("joint"), record.label_free
    fractions: list[float | None] = [None] * 4
    if not labelled:
        fractions = [free.rotation_top1 if free else None]
    elif scores:
        fractions = [scores.linear_top1, scores.linear_top1_val, scores.knn_top1, scores.linear_balanced]
    numbers = [
        *("–" if value is None else f"{100 * value:.1f}" for value in fractions),
        f"{leak.bits:.2f}" if leak else "–",
        f"{record.seconds.get('total', 0):.0f}",
    ]
    return Run(record.seed or 0, record.outcome, tuple(numbers))


def _views(arrays: CellArrays | None, study: Study) -> Picture | None:
    if arrays is None or not len(arrays.views):
        return None
    views = arrays.views[:_VIEWS].swapaxes(0, 1)  # (2, P, 3, S, S)
    one_branch = study.folder.grid.views.branches == "one"
    branches = "the augmented view above, the other below" if one_branch else "both augmented"
    classes = class_names(study.pictures, arrays.view_labels[:_VIEWS])
    of = f" (from left to right: {', '.join(classes)})" if classes else ""
    return Picture(
        sprite(views), f"{counted(views.shape[1], 'pair')} of views: {branches}{of}", 44 * views.shape[1]
    )


def _classes(stored: Sequence[CellArrays], pictures: Pictures | None) -> Classes | None:
    if not stored:
        return None
    truth = np.concatenate([arrays.labels for arrays in stored]).astype(int)
    taken = np.concatenate([arrays.predictions for arrays in stored]).astype(int)
    count = int(max(truth.max(), taken.max())) + 1
    confusion = np.zeros((count, count))
    np.add.at(confusion, (truth, taken), 1)
    totals = confusion.sum(axis=1, keepdims=True)
    share = 100 * confusion / np.maximum(totals, 1)
    names = class_names(pictures, range(count))
    wrong = share - np.diag(np.diag(share))
    order = np.argsort(-wrong, axis=None, kind="stable")[:_ERRORS]
    pairs = [divmod(int(place), count) for place in order if wrong.flat[place] > 0]
    return Classes(
        names,
        [float(value) for value in np.diag(share)],
        share.tolist() if count <= _TABLE else [],
        [(names[i], names[j], float(wrong[i, j])) for i, j in pairs],
    )


def _neighbours(arrays: CellArrays | None, pictures: Pictures | None) -> tuple[Picture | None, str]:
    if arrays is None:
        return None, ""
    if pictures is None:
        return None, "These results were stored without pictures. Run the grid again to store them."
    shown = np.column_stack([arrays.queries, arrays.neighbours])[:QUERIES]  # (Q, 6)
    places = pictures.find(shown)
    if places is None or not len(shown):
        return None, "The stored pictures belong to other results. Run the grid again to renew them."
    beside = f"on the left, each with its {shown.shape[1] - 1} nearest neighbours in h"
    if not len(arrays.labels):
        alt = f"{len(shown)} held-out images {beside}"
        return Picture(sprite(pictures.images[places]), alt, 48 * shown.shape[1]), ""
    labels: NDArray[np.uint16] = arrays.labels[shown]
    wrong = labels != labels[:, :1]
    alike, all_ = int((~wrong[:, 1:]).sum()), wrong[:, 1:].size
    words = (
        f"From top to bottom: {', '.join(class_names(pictures, labels[:, 0]))}. "
        f"{alike} of {all_} neighbours have the same class as their query; a cut corner marks the others."
    )
    uri = sprite(pictures.images[places], wrong)
    alt = f"{len(shown)} test images {beside}"
    return Picture(uri, alt, 48 * shown.shape[1]), words
