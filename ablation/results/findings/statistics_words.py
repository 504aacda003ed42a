"""Statistics as sentences: first the answer, then how certain it is, then what is unknown."""

from collections.abc import Iterator, Sequence

import pandas as pd

from ablation.results.metrics import METRICS
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
    one_seed = found.cells["low"].isna().all()
    told = _one_seed(found) if one_seed else [*_best(found), *_effects(found), _spread(found)]
    return [*told, *_collapsed(found), *_gaps(found)]


def _best(found: Statistics) -> Iterator[str]:
    alike = found.not_distinguishable
    compared = int(found.best["gap"].notna().sum())
    best = found.cells.loc[[alike[0]]].iloc[0]
    which = f"Best of {compared} cells" if compared > 1 else "The only cell"
    yield (
        f"{which} by {METRICS[found.metric].phrase}: {cell_name(alike[0])}, "
        f"{percent(best['mean'])} (95 % interval {percent(best['low'])} to {percent(best['high'])} over "
        f"{'seeds and images' if found.covers_images else 'seeds alone'}; {counted_seeds(len(found.seeds))})."
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


def _one_seed(found: Statistics) -> Iterator[str]:
    leader = found.leader
    assert leader is not None
    gaps = found.best["gap"].drop(index=[leader])
    highest = percent(found.cells["mean"].max())
    yield (
        f"Highest by {METRICS[found.metric].phrase}: {cell_name(leader)}, {highest}. "
        f"{counted_seeds(len(found.seeds))} cannot tell how much the results vary between seeds, so there "
        "are no intervals, and no cell is called better."
    )
    if found.covers_images:
        errors = found.best["se_images"].drop(index=[leader])
        within = int((gaps <= 2 * errors).sum())
        others = counted(int(gaps.notna().sum()), "other cell")
        yield (
            f"The images alone give a cell a standard error of {_size(found.spread.images)} points: "
            f"{within} of {others} {'is' if within == 1 else 'are'} within two standard errors of the "
            "difference from the highest, and variation between seeds comes on top."
        )
    if found.seconds_a_seed:
        cost = duration(max(1, 3 - len(found.seeds)) * found.seconds_a_seed)
        yield (
            f"Three seeds (--seeds 3) would take about {cost} of job time more, shared among workers, "
            "judging by the jobs so far."
        )


def _collapsed(found: Statistics) -> list[str]:
    names = [cell_name(cell) for cell in found.cells.index[found.cells["state"] == "collapsed"]]
    return [f"Collapsed, but included with their scores: {_few(names)}."] if names else []


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
