"""What probes measured, as a tidy frame: a row for each cell, seed, probe and share of the labels."""

from typing import Any

import numpy as np
import pandas as pd

from ablation.results.numbers import cell_name
from ablation.results.stored.probes import ProbeRecords, ProbeScores

_NAMES = {"fine-tune": "fine-tuned", "scratch": "fine-tuned", "linear": "linear", "transfer": "transfer"}
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


def scored_probes(probed: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Return what probes measured of the grid's own cells and of its floors, each row with its score.

    Args:
        probed: from `load_probes`.
        results: from `load_results`.

    Returns:
        The rows, with `score`, the accuracy that decides, and `column`, the probe and its share in words.
    """
    own = probed[probed["id"].isin([*results["id"]]) | probed["first"].isna()]
    decided = np.where(own["decided_by"] == "balanced", own["balanced"], own["top1"])
    columns = [_column(_NAMES[probe], share) for probe, share in zip(own["probe"], own["share"], strict=True)]
    return own.assign(score=decided.astype(float), column=columns)


def _column(name: str, share: float) -> str:
    return name if np.isnan(share) else f"{name}, {100 * share:g} %"
