"""The dose-response of a grid's sweeps as sentences, and which strengths to sweep next."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from ablation.results.findings.dose_choices import DoseChoice, Row, choose_doses
from ablation.results.findings.doses import WITHOUT
from ablation.results.findings.sweeps import SweepToTry
from ablation.results.metrics import METRICS
from ablation.results.numbers import counted_seeds, duration, points
from ablation.words import counted

_SHOWN = 4  # partners in a sentence; the frame has all


def dose_words(doses: pd.DataFrame, to_try: Sequence[SweepToTry] = ()) -> list[str]:
    """Say which dose each sweep of a grid speaks for, then which strengths to sweep next.

    Of `to_try`, a sweep of colour distortion and one other are told.

    Args:
        doses: from `dose_frame`.
        to_try: from `sweeps_to_try`.

    Example:
        `print("\\n".join(dose_words(study.doses, study.sweeps_to_try)))`
    """
    told = [sentence for choice in choose_doses(doses) for sentence in _choice(choice, doses.attrs)]
    firsts = [next((one for one in to_try if one.color is color), None) for color in (True, False)]
    return [*told, *(_suggestion(one) for one in firsts if one is not None)]


def _choice(choice: DoseChoice, known: Mapping[Any, Any]) -> Iterator[str]:
    epochs = counted(known["grid"]["pretrain"]["epochs"], "epoch")
    metric = METRICS[known["metric"]].phrase
    if choice.one_seed:
        yield (
            f"One seed cannot tell values of {choice.entry} {choice.parameter} apart: "
            f"{_at(choice, choice.best)} has the highest {metric} at {epochs}, by luck or not. "
            "Run three (--seeds 3)."
        )
        return
    yield _best(choice, metric, epochs)
    yield from _alike(choice)
    yield from _otherwise(choice)
    if choice.further is not None:
        way = "stronger" if choice.best is choice.rows[-1] else "weaker"
        yield f"That is the end of the sweep: {way} values, such as {choice.further:g}, were not tried."
    yield from _leak(choice)
    if choice.best["left_out"]:
        yield f"Left out because of gaps: {choice.best['left_out']}."
    yield (
        f"These are jobs of {epochs}. What colour distortion adds tends to grow with their length: compare "
        "them again, the strongest too, before long training."
        if choice.color
        else f"These are jobs of {epochs}; in longer training another value may be best."
    )


def _best(choice: DoseChoice, metric: str, epochs: str) -> str:
    best, first = choice.best, choice.rows[0]
    names = best["partners"].split(", ")
    beside = f" beside {_listed(names) if len(names) <= _SHOWN else f'{len(names)} others'}," * bool(names[0])
    doses = [f"{row['strength']:g}" for row in choice.rows if row["augmentation"] != WITHOUT]
    of = _listed([*doses, f"no {choice.entry}"] if first["augmentation"] == WITHOUT else doses)
    gain = ""
    if best is not first:
        interval = f"95 % interval {points(best['low'])} to {points(best['high'])}"
        gain = f": {points(best['effect'])} points over {_at(choice, first)} ({interval})"
    return (
        f"Of {choice.entry} {choice.parameter} {of},{beside} {_at(choice, best)} has the highest {metric} "
        f"({epochs}, {counted_seeds(int(best['seeds']))}){gain}."
    )


def _alike(choice: DoseChoice) -> Iterator[str]:
    others = [row for row in choice.alike if row is not choice.best]
    corrected = ", corrected for their number" if len(choice.rows) > 2 else ""
    if others:
        listed = _listed([_at(choice, row) for row in others])
        yield f"Not distinguishable from it{corrected}: {listed}."
    else:
        yield f"All the others are significantly worse{corrected}."
    if choice.named is None:
        yield f"So this sweep does not show that {choice.entry} helps at any of these values."
    elif others:
        yield f"Take {_at(choice, choice.named)}, the weakest of these: it changes the images least."


def _otherwise(choice: DoseChoice) -> Iterator[str]:
    if choice.named is not None and choice.otherwise:
        where = [f"beside {partner}, where {_at(choice, row)} is best" for partner, row in choice.otherwise]
        yield f"But {_at(choice, choice.named)} is significantly worse {_listed(where)}."


def _leak(choice: DoseChoice) -> Iterator[str]:
    first, named = choice.rows[0], choice.named
    if named is None or named is first or pd.isna(named["leak_bits"]):
        return
    yield (
        f"Colour leak: {first['leak_bits']:.2f} bits with {_at(choice, first)}, "
        f"{named['leak_bits']:.2f} with {_at(choice, named)}."
    )


def _at(choice: DoseChoice, row: Row) -> str:
    return f"no {choice.entry}" if row["augmentation"] == WITHOUT else f"{row['strength']:g}"


def _suggestion(one: SweepToTry) -> str:
    why = (
        f"{one.entry} is neither clearly good nor clearly bad at {one.parameter} {one.value:g}; a sweep "
        "tells which dose to take"
        if one.color
        else f"The effect of {one.entry} cannot be told from zero at {one.parameter} {one.value:g}; its dose "
        "can be swept, too"
    )
    lines = " and ".join(f"`{line}`" for line in one.text.splitlines())
    shown = f" The heatmap then has only pairs with {one.partner}; the others stay stored." * one.fewer_pairs
    time = f", about {duration(one.seconds)} of job time" if one.seconds else ""
    cost = f"{counted(one.jobs, 'more job')}{time}"
    return f"{why}. Write {lines} in the grid file and run it again: {cost}.{shown}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
