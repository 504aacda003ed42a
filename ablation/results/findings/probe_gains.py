"""What pretraining gains where labels are few, and on other images, in sentences; paired by seed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablation.results.frames.rows import named
from ablation.results.metrics import chosen_by
from ablation.results.numbers import cell_name, points
from ablation.results.statistics.intervals import mean_interval
from ablation.words import counted, listed

_UNTRAINED = {"scratch": "training from scratch", "linear": "the untrained encoder"}
_START = "the pretrained start"


@dataclass(frozen=True)
class Gain:
    """How far the best cell is above a reference, by seed, in fractions."""

    by_seed: pd.Series

    @property
    def mean(self) -> float:
        """Over seeds."""
        return float(self.by_seed.mean())

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 %, over seeds; None of one seed."""
        return mean_interval(self.by_seed.tolist())

    @property
    def words(self) -> str:
        """The number in points, with its interval.

        Example:
            >>> Gain(pd.Series([0.02, 0.04])).words
            '+3.0 points (−9.7 to +15.7)'
        """
        if self.interval is None:
            return f"{points(self.mean)} points"
        return f"{points(self.mean)} points ({' to '.join(map(points, self.interval))})"


def probe_gain_words(lines: pd.DataFrame, results: pd.DataFrame, started: bool = False) -> list[str]:
    """Say what the best cell of linear evaluation gains under each probe, and whether few labels gain more.

    The cell is chosen on validation, the gains are those of test.

    Args:
        lines: from `scored_probes`.
        results: from `load_results`.
        started: whether encoders start from weights, so that the floor is no untrained encoder.
    """
    best = _best(results)
    told = [*_few(lines, best, started), *_transferred(lines, best, started)] if best else []
    grid = results.attrs.get("grid")
    if told and grid:
        epochs = counted(grid["pretrain"]["epochs"], "epoch")
        told.append(f"This holds for {epochs} of pretraining; longer training may change it.")
    return told


def _best(results: pd.DataFrame) -> str | None:
    metric, plain = chosen_by(results.attrs), named(results)
    if metric not in plain:
        return None
    cells = [cell_name(pair) for pair in zip(plain["first"], plain["second"], strict=True)]
    means = plain.assign(cell=cells).dropna(subset=[metric]).groupby("cell")[metric].mean()
    return str(means.idxmax()) if len(means) else None


def _few(lines: pd.DataFrame, best: str, started: bool) -> Iterator[str]:
    for kind, untrained in _UNTRAINED.items():
        reference = _START if started else untrained
        probe = lines[lines["probe"].isin(["fine-tune", "scratch"] if kind == "scratch" else [kind])]
        gains: dict[float, Gain] = {}
        for share, of_share in probe.dropna(subset=["share"]).groupby("share"):
            if (gain := _gain(of_share, best, "random-init")) is not None:
                gains[float(str(share))] = gain
        if not gains:
            continue
        told = [f"{gain.words} with {_percent(share)} of the labels" for share, gain in gains.items()]
        how = "fine-tuning" if kind == "scratch" else "a linear classifier on"
        yield f"Compared with {reference}, {how} {best} gains {listed(told)}.{_compared(gains)}"


def _compared(gains: dict[float, Gain]) -> str:
    if len(gains) < 2:
        return ""
    fewest, most = min(gains), max(gains)
    more = Gain((gains[fewest].by_seed - gains[most].by_seed).dropna())
    if more.interval is None:
        return ""
    low, high = more.interval
    if low > 0:
        return f" Pretraining gains more with fewer labels: {more.words}."
    if high < 0:
        return f" Pretraining gains less with fewer labels: {more.words}."
    less, full = _percent(fewest), _percent(most)
    return f" Whether pretraining gains more with {less} than with {full} cannot be told: {more.words}."


def _transferred(lines: pd.DataFrame, best: str, started: bool) -> Iterator[str]:
    probe = lines[lines["probe"] == "transfer"]
    untrained = _START if started else _UNTRAINED["linear"]
    references = {"random-init": untrained, "supervised": "the supervised encoder"}
    found = {words: _gain(probe, best, cell) for cell, words in references.items()}
    told = [f"by {gain.words} from {words}" for words, gain in found.items() if gain is not None]
    if told:
        yield f"On the other images, {best} differs {listed(told)}."


def _gain(probe: pd.DataFrame, best: str, reference: str) -> Gain | None:
    by_seed = probe.pivot_table("score", "seed", "cell")
    if best not in by_seed or reference not in by_seed:
        return None
    gain = (by_seed[best] - by_seed[reference]).replace([np.inf, -np.inf], np.nan).dropna()
    return Gain(gain) if len(gain) else None


def _percent(share: float) -> str:
    return f"{100 * share:g} %"
