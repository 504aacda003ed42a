"""How short is too short: grids of fewer epochs beside the longest one, by rank."""

from dataclasses import dataclass
from statistics import median

import numpy as np
import pandas as pd

from ablation.grid.cells import Cell
from ablation.grid.points import lengths as lengths_of
from ablation.results.statistics.ranks import spearman
from ablation.results.stored.folder import ResultsFolder
from ablation.results.stored.record import Record, Records


@dataclass(frozen=True, eq=False)
class LengthStudy:
    """What grids of some lengths are worth, judged by the longest."""

    # A row per length and seed: epochs, seed, rho (Spearman's, with the longest), loss (of the cell that this
    # grid would choose, below the best, in the longest; a fraction), seconds (of a job, median)
    rows: pd.DataFrame
    names: tuple[str, ...]  # of the augmentations
    cells: int
    longest: int  # epochs
    seeds: int  # of the longest; with one, it has no row

    @property
    def means(self) -> pd.DataFrame:
        """A row per length, indexed by epochs: the means of `rho`, `loss` and `seconds` over the seeds."""
        return self.rows.groupby("epochs")[["rho", "loss", "seconds"]].mean()


def study_lengths(folder: ResultsFolder, records: Records) -> LengthStudy | None:
    """Compare the grids of a folder's lengths, as far as each is whole for a seed.

    Each seed's grid is ranked beside the mean of the longest over the *other* seeds, so that two grids agree
    for what they share of the truth and not of the seed; the longest beside itself says how well one seed
    does at best. With one seed of the longest, it is that one.

    Args:
        folder: a results folder.
        records: of its cells, and of those of its other lengths.

    Returns:
        None where its grid has no other lengths, or no whole grid of the longest and of another length.
    """
    wanted = lengths_of(folder.grid)
    if wanted is None:
        return None
    grids = _whole(folder, records)
    longest = max(wanted.longest, folder.grid.pretrain.epochs)
    truth = {seed: scores for (epochs, seed), (scores, _) in grids.items() if epochs == longest}
    rows = []
    for (epochs, seed), (scores, seconds) in sorted(grids.items()):
        others = [one for other, one in truth.items() if other != seed] or [
            one for one in truth.values() if epochs != longest
        ]
        if not others:
            continue
        mean = np.mean(others, axis=0)
        lost = float(mean.max() - mean[int(np.argmax(scores))])
        rows.append((epochs, seed, spearman(np.array(scores), mean), lost, seconds))
    frame = pd.DataFrame(rows, columns=["epochs", "seed", "rho", "loss", "seconds"])
    if frame["epochs"].nunique() < 2:
        return None
    names = tuple(one.name for one in folder.grid.resolved if wanted.takes(one.entry))
    return LengthStudy(frame, names, len(next(iter(truth.values()))), longest, len(truth))


def _whole(folder: ResultsFolder, records: Records) -> dict[tuple[int, int], tuple[list[float], float]]:
    """Return the scores and median seconds of every (epochs, seed) of which each cell has a number."""
    known = {cell.id: record for cell, record in records}
    found: dict[tuple[int, int], list[Record | None]] = {}
    for cell in _taken(folder):
        key = cell.recipe.pretrain.epochs, cell.required_seed
        found.setdefault(key, []).append(known.get(cell.id))
    whole: dict[tuple[int, int], tuple[list[float], float]] = {}
    for key, of_key in found.items():
        ended = [one for one in of_key if one is not None and one.scored]
        scores = [score for one in ended if (score := one.chosen_by) is not None]
        if len(scores) == len(of_key):
            whole[key] = scores, median(one.seconds["total"] for one in ended)
    return whole


def _taken(folder: ResultsFolder) -> list[Cell]:
    # The grid's own cells, of these augmentations, are one more length.
    lengths = lengths_of(folder.grid)
    if lengths is None:
        return []
    return [
        cell
        for cell in (*folder.cells, *folder.varied_cells)
        if cell.policy and all(lengths.takes(one.entry) for one in cell.policy)
    ]
