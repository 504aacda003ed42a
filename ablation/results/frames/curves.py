"""The curves of pretraining as one tidy frame: a row per cell, seed and epoch."""

import pandas as pd

from ablation.results.metrics import CURVES
from ablation.results.stored.record import Records


def curves_frame(records: Records) -> pd.DataFrame:
    """Build the frame of `load_curves` from records that have been read."""
    rows = [
        (cell.first.name, cell.second.name, cell.seed, number, *(getattr(epoch, name) for name in CURVES))
        for cell, record in records
        if cell.first is not None and cell.second is not None
        for number, epoch in enumerate(record.epochs, start=1)
    ]
    frame = pd.DataFrame(rows, columns=["first", "second", "seed", "epoch", *CURVES])
    return frame.astype({"seed": "int64", "epoch": "int64"} | dict.fromkeys(CURVES, "float64"))
