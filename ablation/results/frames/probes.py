"""What probes measured, as a tidy frame: a row for each cell, seed, probe and share of the labels."""

from typing import Any

import pandas as pd

from ablation.results.numbers import cell_name
from ablation.results.stored.probes import ProbeRecords, ProbeScores

_NUMBERS = tuple(name for name in ProbeScores.model_fields if name != "decided_by")
_COLUMNS: dict[str, Any] = {
    "cell": object, "kind": object, "first": object, "second": object, "seed": "int64", "probe": object,
    "share": "float64", "labels": "int64", **dict.fromkeys(_NUMBERS, "float64"), "decided_by": object,
    "id": object,
}  # fmt: skip


def probes_frame(records: ProbeRecords) -> pd.DataFrame:
    """Build the frame of `load_probes` from what has been read."""
    rows = [
        {
            "cell": cell.kind
            if cell.first is None or cell.second is None
            else cell_name((cell.first.name, cell.second.name)),
            "kind": cell.kind,
            "first": cell.first.name if cell.first else None,
            "second": cell.second.name if cell.second else None,
            "seed": cell.required_seed,
            "probe": "scratch" if (cell.kind, probe.kind) == ("random-init", "fine-tune") else probe.kind,
            "share": probe.share,
            "labels": record.labels,
            "id": cell.id,
        }
        | dict(cell.at)
        | ({} if record.scores is None else record.scores.model_dump())
        for (cell, probe), record in records
    ]
    axes = dict.fromkeys(name for (cell, _), _ in records for name, _ in cell.at)
    return pd.DataFrame(rows, columns=[*axes, *_COLUMNS]).astype(_COLUMNS)
