"""Whether a grid could have been chosen by without labels, in words."""

from math import isnan
from typing import Any, cast

import pandas as pd

from ablation.results.frames.means import cell_means
from ablation.results.metrics import LABEL_FREE, METRICS, chosen_by
from ablation.results.numbers import cell_name
from ablation.results.statistics.relabelling import LEVEL


def proxies_sentence(found: pd.DataFrame, results: pd.DataFrame, metric: str | None = None) -> str:
    """Say which score without labels agrees best with an accuracy, and what choosing by it would have lost.

    Args:
        found: from `proxies`.
        results: from `load_results`.
        metric: the accuracy that `found` is about; default: the validation accuracy that decides.

    Returns:
        "" where no cell has been scored without labels, or no score can be ranked.
    """
    metric = metric or chosen_by(results.attrs)
    rows = rankable(found)
    free = [row for row in rows if not row["labels"]]
    if not any(row["score"] in LABEL_FREE for row in free):
        return ""
    choosing = METRICS[metric].phrase
    best = max(free, key=lambda row: float(row["rho"]))
    if best["rho"] <= 0:
        return (
            f"None of {len(free)} scores that need no label ranks the cells as {choosing} does, even weakly."
        )
    means = cell_means(results, metric)["mean"]
    random = 100 * float(means.max() - means.mean())
    with_labels = "".join(
        f", and the favourite of {score_name(row)}, which needs labels, {100 * row['lost']:.1f}"
        for row in rows
        if row["labels"]
    )
    return (
        f"Of {len(free)} scores that need no label, {score_name(best)} ranks the cells most as {choosing} "
        f"does ({_test(best)}). Its favourite, {cell_name((best['first'], best['second']))}, is "
        f"{100 * best['lost']:.1f} points below the best cell. For comparison, a cell drawn at random is "
        f"{random:.1f} points below it on average{with_labels}."
    )


def rankable(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of `proxies` that have a correlation."""
    return cast("list[dict[str, Any]]", found[found["rho"].notna()].to_dict("records"))


def score_name(row: dict[str, Any]) -> str:
    """Name the score of a row of `proxies`."""
    metric = METRICS[row["score"]]
    return metric.phrase if row["labels"] else metric.words


def p_value(p: float, equals: str = "") -> str:
    """Write a p-value.

    Example:
        >>> p_value(0.0312), p_value(0.0312, "= "), p_value(0.0004)
        ('0.031', '= 0.031', '< 0.001')
    """
    return "< 0.001" if p < 0.001 else f"{equals}{p:.3f}"


def _test(row: dict[str, Any]) -> str:
    rho = f"Spearman's ρ = {row['rho']:.2f}"
    if isnan(row["p"]) or row["smallest_p"] >= LEVEL:
        return rho
    return f"{rho}, p {p_value(row['p'], '= ')} by relabelling the augmentations"
