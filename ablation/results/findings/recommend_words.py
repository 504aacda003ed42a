"""A recommendation as sentences, and as the JSON that other programs read."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from ablation.results.findings.recommend import Choice, Recommendation
from ablation.results.findings.verdict import Verdict
from ablation.results.frames.rows import by_pair
from ablation.results.numbers import cell_name, counted_seeds, duration, percent, points
from ablation.results.statistics.grid import Statistics
from ablation.words import counted


def recommendation_words(found: Recommendation) -> list[str]:
    """Say what is recommended, why, and what is unknown, one sentence for each.

    Example:
        `print("\\n".join(recommendation_words(ab.recommend("results/quick"))))`
    """
    return [*answer_words(found), *_colour(found), *_open(found)]


def answer_words(found: Recommendation) -> list[str]:
    """Say what is recommended and how certain that is, and nothing else about the grid."""
    return [*_best(found), *_simplest(found)]


def tested_words(found: Recommendation, test: Statistics) -> str:
    """Say what the recommended policies reach on the test split.

    Args:
        found: the recommendation.
        test: statistics of the test split, from the folder that the recommendation is based on.
    """
    cells = {cell_name(pair): row for pair, row in by_pair(test.cells).items()}
    reached = []
    for name in dict.fromkeys(one.name for one in (found.best, found.simplest) if one is not None):
        row = cells[name]
        known = np.isfinite(row["low"])
        interval = f" (95 % interval {percent(row['low'])} to {percent(row['high'])})" if known else ""
        reached.append(f"{name} reaches {percent(row['mean'])}{interval}")
    return f"On the test split, which played no part in the choice, {' and '.join(reached)}."


def recommendation_json(found: Recommendation, chosen: Choice, code: dict[str, str | None]) -> dict[str, Any]:
    """Return a recommendation as plain values, `format` 1.

    Args:
        found: the recommendation.
        chosen: the policy that the code implements.
        code: for `kornia` and `torchvision`; None where a library has no counterpart.
    """
    word = found.verdict.word if isinstance(found.verdict, Verdict) else None
    return {
        "format": 1,
        "study": found.folder.name,
        "metric": found.metric,
        "seeds": found.seeds,
        "cells": found.cells,
        "not_distinguishable": found.alike if found.seeds > 1 else None,
        "confirmed": found.confirmed,
        "both_branches": found.both_branches,
        "best": _plain(found.best),
        "simplest": None if found.simplest is None else _plain(found.simplest),
        "colour": word,
        "sentences": recommendation_words(found),
        "code": {"policy": chosen.name, **code},
    }


def _plain(choice: Choice) -> dict[str, Any]:
    steps = [{"name": step.name, **step.operation.model_dump(mode="json")} for step in choice.steps]
    return asdict(choice) | {"steps": steps}


def _best(found: Recommendation) -> Iterator[str]:
    best = found.best
    interval = ""
    if best.low is not None and best.high is not None:
        interval = f" (95 % interval {percent(best.low)} to {percent(best.high)})"
    gain = f", {points(best.gain)} points over no augmentation" if best.gain is not None else ""
    how = "both branches augmented" if found.both_branches else "one branch augmented"
    score = f"validation top-1 {percent(best.linear_top1_val)}{interval}{gain}"
    cells, seeds = counted(found.cells, "cell"), counted_seeds(found.seeds)
    yield f"Best of {cells}: {best.name}, {score}; {seeds}, {how}."


def _simplest(found: Recommendation) -> Iterator[str]:
    best, simplest = found.best, found.simplest
    if simplest is None:
        yield "One seed cannot tell which other cells are as good, so nothing simpler is recommended."
        if found.seconds_a_seed:
            cost = duration(2 * found.seconds_a_seed)
            yield f"Three seeds (--seeds 3) would take about {cost} of job time more."
        return
    others = found.alike - 1
    corrected = f"corrected for {counted(found.cells, 'cell')}"
    if not others:
        yield f"All other cells are significantly worse, {corrected}."
    elif simplest == best:
        yield (
            f"{counted(others, 'other cell')} {'is' if others == 1 else 'are'} not distinguishable from it, "
            f"{corrected}; {'it is' if others == 1 else 'they are'} no simpler."
        )
    else:
        yield (
            f"Simplest cell not distinguishable from it: {simplest.name} "
            f"({counted(simplest.operations, 'operation')} instead of {best.operations}), "
            f"{percent(simplest.linear_top1_val)}, {points(-simplest.below_best)} points from the best; "
            f"{found.alike} of {found.cells} cells, the best included, are not distinguishable, {corrected}."
        )
        if found.alike > found.cells // 2:
            yield (
                "That is most of them: the jobs were too few or too short to tell policies apart, so "
                "choosing the simplest is prudence, not a finding."
            )


def _colour(found: Recommendation) -> Iterator[str]:
    if isinstance(found.verdict, str):
        yield f"It is unknown whether colour is a shortcut here: {found.verdict}."
        return
    yield {
        "shortcut": "Colour is a shortcut on these images: keep colour distortion in the policy.",
        "signal": "Colour is a signal on these images: distortion costs accuracy, so leave it out.",
    }.get(found.verdict.word, "Colour: no evidence that it is a shortcut or a signal on these images.")


def _open(found: Recommendation) -> Iterator[str]:
    if found.confirmed:
        yield "Confirmed: these policies were pretrained with both branches augmented, as they will be used."
    elif not found.both_branches:
        yield (
            "Still open: cells were ranked with one branch augmented, as in Figure 5, and the best pair may "
            "not be the best policy for both branches. `--confirm` pretrains the best few cells, their union "
            "and SimCLR's own policy with both branches augmented."
        )
