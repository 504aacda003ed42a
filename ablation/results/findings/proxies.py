"""Whether scores without labels would have chosen as validation labels do."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ablation.results.frames.means import operations, planned_cells
from ablation.results.frames.rows import named
from ablation.results.metrics import LABEL_FREE, accuracy, chosen_by
from ablation.results.statistics.ranks import spearman
from ablation.results.statistics.relabelling import relabel
from ablation.results.types import Floats

Better = Literal["higher", "lower", "nearer 1"]


@dataclass(frozen=True)
class Proxy:
    """A score to choose by, and which way it is better, by the paper that proposed it."""

    score: str  # a column
    better: Better
    labels: bool = False  # whether it needs them

    def preference(self, values: Floats) -> Floats:
        """Return numbers that are higher where the score is better."""
        if self.better == "nearer 1":
            return -np.abs(values - 1)
        return values if self.better == "higher" else -values


PROXIES = (
    Proxy("loss", "lower"),
    Proxy("contrastive_top1", "higher"),
    Proxy("effective_rank", "higher"),
    Proxy("rankme_h", "higher"),
    Proxy("rankme_z", "higher"),
    Proxy("alpha_req", "nearer 1"),
    Proxy("lidar_h", "higher"),
    Proxy("lidar_z", "higher"),
    Proxy("alignment", "lower"),
    Proxy("uniformity", "lower"),
    Proxy("rotation_top1", "higher"),
)
_COLUMNS = {
    "score": object, "better": object, "labels": bool, "rho": float, "p": float, "smallest_p": float,
    "cells": int, "first": object, "second": object, "lost": float,
}  # fmt: skip


def proxies(results: pd.DataFrame, metric: str | None = None) -> pd.DataFrame:
    """Compare scores that need no label with the accuracy that a choice is made by, cell by cell.

    Cells are compared by their means over seeds. p is two-sided, from permuting the labels of the
    augmentations, as for the leak; it is not corrected for the number of scores.

    Args:
        results: from `load_results`.
        metric: a column of accuracies; default: the validation accuracy that decides.

    Returns:
        A row per score, the last of them kNN on the same images, for comparison: `score` (a column of
        `results`), `better` ("higher", "lower" or "nearer 1"), `labels` (whether it needs them), `rho`
        (Spearman's, above 0 where cells of better scores are more accurate), `p`, NaN unless every ordered
        pair is a cell with both numbers, `smallest_p` that the test can give, `cells` with both numbers,
        `first` and `second` of the cell that the score prefers, and `lost`: how far that cell's accuracy
        falls below the best, a fraction.

    Raises:
        ValueError: no such accuracy, or none at all, because no label was used.

    Example:
        >>> from itertools import product
        >>> cells = pd.DataFrame(product("abcde", "abcde", [0]), columns=["first", "second", "seed"])
        >>> cells = cells.assign(linear_top1_val=np.arange(25) / 100, loss=np.arange(25.0))
        >>> found = proxies(cells).set_index("score").loc["loss"]
        >>> f"{found['rho']:.2f}, {found['first']} → {found['second']}, {found['lost']:.2f} lost"
        '-1.00, a → a, 0.24 lost'
    """
    metric = metric or chosen_by(results.attrs)
    if accuracy(metric).name in LABEL_FREE:
        raise ValueError("no label was used, so that there is no accuracy to compare scores with")
    every = [*PROXIES, Proxy(metric.replace("linear", "knn"), "higher", labels=True)]
    columns = [metric, *dict.fromkeys(one.score for one in every if one.score != metric)]
    means = (
        named(results).reindex(columns=["first", "second", *columns]).groupby(["first", "second"])[columns]
    )
    table = means.mean().reindex(pd.MultiIndex.from_tuples(planned_cells(results), names=["first", "second"]))
    n = len(operations(results))
    rows = [_row(one, table, metric, n) for one in every if one.score != metric]
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)


def _row(proxy: Proxy, table: pd.DataFrame, metric: str, n: int) -> dict[str, object]:
    both = table[table[metric].notna() & table[proxy.score].notna()]
    row: dict[str, object] = {"score": proxy.score, "better": proxy.better, "labels": proxy.labels}
    row |= {"cells": len(both), "first": "", "second": ""}
    if both.empty:
        return row
    truth, values = both[metric].to_numpy(float), both[proxy.score].to_numpy(float)
    preference = proxy.preference(values)
    preferred = int(np.argmax(preference))
    first, second = both.index[preferred]
    row |= {"rho": spearman(truth, preference), "first": str(first), "second": str(second)}
    row |= {"lost": float(table[metric].max() - truth[preferred])}
    if len(both) == n * n:
        order = both.sort_index().index  # the same order of rows and of columns
        whole = both.loc[order]
        one, other = (whole[name].to_numpy(float).reshape(n, n) for name in (metric, proxy.score))
        found = relabel(one, proxy.preference(other))
        row |= {"p": found.p, "smallest_p": found.smallest_p}
    return row
