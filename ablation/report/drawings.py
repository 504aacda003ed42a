"""The figures of a report by name: what each is, in words, and how it is drawn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ablation.grid.layout import Pair
from ablation.grid.limits import AXES
from ablation.report.cells import layout
from ablation.report.files import crossed_name
from ablation.report.plots.along import axis_plot
from ablation.report.plots.along_heatmaps import axis_heatmaps, is_a_grid
from ablation.report.plots.along_more import axis_more
from ablation.report.plots.axes import rows_tall
from ablation.report.plots.classes import class_figure
from ablation.report.plots.crossed import crossed_plot
from ablation.report.plots.curves import convergence_plot, curves_size
from ablation.report.plots.effects import effects_size, main_effects_plot, order_effects_plot
from ablation.report.plots.known import known_figure
from ablation.report.plots.leak_figures import cells_with_distances, leak_figures, scatter_figure
from ablation.report.plots.lengths import SIZE, lengths_plot
from ablation.report.plots.paper import paper_plot
from ablation.report.plots.probe_ranks import probe_ranks_plot, ranks_tall
from ablation.report.plots.sizes import sizes_plot
from ablation.report.plots.strength import strength_figure
from ablation.report.plots.trends import colour_trend_plot, trend_plot
from ablation.report.sheets.stored import histograms_figure, operations_figure
from ablation.results.findings.along import Along
from ablation.results.findings.crossed import Crossed
from ablation.results.findings.probe_ranks import probe_ranks
from ablation.results.frames.probes import scored_probes
from ablation.results.metrics import METRICS
from ablation.results.study import Study


@dataclass(frozen=True)
class Drawing:
    """How a figure is drawn: None where the grid lacks what it shows. Photographs make poor vectors."""

    draw: Callable[[Study], Figure | None]
    alt: str = ""  # for those who cannot see it
    raster: bool = False
    on_page: bool = True  # the others are drawn on request only
    narrow: Callable[[Study], Figure | None] | None = None  # for the page on a phone, where it differs


_PHONE = 3.7  # inches: as wide as a phone, when letters have the size of those of the page


def _plain(size: tuple[float, float], draw: Callable[[Axes], Axes]) -> Figure:
    figure = Figure(figsize=size, layout="compressed")
    FigureCanvasAgg(figure)
    draw(figure.subplots())
    return figure


def _of(study: Study) -> str:
    return "accuracy" if study.labelled else METRICS[study.reported].phrase


def _mains(study: Study, width: float = 6.4) -> Figure | None:
    mains = study.statistics.mains
    if mains["effect"].isna().all():
        return None
    return _plain(effects_size(len(mains), width), lambda ax: main_effects_plot(mains, ax, _of(study)))


def _orders(study: Study, width: float = 6.4) -> Figure | None:
    orders = study.statistics.orders
    if orders["effect"].isna().all():
        return None
    return _plain(effects_size(len(orders), width), lambda ax: order_effects_plot(orders, ax, _of(study)))


def _classes(study: Study) -> Figure | None:
    found = study.class_effects
    if found is None or found.frame["effect"].isna().all():
        return None
    return class_figure(found.frame)


def _scatter(study: Study, size: tuple[float, float] = (6.8, 5.4)) -> Figure | None:
    if study.results["leak_bits"].isna().all() or study.results[study.reported].isna().all():
        return None
    if not study.labelled:
        return None
    if len(study.folder.grid.planned) < 2:
        return None
    return scatter_figure(study.results, study.judgement.explained, size)


def _lengths(study: Study, size: tuple[float, float] = SIZE) -> Figure | None:
    found, own = study.lengths, study.folder.grid.pretrain.epochs
    return None if found is None else _plain(size, lambda ax: lengths_plot(found, own, ax))


def _trends(study: Study, size: tuple[float, float] = SIZE) -> Figure | None:
    found = study.trends
    return None if found.empty else _plain(size, lambda ax: trend_plot(found, ax))


def _colour_trend(study: Study, size: tuple[float, float] = SIZE) -> Figure | None:
    found = study.colour_trend
    return None if found is None else _plain(size, lambda ax: colour_trend_plot(found.frame, ax))


def _axis(study: Study, k: int, size: tuple[float, float] = SIZE) -> Figure | None:
    found = _kth(study, k)
    if found is None:
        return None
    return _of_one(found, size)


def _axis_grids(study: Study, k: int, columns: int = 4) -> Figure | None:
    found = _kth(study, k)
    return axis_heatmaps(found, columns) if found and is_a_grid(found) else None


def _axis_more(study: Study, k: int, columns: int = 2) -> Figure | None:
    found = _kth(study, k)
    more = study.axes.more.get(found.axis.name, {}) if found else {}
    if not found or not more:
        return None
    order = found.mean if found.axis.is_number else found.mean.sort_values("mean", ascending=False)
    return axis_more(more, order["value"].tolist(), columns)


def _sizes(study: Study, k: int, size: tuple[float, float] = SIZE) -> Figure | None:
    along = _kth(study, k)
    found = next((one for one in study.axes.sizes if along and one.axis == along.axis), None)
    return None if found is None else _plain(size, lambda ax: sizes_plot(found, ax))


def _crossed(study: Study, axes: tuple[int, int], size: tuple[float, float] = SIZE) -> Figure | None:
    return _of_two(study.axes.crossed.get(axes), size)


def _colour(study: Study, k: int, size: tuple[float, float] = SIZE) -> Figure | None:
    along = _kth(study, k)
    found = study.axes.colour.get(along.axis.name) if along else None
    if found is None:
        return None
    return _of_one(found, size)


def _of_one(found: Along, size: tuple[float, float]) -> Figure:
    tall = 0.0 if found.axis.is_number else rows_tall(found.mean["value"].tolist(), size[0], 0.24)
    tall = max(size[1], 1.4 + tall)  # inches
    return _plain((size[0], tall), lambda ax: axis_plot(found, ax))


def _colour_crossed(study: Study, axes: tuple[int, int], size: tuple[float, float] = SIZE) -> Figure | None:
    return _of_two(study.axes.colour_crossed.get(axes), size)


def _of_two(found: Crossed | None, size: tuple[float, float]) -> Figure | None:
    if found is None:
        return None
    tall = 0.0 if found.axis.is_number else rows_tall(found.values, size[0], 0.36)
    tall = max(size[1], 1.2 + tall)  # inches
    return _plain((size[0], tall), lambda ax: crossed_plot(found, ax))


def _known(study: Study, columns: int = 4) -> Figure | None:
    return None if study.known.empty else known_figure(study.known, columns)


def _probe_ranks(study: Study, width: float = 6.8) -> Figure | None:
    if study.probes.empty or study.results.empty:
        return None
    found = [*probe_ranks(scored_probes(study.probes, study.results), study.results)]
    return (
        _plain((width, ranks_tall(found, width)), lambda ax: probe_ranks_plot(found, ax)) if found else None
    )


def _kth(study: Study, k: int) -> Along | None:
    return next(iter([*study.axes.along.values()][k : k + 1]), None)


def _curves(study: Study) -> Figure | None:
    curves, plan = study.curves, layout(study.results)
    if curves.empty or curves["contrastive_top1"].isna().all():  # of one view there is no partner to find
        return None
    size = curves_size(len(plan.rows), len(plan.columns))
    return _plain(size, lambda ax: convergence_plot(curves, study.results, ax=ax))


def _paper(study: Study, size: tuple[float, float] = (5.8, 5.4)) -> Figure | None:
    ranks = study.paper
    return None if ranks is None else _plain(size, lambda ax: paper_plot(ranks, ax))


def _strength(study: Study) -> Figure | None:
    doses = study.doses
    known = doses[["leak_bits", "effect"]].notna().any(axis=None)
    return strength_figure(doses) if known else None


def _of_leak(name: str) -> Callable[[Study], Figure | None]:
    def draw(study: Study) -> Figure | None:
        if study.results["leak_bits"].isna().all():
            return None
        distances = _distances(study) if name == "distances" else {}
        return leak_figures(
            study.results, distances, study.baselines, study.judgement.sentence, [name], study.statistics
        ).get(name)

    return draw


def _distances(study: Study) -> dict[Pair, NDArray[np.floating]]:
    """Read the distances of the first seed of the cells that are drawn, as far as there are any."""
    results = study.results
    rows = results[results["leak_bits"].notna() & results[study.reported].notna()].astype({"first": object})
    ids = rows.drop_duplicates(["first", "second"]).set_index(["first", "second"])["id"].to_dict()
    wanted = [pair for pair in cells_with_distances(results) if pair in ids]
    return {pair: study.arrays(ids[pair]).distances for pair in wanted}


def _of_axes(
    what: str, draw: Callable[..., Figure | None], words: str, **narrow: object
) -> dict[str, Drawing]:
    return {
        f"axis-{k + 1}{what}": Drawing(partial(draw, k=k), words, narrow=partial(draw, k=k, **narrow))
        for k in range(AXES)
    }


def _of_two_axes(what: str, draw: Callable[..., Figure | None], words: str) -> dict[str, Drawing]:
    return {
        f"{crossed_name(two)}{what}": Drawing(
            partial(draw, axes=two), words, narrow=partial(draw, axes=two, size=(_PHONE, 3.6))
        )
        for two in combinations(range(AXES), 2)
    }


DRAWINGS: Mapping[str, Drawing] = MappingProxyType(
    {
        "main-effects": Drawing(
            _mains,
            "Accuracy that each augmentation adds to the others",
            narrow=lambda study: _mains(study, _PHONE),
        ),
        "order-effects": Drawing(
            _orders,
            "Accuracy that one order of a pair gains over the other",
            narrow=lambda study: _orders(study, _PHONE),
        ),
        "class-effects": Drawing(_classes, "Accuracy that each augmentation adds on each class"),
        "leak-accuracy": Drawing(
            _scatter,
            "Accuracy of every cell against its colour leak",
            narrow=lambda study: _scatter(study, (_PHONE, 4.6)),
        ),
        "operations": Drawing(operations_figure, "Training images under each augmentation", raster=True),
        "histograms": Drawing(histograms_figure, "Crops and their colour histograms", raster=True),
        "paper": Drawing(
            _paper,
            "Ranks of the cells here against their ranks in the paper",
            narrow=lambda study: _paper(study, (_PHONE, 4.0)),
        ),
        "lengths": Drawing(
            _lengths,
            "Rank correlation with the longest jobs, by number of epochs",
            narrow=lambda study: _lengths(study, (_PHONE, 3.4)),
        ),
        "trends": Drawing(
            _trends,
            "Points from the best of each length, by number of epochs",
            narrow=lambda study: _trends(study, (_PHONE, 3.6)),
        ),
        "colour-trend": Drawing(
            _colour_trend,
            "Accuracy gained by colour distortion, by number of epochs",
            narrow=lambda study: _colour_trend(study, (_PHONE, 3.6)),
        ),
        **_of_axes("", _axis, "Accuracy under each value of a setting", size=(_PHONE, 3.6)),
        **_of_axes(
            "-more",
            _axis_more,
            "Leak, use of colour, time and memory under each value of a setting",
            columns=1,
        ),
        **_of_axes(
            "-sizes", _sizes, "Accuracy over the encoder's parameters, by objective", size=(_PHONE, 3.8)
        ),
        **_of_axes("-grids", _axis_grids, "The grid under each value of a setting", columns=1),
        **_of_axes(
            "-colour",
            _colour,
            "Accuracy that colour distortion adds under each value of a setting",
            size=(_PHONE, 3.6),
        ),
        **_of_two_axes("", _crossed, "Accuracy under each value of two settings"),
        **_of_two_axes(
            "-colour",
            _colour_crossed,
            "Accuracy that colour distortion adds under each value of two settings",
        ),
        "curves": Drawing(_curves, "Pretraining curve of every cell"),
        "strength": Drawing(_strength, "Leak and accuracy by the strength of an augmentation"),
        "known": Drawing(
            _known, "What h and z know of each transformation", narrow=partial(_known, columns=1)
        ),
        "probe-ranks": Drawing(
            _probe_ranks,
            "Ranks of the cells under linear evaluation and under each probe",
            narrow=lambda study: _probe_ranks(study, _PHONE),
        ),
        "leak": Drawing(_of_leak("leak"), on_page=False),
        "leak-kinds": Drawing(_of_leak("leak-kinds"), on_page=False),
        "distances": Drawing(_of_leak("distances"), on_page=False),
    }
)
