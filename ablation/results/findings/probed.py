"""Probes: a table of cells, and how far they are ranked as by linear evaluation on all labels."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from ablation.grid.baselines import baseline_words, weights_of
from ablation.results.findings.probe_gains import probe_gain_words
from ablation.results.frames.rows import named
from ablation.results.metrics import reported
from ablation.results.numbers import cell_name, written
from ablation.results.statistics.intervals import mean_interval
from ablation.results.statistics.jackknife import jackknife
from ablation.results.statistics.ranks import spearman
from ablation.words import listed

_NAMES = {"fine-tune": "fine-tuned", "scratch": "fine-tuned", "linear": "linear", "transfer": "transfer"}
_FEWEST = 5  # cells: of fewer, not even equal orders would be unlikely by chance (2 of 4! = 24)
_OF_SCRATCH = "The untrained encoder, fine-tuned on the same labels, is training from scratch."
_OF_START = "The pretrained start is the encoder that every job begins with."
_MOVED = 3  # cells that are named


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
    own = probed[probed["id"].isin([*results["id"]]) | probed["first"].isna()]
    decided = np.where(own["decided_by"] == "balanced", own["balanced"], own["top1"])
    lines = own.assign(
        score=decided.astype(float),
        column=[
            _column(_NAMES[probe], share) for probe, share in zip(own["probe"], own["share"], strict=True)
        ],
    )
    columns = [*dict.fromkeys(lines["column"])]
    rows, weights = [], weights_of(results.attrs)
    floor = baseline_words("random-init", weights) if weights else "random-init"
    if not weights and own["probe"].eq("scratch").any():
        floor = "random-init (from scratch)"
    for name, of_cell in lines.groupby("cell", sort=False):
        label = floor if name == "random-init" else str(name)
        found = {str(key): part["score"].dropna().tolist() for key, part in of_cell.groupby("column")}
        rows.append((label, [_written(found.get(column, [])) for column in columns]))
    words = [sentence for column in columns if (sentence := _ranked(lines, column, results))]
    if (cells := lines["cell"][lines["first"].notna()].nunique()) < _FEWEST:
        words = [f"Ranks are compared from {_FEWEST} cells on; this grid has {cells}."]
    words = [*probe_gain_words(lines, results, bool(weights)), *words]
    return ProbeTable(columns, rows, words, _OF_START if weights else _OF_SCRATCH)


def _column(name: str, share: float) -> str:
    return name if np.isnan(share) else f"{name}, {100 * share:g} %"


def _written(scores: list[float]) -> str:
    if not scores:
        return "–"
    mean, ends = f"{100 * np.mean(scores):.1f}", mean_interval(scores)
    if ends is None:
        return mean
    return f"{mean} ({' to '.join(written(100 * end, '.1f') for end in ends)})"


def _ranked(lines: pd.DataFrame, column: str, results: pd.DataFrame) -> str:
    metric, plain = reported(results.attrs), named(results)
    pairs = zip(plain["first"], plain["second"], strict=True)
    cells = plain.assign(cell=[cell_name(pair) for pair in pairs])
    linear = cells.pivot_table(metric, "cell", "seed").dropna()
    probe = lines[(lines["column"] == column) & lines["first"].notna()].pivot_table("score", "cell", "seed")
    both = linear.index.intersection(probe.dropna().index)
    seeds = linear.columns.intersection(probe.columns)
    if len(both) < _FEWEST or seeds.empty:
        return ""
    one, other = (table.loc[both, seeds].to_numpy(float) for table in (linear, probe))
    rho = spearman(one.mean(axis=1), other.mean(axis=1))
    if np.isnan(rho):
        return ""
    n = len(both)
    low, high = jackknife(np.vstack([one, other]), lambda means: spearman(means[:n], means[n:]))
    interval = "" if np.isnan(low) else f" (95 % over seeds {written(low, '.2f')} to {written(high, '.2f')})"
    moved = _moved(both, one.mean(axis=1), other.mean(axis=1))
    return (
        f"{column[0].upper()}{column[1:]}: Spearman's ρ with linear evaluation on all labels is "
        f"{written(rho, '.2f')}{interval} over {n} cells{moved}."
    )


def _moved(names: pd.Index, one: Any, other: Any) -> str:
    ranks = pd.DataFrame({"one": one, "other": other}, names).rank(ascending=False)
    apart = (ranks["one"] - ranks["other"]).abs().sort_values(ascending=False, kind="stable")
    top = [str(name) for name in apart[apart >= 1].index[:_MOVED]]
    told = [
        f"{name} (rank {cast(float, ranks['one'][name]):g} to {cast(float, ranks['other'][name]):g})"
        for name in top
    ]
    return f"; most moved: {listed(told)}" if told else ""
