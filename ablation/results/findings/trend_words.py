"""How an answer changes with the length of the jobs, as sentences."""

from typing import Any, cast

import pandas as pd

from ablation.grid.layout import Pair
from ablation.grid.models import Grid
from ablation.results.findings.colour_trend import Change, ColourTrend, LengthEffect
from ablation.results.numbers import cell_name, counted_seeds, points
from ablation.words import counted, listed

_NAMED = 3  # lengths or leaders that a sentence names


def opposed_words(trend: ColourTrend) -> str:
    """Say in a sentence what the two lengths say that contradict each other.

    Raises:
        ValueError: none do.
    """
    if trend.opposed is None:
        raise ValueError("no two lengths contradict each other")
    by_epochs = {one.epochs: one for one in trend.lengths}
    return (
        f"distortion {_did(by_epochs[trend.opposed.shorter])} in jobs of "
        f"{counted(trend.opposed.shorter, 'epoch')} and {_did(by_epochs[trend.opposed.longer])} in jobs of "
        f"{trend.opposed.longer}"
    )


def colour_trend_words(trend: ColourTrend) -> str:
    """Say what colour distortion changes at the shortest and the longest length, and whether that settles."""
    first, last = trend.lengths[0], trend.lengths[-1]
    told = len(trend.seeds) > 1 and len({one.word for one in trend.lengths}) > 1
    words = (f" ({first.word})", f" ({last.word})") if told else ("", "")
    few = len(trend.beside) <= _NAMED
    beside = listed(trend.beside) if few else counted(len(trend.beside), "augmentation")
    left_out = f" Left out because of gaps: {', '.join(trend.left_out)}." if trend.left_out else ""
    start, end = counted(first.epochs, "epoch"), settled_words(trend)
    return (
        f"With the same cells at each length (beside {beside}; {counted_seeds(len(trend.seeds))}), "
        f"distortion {_did(first)} at {start}{words[0]} and {_did(last)} at {last.epochs}{words[1]}. "
        f"{end}{left_out}"
    )


def settled_words(trend: ColourTrend, what: str = "it") -> str:
    """Say whether the effect of colour distortion, called `what`, still changes with the epochs."""
    last = trend.last
    if len(trend.seeds) == 1:
        return f"One seed cannot tell whether {what} has settled with the epochs."
    step = f"from {last.shorter} to {last.longer} epochs {_change(last)}"
    subject = what[0].upper() + what[1:]
    if trend.moves:
        return f"{subject} has not settled ({step}): run longer."
    if trend.moves is False:
        return f"{subject} has settled to within a point ({step})."
    return f"It is not clear yet whether {what} has settled ({step})."


def length_words(trends: pd.DataFrame, grid: Grid, told: int) -> tuple[str, ...]:
    """Say which policy led at each length, and how far what led before lies behind at the longest.

    Args:
        trends: from `trend_frame`.
        grid: whose cells they are.
        told: the epochs of what is recommended.
    """
    if trends.empty:
        return ()
    leaders = {int(row["epochs"]): _pair(row) for row in _rows(trends[trends["leader"]])}
    lengths, own = [*leaders], grid.pretrain.epochs
    longest = {_pair(row): row for row in _rows(trends[trends["epochs"] == lengths[-1]])}
    every, seeds = {_pair(row) for row in _rows(trends)}, int(trends["n"].max())
    among = (
        f"the {counted(len(longest), 'cell')} run at the longest length"
        if len(every) == len(longest)
        else f"the {counted(len(every), 'cell')} run at two lengths or more"
    )
    by_leader = {
        pair: [str(epochs) for epochs in lengths if leaders[epochs] == pair]
        for pair in dict.fromkeys(leaders.values())
    }
    led = [
        f"{cell_name(pair)} leads at {listed(at)} {'epoch' if at == ['1'] else 'epochs'}"
        for pair, at in by_leader.items()
    ]
    named = (
        listed(led)
        if len(led) <= _NAMED
        else f"{len(led)} cells lead in turn, {cell_name(leaders[lengths[-1]])} at the longest length"
    )
    said = []
    if told != own:
        said.append(
            f"This is the answer of {told} epochs, the longest of {len(lengths)} lengths; heatmaps and "
            f"effects are of {own} epochs."
        )
    elif lengths[-1] > own:
        said.append(
            f"Not all cells were run longer with all seeds, so this is the answer of {counted(own, 'epoch')}."
        )
    if len(led) == 1:
        at = listed([str(epochs) for epochs in lengths])
        said.append(
            f"Among {among}, {cell_name(leaders[lengths[-1]])} always leads "
            f"({at} epochs; {counted_seeds(seeds)})."
        )
    else:
        before = leaders[lengths[-2]]
        end = _since(longest, [pair for pair in by_leader if pair != leaders[lengths[-1]]], before, seeds)
        said.append(f"Among {among}, {named} ({counted_seeds(seeds)}). {end}")
    return tuple(said)


def _since(longest: dict[Pair, dict[str, Any]], led: list[Pair], before: Pair, seeds: int) -> str:
    """Say whether what led at shorter lengths is as good at the longest."""
    if seeds == 1:
        return "One seed cannot tell whether that is luck."
    gone = [cell_name(pair) for pair in led if pair not in longest]
    there = [pair for pair in led if pair in longest]
    behind = [pair for pair in there if longest[pair]["distinguishable"] is True]
    left = f"{listed(gone)} did not run that long." if gone else ""
    if not there:
        return left
    if not behind:
        told = (
            "At the longest, what led before and ran as long" if gone else "At the longest, what led before"
        )
        return f"{told} is not distinguishable from the best. {left}".strip()
    overtaken = before if before in behind else behind[0]
    row = longest[overtaken]
    gap = f"{points(-row['gap'])} points ({points(-row['high'])} to {points(-row['low'])})"
    moving = (
        " It led at the length before, so this has not settled: run longer." if before == overtaken else ""
    )
    return f"At the longest, {cell_name(overtaken)} is {gap} from the best.{moving} {left}".strip()


def _pair(row: dict[str, Any]) -> Pair:
    return str(row["first"]), str(row["second"])


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", frame.to_dict("records"))


def _did(one: LengthEffect) -> str:
    value = f"{abs(100 * one.effect):.1f} points"
    return f"{'gains' if one.effect >= 0 else 'costs'} {value}"


def _change(change: Change) -> str:
    if change.interval is None:
        return f"{points(change.change)} points"
    return f"{points(change.change)} points, {points(change.interval[0])} to {points(change.interval[1])}"
