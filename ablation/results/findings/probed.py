"""Probes: a table of cells, and how far they are ranked as by linear evaluation on all labels."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablation.grid.baselines import baseline_words, weights_of
from ablation.results.findings.probe_gains import probe_gain_words
from ablation.results.findings.probe_ranks import FEWEST, probe_ranks
from ablation.results.frames.probes import scored_probes
from ablation.results.numbers import written
from ablation.results.statistics.intervals import mean_interval

_OF_SCRATCH = "The untrained encoder, fine-tuned on the same labels, is training from scratch."
_OF_START = "The pretrained start is the encoder that every job begins with."


@dataclass(frozen=True)
class ProbeTable:
    """Test accuracies in percent, with 95 % t intervals over seeds; one row a cell, the floors first."""

    columns: list[str]
    rows: list[tuple[str, list[str]]]
    words: list[str]  # what pretraining gains, and how each probe ranks the cells
    floor: str  # what the untrained encoder is, in a sentence


def probe_table(probed: pd.DataFrame, results: pd.DataFrame) -> ProbeTable | None:
    """Lay out what probes measured of the grid's own cells; None where nothing was.

    Args:
        probed: from `load_probes`.
        results: from `load_results`.
    """
    if probed.empty or results.empty:
        return None
    lines = scored_probes(probed, results)
    columns = [*dict.fromkeys(lines["column"])]
    rows, weights = [], weights_of(results.attrs)
    floor = baseline_words("random-init", weights) if weights else "random-init"
    if not weights and lines["probe"].eq("scratch").any():
        floor = "random-init (from scratch)"
    for name, of_cell in lines.groupby("cell", sort=False):
        label = floor if name == "random-init" else str(name)
        found = {str(key): part["score"].dropna().tolist() for key, part in of_cell.groupby("column")}
        rows.append((label, [_written(found.get(column, [])) for column in columns]))
    words = [ranks.words for ranks in probe_ranks(lines, results)]
    if (cells := lines["cell"][lines["first"].notna()].nunique()) < FEWEST:
        words = [f"Ranks are compared from {FEWEST} cells on; this grid has {cells}."]
    words = [*probe_gain_words(lines, results, bool(weights)), *words]
    return ProbeTable(columns, rows, words, _OF_START if weights else _OF_SCRATCH)


def _written(scores: list[float]) -> str:
    if not scores:
        return "–"
    mean, ends = f"{100 * np.mean(scores):.1f}", mean_interval(scores)
    if ends is None:
        return mean
    return f"{mean} ({' to '.join(written(100 * end, '.1f') for end in ends)})"
