"""The curves of pretraining as one tidy frame: a row per cell, seed and epoch."""

import pandas as pd

from ablation.results.metrics import CURVES
from ablation.results.stored.record import Records


def curves_frame(records: Records) -> pd.DataFrame:
    """Build the frame of `load_curves` from records that have been read."""
    rows = [
        {
            "first": cell.first.name,
            "second": cell.second.name,
            "seed": cell.seed,
            "epoch": number,
            **{name: getattr(epoch, name) for name in CURVES},
            **epoch.measures,
        }
        for cell, record in records
        if cell.first is not None and cell.second is not None
        for number, epoch in enumerate(record.epochs, start=1)
    ]
    measured = (*CURVES, *measures_of(records))
    frame = pd.DataFrame(rows, columns=["first", "second", "seed", "epoch", *measured])
    return frame.astype({"seed": "int64", "epoch": "int64"} | dict.fromkeys(measured, "float64"))


def measures_of(records: Records) -> tuple[str, ...]:
    """List the measures that only some objectives record, in the order in which they appear."""
    return tuple(
        dict.fromkeys(name for _, record in records for epoch in record.epochs for name in epoch.measures)
    )
