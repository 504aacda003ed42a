"""SimCLR's own numbers (Figure 5), and how a grid of the same seven augmentations ranks beside them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablation.results.frames.means import cell_means
from ablation.results.frames.rows import named
from ablation.results.metrics import reported
from ablation.results.statistics.jackknife import jackknife
from ablation.results.statistics.ranks import spearman
from ablation.results.types import Floats

NAMES = ("crop", "cutout", "color", "sobel", "noise", "blur", "rotate")

# ImageNet, ResNet-50, linear top-1 in %, read off the figure by hand; rows are the first augmentation. The
# row means that the figure prints agree with them to rounding. For ranks only: no other data set has these.
FIGURE_5 = (
    (33.1, 33.9, 56.3, 46.0, 39.9, 35.0, 30.2),
    (32.2, 25.6, 33.9, 40.0, 26.5, 25.2, 22.4),
    (55.8, 35.5, 18.8, 21.0, 11.4, 16.5, 20.8),
    (46.2, 40.6, 20.9, 4.0, 9.3, 6.2, 4.2),
    (38.8, 25.8, 7.5, 7.6, 9.8, 9.8, 9.6),
    (35.1, 25.2, 16.6, 5.8, 9.7, 2.6, 6.7),
    (30.0, 22.5, 20.7, 4.3, 9.7, 6.5, 2.6),
)


APART = 10  # places


@dataclass(frozen=True, eq=False)
class PaperRanks:
    """Ranks of the cells here and in the paper, and Spearman's correlation of them."""

    # (first, second): paper, here (fractions), paper_rank, here_rank (1 is the best), and here_rank_low and
    # here_rank_high, the extremes of the ranks that single seeds give
    cells: pd.DataFrame
    cells_rho: float  # over the 49 cells
    rows_rho: float  # over the 7 row means
    # 95 %, over seeds; NaN with one, and where leaving out any of them leaves ρ as it is: a correlation of so
    # few ranks moves in steps, and that it did not move does not make it certain
    cells_interval: tuple[float, float]
    rows_interval: tuple[float, float]

    @property
    def disagreeing(self) -> pd.DataFrame:
        """The cells whose rank differs from the paper's by ten places or more in every seed, worst first."""
        cells = self.cells
        below = cells["here_rank_low"] - cells["paper_rank"]  # positive: worse here than there
        above = cells["paper_rank"] - cells["here_rank_high"]
        apart = pd.concat([below, above], axis="columns").max(axis="columns")
        worst = apart[apart >= APART].sort_values(ascending=False, kind="stable")
        return cells.loc[worst.index]


def paper_ranks(results: pd.DataFrame, metric: str | None = None) -> PaperRanks | None:
    """Rank the cells of a grid beside the paper's Figure 5.

    The data set, the encoder and the length of training differ, so the values are not compared. The intervals
    are of other seeds on these images: the jackknife over seeds of Fisher's z, with Student's t; of three
    seeds they are wide. Source: SimCLR (arXiv 2002.05709), Figure 5.

    Args:
        results: from `load_results`.
        metric: a column of accuracies; default: the test accuracy that decides.

    Returns:
        None unless the grid holds the paper's seven augmentations under their names, and each of their 49
        cells has a number.

    Example:
        >>> pairs = [(a, b) for a in NAMES for b in NAMES]
        >>> results = pd.DataFrame(pairs, columns=["first", "second"]).assign(
        ...     seed=0, outcome="ok", linear_top1=[value / 100 for row in FIGURE_5 for value in row])
        >>> found = paper_ranks(results)
        >>> round(found.cells_rho, 6), round(found.rows_rho, 6)
        (1.0, 1.0)
    """
    metric = metric or reported(results.attrs)
    if not _theirs(results):
        return None
    means = cell_means(results, metric)["mean"]
    pairs = pd.MultiIndex.from_product([NAMES, NAMES], names=["first", "second"])
    cells = pd.DataFrame({"paper": np.array(FIGURE_5).flatten() / 100, "here": means.reindex(pairs)}, pairs)
    if cells["here"].isna().any():
        return None
    ranks = cells.rank(ascending=False).add_suffix("_rank")
    seeds = named(results).pivot_table(metric, ["first", "second"], "seed").reindex(pairs)
    seeds = seeds.dropna(axis="columns")  # a seed with a gap ranks other cells
    single = seeds.rank(ascending=False).agg(["min", "max"], axis="columns")
    single.columns = ["here_rank_low", "here_rank_high"]
    paper, values = cells["paper"].to_numpy(), seeds.to_numpy()  # (49,), (49, seeds)
    return PaperRanks(
        cells.join([ranks, single]),
        spearman(paper, cells["here"].to_numpy()),
        spearman(_rows(paper), _rows(cells["here"].to_numpy())),
        jackknife(values, lambda mean: spearman(paper, mean), len(paper)),
        jackknife(values, lambda mean: spearman(_rows(paper), _rows(mean)), len(_rows(paper))),
    )


def _rows(cells: Floats) -> Floats:
    means: Floats = cells.reshape(len(NAMES), len(NAMES)).mean(axis=1)
    return means


def _theirs(results: pd.DataFrame) -> bool:
    grid = results.attrs.get("grid")
    present = {*map(str, results["first"].unique())} & {*map(str, results["second"].unique())}
    if not present.issuperset(NAMES):
        return False
    # A name may stand for another operation in a grid.
    return grid is None or all(grid["augmentations"].get(name, {}).get("operation") == name for name in NAMES)
