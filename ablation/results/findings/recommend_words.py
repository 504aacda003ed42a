"""A recommendation as sentences, and as the JSON that other programs read."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from ablation.grid.baselines import baseline_words
from ablation.results.findings.colors import changes_color
from ablation.results.findings.floors import WITHOUT, Floor
from ablation.results.findings.recommend import Choice, Recommendation
from ablation.results.findings.trend_words import opposed_words, settled_words
from ablation.results.findings.verdict import Verdict
from ablation.results.findings.verdict_words import beside_best_words
from ablation.results.findings.worth import worth_words
from ablation.results.metrics import METRICS
from ablation.results.numbers import counted_seeds, duration, percent, points
from ablation.words import counted, listed


def recommendation_words(found: Recommendation) -> list[str]:
    """Say what is recommended, why, and what is unknown, one sentence for each.

    Where the best policy is not above a floor, that comes first, and what to change.

    Example:
        `print("\\n".join(recommendation_words(ab.recommend("results/quick"))))`
    """
    return [*answer_words(found), *_colour(found), *_longer(found), *open_words(found)]


def answer_words(found: Recommendation) -> list[str]:
    """Say what is recommended and how certain that is, and nothing else about the grid."""
    warned = [*_not_above(found), *found.remedies]
    worth = [] if found.labelled else worth_words()
    how = [*_best(found), *worth, *_confirmed(found), *_grown(found)]
    best = [*how, *_tested(found), *_over(found), *_above(found), *_simplest(found)]
    return [*warned, *best, *found.lengths]


def open_words(found: Recommendation) -> list[str]:
    """Say what else to know, and what remains open; nothing where the policy is not above its floors."""
    return [*found.notes, *_open(found)] if found.best.stands else []


def recommendation_json(
    found: Recommendation, chosen: Choice, code: dict[str, str | None] | None
) -> dict[str, Any]:
    """Return a recommendation as plain values, `format` 2.

    Args:
        found: the recommendation.
        chosen: the policy that the code implements.
        code: for `kornia` and `torchvision`, None where a library has no counterpart; None altogether where
            the policy is not above its floors.
    """
    race = found.folder.race
    word = found.verdict.word if isinstance(found.verdict, Verdict) else None
    return {
        "format": 2,
        "study": found.folder.name,
        "metric": found.metric,
        "labels": found.labelled,
        "seeds": found.seeds,
        "cells": found.cells,
        "not_distinguishable": [one.name for one in found.alike] if found.seeds > 1 else None,
        "confirmed": found.confirmed,
        "grown": found.grown,
        "both_branches": found.both_branches,
        "above_floors": found.best.stands if found.best.floors else None,
        "best": _plain(found.best),
        "simplest": None if found.simplest is None else _plain(found.simplest),
        "test": [asdict(one) for one in found.tested],
        "over_kept": [asdict(one) for one in found.over],
        "colour": word,
        "epochs": found.epochs,
        "lengths": [one.epochs for one in found.trend.lengths] if found.trend else [found.epochs],
        "run_longer": found.run_longer,
        "race": None
        if race is None
        else [{"epochs": one.epochs, "cells": len(one.cells)} for one in race.rungs],
        "sentences": recommendation_words(found),
        "code": None if code is None else {"policy": chosen.name, **code},
    }


def _plain(choice: Choice) -> dict[str, Any]:
    steps = [{"name": step.name, **step.operation.model_dump(mode="json")} for step in choice.steps]
    return asdict(choice) | {"steps": steps, "above_floors": choice.stands if choice.floors else None}


def _not_above(found: Recommendation) -> Iterator[str]:
    best = found.best
    failed = [floor for floor in best.floors if not floor.passed]
    if not failed:
        return
    worse = [floor for floor in failed if (floor.gain <= 0 if floor.high is None else floor.high < 0)]
    others = [floor for floor in failed if floor not in worse]
    below = all(floor.gain <= 0 for floor in failed)
    what = "Worse" if worse else "Not better" if below else "Not shown to be better"
    reached = "on validation" if found.labelled else METRICS[found.metric].phrase
    told = f"{what} than {_named(worse or others)}: {best.name} reaches {percent(best.score)} {reached}."
    yield f"{told} Nor is it shown to be better than {_named(others)}." if worse and others else told
    few = "the seeds or the images" if found.seeds > 1 and not worse else "the images"
    yield f"These jobs are too short, or {few} too few, to say which augmentations to use."


def _named(floors: Sequence[Floor]) -> str:
    named = [
        f"{WITHOUT[floor.kind]} ({percent(floor.score)}: {_difference(floor)} points)" for floor in floors
    ]
    return listed(named, "or")


def _best(found: Recommendation) -> Iterator[str]:
    best = found.best
    interval = "" if best.low is None or best.high is None else f" ({_interval(best.low, best.high)})"
    how = "both branches augmented" if found.both_branches else "one branch augmented"
    cells, seeds = counted(found.cells, "cell"), counted_seeds(found.seeds)
    epochs = counted(found.folder.grid.pretrain.epochs, "epoch")
    named = f"Best of {cells}" if best.stands else f"Even so, the best of {cells}"
    score = f"{METRICS[found.metric].phrase} {percent(best.score)}{interval}"
    yield f"{named}: {best.name}, {score}; {seeds}, jobs of {epochs}, {how}."


def _confirmed(found: Recommendation) -> Iterator[str]:
    if found.confirmed:
        yield "Confirmed: these policies were pretrained with both branches augmented, as they will be used."


def _grown(found: Recommendation) -> Iterator[str]:
    if found.grown:
        yield (
            "Grown: the best policies of the pair race got another operation or another strength, and "
            f"raced again with both branches augmented, as they will be used ({found.folder.name})."
        )


def _over(found: Recommendation) -> Iterator[str]:
    gains = [f"{_gain(one.gain, one.low, one.high)} over {one.name}" for one in found.over]
    if gains:
        known = f" (intervals corrected for {counted(found.cells, 'cell')})" if found.seeds > 1 else ""
        yield (f"Its lead on the test split, in points: {listed(gains)}{known}.")


def _tested(found: Recommendation) -> Iterator[str]:
    reached = [
        f"{one.name} reaches {percent(one.score)}"
        + ("" if one.low is None or one.high is None else f" ({_interval(one.low, one.high)})")
        for one in found.tested
    ]
    if reached:
        yield f"On the test split, which played no part in the choice, {' and '.join(reached)}."


def _above(found: Recommendation) -> Iterator[str]:
    floors = found.best.floors
    if not floors:
        yield "The grid has no floors, so nobody knows whether its jobs learnt anything (`baselines`)."
        return
    weights = getattr(found.folder.grid.pretrain.encoder, "weights", None)
    passed = [
        f"{_difference(floor)} over {baseline_words(floor.kind, weights)}" for floor in floors if floor.passed
    ]
    if passed:
        corrected = f"intervals corrected for {counted(found.cells, 'cell')}"
        known = corrected if found.seeds > 1 else "one seed gives no intervals"
        unit = "validation accuracy" if found.labelled else METRICS[found.metric].phrase
        yield f"Above its floors, in points of {unit}: {', '.join(passed)} ({known})."


def _interval(low: float, high: float) -> str:
    return f"95 % interval {percent(low)} to {percent(high)}"


def _difference(floor: Floor) -> str:
    return _gain(floor.gain, floor.low, floor.high)


def _gain(gain: float, low: float | None, high: float | None) -> str:
    """Write a gain with its interval, in points."""
    if low is None or high is None:
        return points(gain)
    return f"{points(gain)} ({points(low)} to {points(high)})"


def _simplest(found: Recommendation) -> Iterator[str]:
    best, simplest = found.best, found.simplest
    if simplest is None:
        yield "One seed cannot tell which other cells are as good, so nothing simpler is recommended."
        if found.seconds_a_seed:
            cost = duration(2 * found.seconds_a_seed)
            yield f"Three seeds (--seeds 3) would take about {cost} of job time more."
        return
    if found.cells < 2:
        return
    others = len(found.alike) - 1
    corrected = f"corrected for {counted(found.cells, 'cell')}"
    if not others:
        worse = f"All other cells are significantly worse, {corrected}."
        yield "The other cell is significantly worse." if found.cells == 2 else worse
    elif simplest == best:
        yield (
            f"{counted(others, 'other cell')} {'is' if others == 1 else 'are'} not distinguishable from it, "
            f"{corrected}; {'it is' if others == 1 else 'they are'} no simpler."
        )
    else:
        yield (
            f"Simplest cell not distinguishable from it: {simplest.name} "
            f"({counted(simplest.operations, 'operation')} instead of {best.operations}), "
            f"{percent(simplest.score)}, {_behind(simplest)} points from the best; "
            f"{len(found.alike)} of {found.cells} cells, the best included, are not distinguishable, "
            f"{corrected}."
        )
        if len(found.alike) > found.cells // 2:
            yield (
                "That is most of them: the jobs were too few or too short to tell policies apart, so "
                "choosing the simplest is prudence, not a finding."
            )


def _behind(choice: Choice) -> str:
    if choice.gap is None:
        return points(-choice.below_best)
    return f"{points(-choice.below_best)} ({points(-choice.gap[1])} to {points(-choice.gap[0])})"


def _colour(found: Recommendation) -> Iterator[str]:
    if isinstance(found.verdict, str) and not found.labelled:
        yield "Whether colour is a shortcut or a signal here is unknown: that takes labels."
        return
    if isinstance(found.verdict, str):
        yield f"It is unknown whether colour is a shortcut here: {found.verdict}."
        return
    if found.verdict.word == "depends on length" and found.trend is not None:
        yield f"Colour: it depends on the length of the jobs: {opposed_words(found.trend)}."
        return
    if found.verdict.unsettled:
        yield f"Colour: {found.verdict.conclusion[0].lower()}{found.verdict.conclusion[1:]}"
        return
    if found.verdict.word == "signal" and changes_color(found.best.steps):
        yield (
            "Colour is a signal on these images: on average distortion costs accuracy. The best policy "
            "includes it all the same, so the average is no reason to leave it out."
        )
        return
    yield {
        "shortcut": "Colour is a shortcut on these images: keep colour distortion in the policy.",
        "signal": "Colour is a signal on these images: distortion costs accuracy, so leave it out.",
    }.get(
        found.verdict.word,
        "Colour: no evidence that it is a shortcut or a signal on these images"
        f"{beside_best_words(found.verdict.evidence)}.",
    )


def _longer(found: Recommendation) -> Iterator[str]:
    if found.trend is not None:
        yield settled_words(found.trend, "what colour distortion changes")
    elif found.colour_at_stake and found.best.stands:
        yield (
            f"Colour is at stake, and jobs of {counted(found.epochs, 'epoch')} alone cannot settle it: run "
            "some cells longer (`[lengths]` in the grid file)."
        )


def _open(found: Recommendation) -> Iterator[str]:
    epochs = counted(found.epochs, "epoch")
    yield f"This is what jobs of {epochs} say; longer training can change which is best."
    if not found.confirmed and not found.both_branches:
        yield (
            "Still open: cells were ranked with one branch augmented, as in Figure 5, and the best pair may "
            "not be the best policy for both branches. `ablation recommend --confirm` pretrains the best few "
            "cells, their union and SimCLR's own policy with both branches augmented."
        )
