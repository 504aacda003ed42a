"""The curves of pretraining as one tidy frame: a row per cell, seed and epoch."""

from pathlib import Path

import pandas as pd

from ablation.grid.cells import Cell
from ablation.results.frames.frame import load_records
from ablation.results.stored.folder import open_folder
from ablation.results.stored.record import Epoch, Record

_COLUMNS = ("loss", "contrastive_top1", "effective_rank")


def load_curves(folder: str | Path) -> pd.DataFrame:
    """Load how pretraining went in every cell of a results folder.

    Returns:
        `first`, `second`, `seed`, `epoch` (from 1), `loss` (NaN where it was not finite), `contrastive_top1`
        (a fraction: the share of views whose partner is nearest), `effective_rank` of h.

    Raises:
        ResultsError: it is no results folder.

    Example:
        `sns.lineplot(ab.load_curves("results/quick"), x="epoch", y="loss", hue="first")`
    """
    return curves_frame(load_records(open_folder(folder)))


def curves_frame(records: list[tuple[Cell, Record]]) -> pd.DataFrame:
    """Build the frame of `load_curves` from records that have been read."""
    rows = [
        (cell.first.name, cell.second.name, cell.seed, number, *_values(epoch))
        for cell, record in records
        if cell.first is not None and cell.second is not None
        for number, epoch in enumerate(record.epochs, start=1)
    ]
    frame = pd.DataFrame(rows, columns=["first", "second", "seed", "epoch", *_COLUMNS])
    return frame.astype({"seed": "int64", "epoch": "int64"} | dict.fromkeys(_COLUMNS, "float64"))


def _values(epoch: Epoch) -> tuple[float | None, ...]:
    return epoch.loss, epoch.contrastive_top1, epoch.effective_rank
