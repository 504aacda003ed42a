"""A comparison of two grids as sentences and as plain values."""

from collections.abc import Iterator
from dataclasses import asdict
from math import isnan
from typing import Any, cast

from ablation.grid.layout import Pair
from ablation.results.findings.compare import Comparison
from ablation.results.findings.compare_axes import axes_words
from ablation.results.frames.rows import by_pair
from ablation.results.metrics import METRICS
from ablation.results.numbers import cell_name, points, written
from ablation.words import counted

_SHOWN = 8


def comparison_words(found: Comparison) -> list[str]:
    """Say how two grids differ, one sentence for each finding.

    Example:
        `print("\\n".join(comparison_words(ab.compare("results/a", "results/b"))))`
    """
    return [
        *_settings(found),
        *_ranks(found),
        *_advice(found),
        *_moved(found),
        *axes_words(found.axes, found.names),
    ]


def comparison_json(found: Comparison) -> dict[str, Any]:
    """Return a comparison as plain values, `format` 1; unknown values are null."""
    cells = [
        {"first": first, "second": second, **{key: _plain(value) for key, value in row.items()}}
        for (first, second), row in by_pair(found.cells).items()
    ]
    return {
        "format": 1,
        "metric": found.metric,
        "a": found.names[0],
        "b": found.names[1],
        "spearman": _plain(found.rho),
        "spearman_rows": _plain(found.rows_rho),
        "settings": list(found.settings),
        "left_out": list(found.left_out),
        "advice": _advice_json(found),
        "moved": [list(pair) for pair in cast("list[Pair]", found.moved.index.tolist())],
        "axes": [{key: _plain(value) for key, value in asdict(axis).items()} for axis in found.axes],
        "cells": cells,
    }


def _settings(found: Comparison) -> Iterator[str]:
    a, b = found.names
    yield f"From {a} to {b}: {'; '.join(found.settings) or 'no settings differ'}."
    if found.left_out:
        yield f"Left out, because only one study has them: {', '.join(found.left_out)}."


def _ranks(found: Comparison) -> Iterator[str]:
    compared = int(found.cells["difference"].notna().sum())
    if isnan(found.rho):
        yield (
            f"No rank correlation: {counted(compared, 'cell')} with results in both studies, too few or all "
            "equal."
        )
        return
    rows = "" if isnan(found.rows_rho) else f" and {written(found.rows_rho, '.2f')} over the row means"
    rho = written(found.rho, ".2f")
    yield (
        f"Spearman's ρ of {METRICS[found.metric].phrase} is {rho} over {compared} cells{rows}; "
        f"the mean difference is {points(found.cells['difference'].mean())} points."
    )


def _advice(found: Comparison) -> Iterator[str]:
    advice, (a, b) = found.advice, found.names
    if advice is None:
        return
    choice = cell_name(advice.choice)
    if advice.choice == advice.best:
        yield f"Validation of both chooses {choice}."
        return
    gained = [-advice.lost, -advice.high, -advice.low]
    held = "" if isnan(advice.low) else f" ({points(gained[1])} to {points(gained[2])})"
    yield (
        f"What {a} chooses on validation, {choice}, ranks {advice.place} of "
        f"{int(found.cells['b'].notna().sum())} in {b}, which itself chooses {cell_name(advice.best)}. "
        f"Following {a} changes {METRICS[found.metric].phrase} there by {points(gained[0])} points{held}."
    )


def _advice_json(found: Comparison) -> dict[str, Any] | None:
    if found.advice is None:
        return None
    plain = {key: _plain(value) for key, value in asdict(found.advice).items()}
    return plain | {"choice": list(found.advice.choice), "best": list(found.advice.best)}


def _moved(found: Comparison) -> Iterator[str]:
    if min(found.seeds) < 2:
        yield "One seed cannot tell which cells moved; run both studies with three (--seeds 3)."
        return
    moved = by_pair(found.moved)
    compared = int(found.cells["p"].notna().sum())
    corrected = f"corrected for {counted(compared, 'cell')}"
    if not moved:
        yield f"No cell's difference is statistically distinguishable from zero, {corrected}."
        return
    listed = [
        f"{cell_name(pair)} {points(row['difference'])} ({points(row['low'])} to {points(row['high'])})"
        for pair, row in list(moved.items())[:_SHOWN]
    ]
    more = f", and {len(moved) - _SHOWN} more" if len(moved) > _SHOWN else ""
    yield f"Significant differences, in points, {corrected}: {', '.join(listed)}{more}."


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and isnan(value) else value
