"""The CSV files of a results folder; the same results give the same bytes."""

from statistics import fmean

import pandas as pd

from ablation.results.frames.frame import encoder_costs
from ablation.results.stored.record import Records

_COSTS = ("images_per_second", "peak_memory")


def csv(frame: pd.DataFrame) -> bytes:
    """Write a frame as CSV: numbers in full precision, gaps empty, one newline a row on every system."""
    return frame.to_csv(index=False, lineterminator="\n").encode()


def timings(records: Records) -> pd.DataFrame:
    """Say what each cell cost and where it ran, baselines included, in the order of work.

    Returns:
        `kind`, `first`, `second`, `seed`, `outcome`, `seconds_<stage>` for each stage, `images_per_second`
        (mean over epochs), `peak_memory` (bytes), `parameters` and `flops` (of one image) of the encoder if
        they were recorded, `device`, `id`.
    """
    costs = encoder_costs(records)
    stages = [
        f"seconds_{stage}" for stage in dict.fromkeys(s for _, record in records for s in record.seconds)
    ]
    rows = [
        {
            "kind": cell.kind,
            "first": cell.first.name if cell.first else None,
            "second": cell.second.name if cell.second else None,
            "seed": cell.seed,
            "outcome": record.outcome,
            **{f"seconds_{stage}": seconds for stage, seconds in record.seconds.items()},
            "images_per_second": fmean(epoch.images_per_second for epoch in record.epochs)
            if record.epochs
            else None,
            "peak_memory": record.peak_memory,
            **{name: getattr(record, name) for name in costs},
            "device": record.environment.get("device"),
            "id": record.id,
        }
        for cell, record in records
    ]
    columns = ["kind", "first", "second", "seed", "outcome", *stages, *_COSTS, *costs, "device", "id"]
    whole = dict.fromkeys(("seed", "peak_memory", *costs), "Int64")
    return pd.DataFrame(rows, columns=columns).astype(whole)
