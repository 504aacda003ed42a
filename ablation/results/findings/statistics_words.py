"""Statistics as sentences: first the answer, then how certain it is, then what is unknown."""

from collections.abc import Iterator, Sequence

import pandas as pd

from ablation.grid.layout import Pair
from ablation.results.metrics import LABEL_FREE, METRICS
from ablation.results.numbers import cell_name, counted_seeds, duration, percent, points
from ablation.results.statistics.grid import Statistics
from ablation.words import counted

_SHOWN = 6  # names in a list; the frames hold all


def sentences(found: Statistics) -> list[str]:
    """Describe the statistics of a grid, one sentence for each finding.

    Example:
        `print("\\n".join(sentences(ab.statistics(results, baselines))))`
    """
    if found.leader is None:
        return [f"No cell has a {METRICS[found.metric].phrase} yet.", *_gaps(found)]
    best = _highest(found) if _one_seed(found) else _best(found)
    return [*best, *_collapsed(found), *further_sentences(found)]


def further_sentences(found: Statistics) -> list[str]:
    """Describe what the statistics of a grid say beyond which cell is best, one sentence for each finding."""
    if found.leader is None:
        return _gaps(found)
    told = _images_alone(found) if _one_seed(found) else [*_effects(found), _spread(found)]
    return [*told, *_gaps(found)]


def _one_seed(found: Statistics) -> bool:
    return bool(found.cells["low"].isna().all())


def _best(found: Statistics) -> Iterator[str]:
    alike = found.not_distinguishable
    compared = int(found.best["gap"].notna().sum())
    best = found.cells.loc[[alike[0]]].iloc[0]
    which = f"Best of {compared} cells" if compared > 1 else "The only cell"
    interval = f"95 % interval {percent(best['low'])} to {percent(best['high'])}"
    interval = f"95 % interval {percent(best['low'])} to {percent(best['high'])}"
    covered = "seeds and images" if found.covers_images else "seeds alone"
    yield (
        f"{which} by {_chosen_by(found)}: {_reached(found, alike[0])} ({interval} over {covered}; "
        f"{counted_seeds(len(found.seeds))})."
    )
    if compared == 1:
        return
    if len(alike) == 1:
        others = "The other cell is" if compared == 2 else f"All {compared - 1} other cells are"
        yield f"{others} significantly worse, corrected for {compared} cells."
    elif len(alike) == compared:
        yield f"No other cell is distinguishable from the best, corrected for {compared} cells."
    else:
        others = _few(map(cell_name, alike[1:]))
        yield f"Not distinguishable from the best, corrected for {compared} cells: {others}."


def _effects(found: Statistics) -> Iterator[str]:
    for one, several, frame in (
        ("order effect", "order effects", found.orders),
        ("effect of adding an augmentation", "effects of adding an augmentation to others", found.mains),
    ):
        compared = frame[frame["p"].notna()]
        clear = compared[compared["p"] < 0.05]
        listed = [
            f"{_label(index)} {points(row['effect'])} ({points(row['low'])} to {points(row['high'])})"
            for index, row in clear.iterrows()
        ]
        corrected = f"corrected for {counted(len(compared), 'comparison')}"
        if len(clear):
            yield f"Significant {several}, in points, {corrected}: {_few(listed)}."
        elif len(compared):
            yield f"No {one} is statistically distinguishable from zero, {corrected}."


def _spread(found: Statistics) -> str:
    spread = found.spread
    return (
        f"Standard deviations in points: {_size(spread.seeds)} between seeds (shared by all cells, so it "
        f"cancels out of differences), {_size(spread.residual)} between seeds of one cell beyond that, "
        f"{_size(spread.images)} between samples of images."
    )


def _chosen_by(found: Statistics) -> str:
    assert found.chosen is not None
    return METRICS[found.chosen.metric].phrase


def _reached(found: Statistics, pair: Pair) -> str:
    assert found.chosen is not None
    score = percent(float(found.cells["mean"].loc[[pair]].iloc[0]))
    other = found.chosen.metric != found.metric
    return f"{cell_name(pair)}, {METRICS[found.metric].phrase + ' ' if other else ''}{score}"


def _highest(found: Statistics) -> Iterator[str]:
    assert found.leader is not None
    yield (
        f"Highest by {_chosen_by(found)}: {_reached(found, found.leader)}. "
        f"{counted_seeds(len(found.seeds))} cannot tell how much the results vary between seeds, so there "
        "are no intervals, and no cell is called better."
    )
    if found.seconds_a_seed:
        cost = duration(max(1, 3 - len(found.seeds)) * found.seconds_a_seed)
        yield (
            f"Three seeds (--seeds 3) would take about {cost} of job time more, shared among workers, "
            "judging by the jobs so far."
        )


def _images_alone(found: Statistics) -> Iterator[str]:
    leader = found.leader
    gaps = found.best["gap"].drop(index=[leader])
    if found.covers_images:
        errors = found.best["se_images"].drop(index=[leader])
        within = int((gaps.abs() <= 2 * errors).sum())
        others = counted(int(gaps.notna().sum()), "other cell")
        yield (
            f"The images alone give a cell a standard error of {_size(found.spread.images)} points: "
            f"{within} of {others} {'is' if within == 1 else 'are'} within two standard errors of the "
            "difference from the best, and variation between seeds comes on top."
        )


def _collapsed(found: Statistics) -> list[str]:
    names = [cell_name(cell) for cell in found.cells.index[found.cells["state"] == "collapsed"]]
    and_so = "so that they are not chosen" if found.metric in LABEL_FREE else "but included with their scores"
    return [f"Collapsed, {and_so}: {_few(names)}."] if names else []


def _gaps(found: Statistics) -> list[str]:
    return [f"Without a result: {_few(found.gaps, '; ')}."] if found.gaps else []


def _few(names: "Sequence[str] | Iterator[str]", between: str = ", ") -> str:
    listed = list(names)
    more = f"{between}and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return between.join(listed[:_SHOWN]) + more


def _label(index: object) -> str:
    return cell_name((str(index[0]), str(index[1]))) if isinstance(index, tuple) else str(index)


def _size(fraction: float) -> str:
    return "unknown" if pd.isna(fraction) else f"{100 * fraction:.1f}"
