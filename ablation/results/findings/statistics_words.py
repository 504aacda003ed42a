"""Statistics as sentences: the answer first, then how sure it is, then what is not known."""

from collections.abc import Iterator, Sequence

import pandas as pd

from ablation.results.metrics import METRICS
from ablation.results.numbers import cell_name, counted_seeds, duration, percent, points
from ablation.results.statistics.grid import Statistics

_SHOWN = 6  # names in a list; the frames hold all


def sentences(found: Statistics) -> list[str]:
    """Say what the statistics of a grid tell, a sentence for each finding.

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
    which = f"Best of {compared} cells" if compared > 1 else "The one cell"
    yield (
        f"{which} by {METRICS[found.metric].phrase}: {cell_name(alike[0])}, "
        f"{percent(best['mean'])} (95 % {percent(best['low'])} to {percent(best['high'])}, "
        f"{counted_seeds(len(found.seeds))}, "
        f"{'other images counted in' if found.covers_images else 'for these images'})."
    )
    if compared == 1:
        return
    if len(alike) == 1:
        yield f"All {compared - 1} others are worse, corrected for their number."
    elif len(alike) == compared:
        yield "No other cell is distinguishable from it, corrected for their number."
    else:
        others = _few(map(cell_name, alike[1:]))
        yield f"Not distinguishable from it, corrected for {compared} cells: {others}."


def _effects(found: Statistics) -> Iterator[str]:
    for name, frame, none in (
        ("Order matters", found.orders, "No order effect is distinguishable from 0"),
        ("Added to others", found.mains, "No augmentation's effect on others is distinguishable from 0"),
    ):
        compared = frame[frame["p"].notna()]
        clear = compared[compared["p"] < 0.05]
        listed = [
            f"{_label(index)} {points(row['effect'])} ({points(row['low'])} to {points(row['high'])})"
            for index, row in clear.iterrows()
        ]
        if len(clear):
            yield f"{name}, in points, corrected for {len(compared)}: {_few(listed)}."
        elif len(compared):
            yield f"{none}, corrected for {len(compared)}."


def _spread(found: Statistics) -> str:
    spread = found.spread
    images = f"; of the images {_size(spread.images)}" if found.covers_images else "; of the images not known"
    return (
        f"Standard deviations in points: seeds {_size(spread.seeds)} (shared by all cells, no part of "
        f"differences), a cell over seeds beyond that {_size(spread.residual)}{images}."
    )


def _one_seed(found: Statistics) -> Iterator[str]:
    leader = found.leader
    assert leader is not None
    gaps = found.best["gap"].drop(index=[leader])
    highest = percent(found.cells["mean"].max())
    yield (
        f"Highest by {METRICS[found.metric].phrase}: {cell_name(leader)}, {highest}. "
        f"{counted_seeds(len(found.seeds))} cannot tell how much another seed would change: no interval, and "
        "no cell is called better."
    )
    if found.covers_images:
        errors = found.best["se_images"].drop(index=[leader])
        within = int((gaps <= 2 * errors).sum())
        yield (
            f"The images alone give a cell a standard error of {_size(found.spread.images)} points; "
            f"of {int(gaps.notna().sum())} others {within} within two standard errors of the difference, and "
            "seeds come on top of it."
        )
    if found.seconds_a_seed:
        cost = duration(max(1, 3 - len(found.seeds)) * found.seconds_a_seed)
        yield f"Three seeds (--seeds 3) take {cost} of jobs more, shared among workers, by the times so far."


def _collapsed(found: Statistics) -> list[str]:
    names = [cell_name(cell) for cell in found.cells.index[found.cells["state"] == "collapsed"]]
    return [f"Collapsed, and counted with the number they have: {_few(names)}."] if names else []


def _gaps(found: Statistics) -> list[str]:
    return [f"Without a number: {_few(found.gaps, '; ')}."] if found.gaps else []


def _few(names: "Sequence[str] | Iterator[str]", between: str = ", ") -> str:
    listed = list(names)
    more = f"{between}and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return between.join(listed[:_SHOWN]) + more


def _label(index: object) -> str:
    return cell_name((str(index[0]), str(index[1]))) if isinstance(index, tuple) else str(index)


def _size(fraction: float) -> str:
    return "unknown" if pd.isna(fraction) else f"{100 * fraction:.1f}"
