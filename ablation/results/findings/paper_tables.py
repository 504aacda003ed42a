"""SimCLR's own numbers for what a grid varies, beside those found here: ranks, not values."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan

import numpy as np

from ablation.grid.objectives import NTLogistic, NTXent, Triplet
from ablation.grid.points import Label
from ablation.grid.recipe import Pretrain
from ablation.results.findings.along import Along
from ablation.results.numbers import written
from ablation.results.statistics.ranks import spearman

# ImageNet, ResNet-50, linear top-1 in %.
TABLE_4 = {
    (NTXent, False): 63.9,
    (NTLogistic, False): 51.6,
    (NTLogistic, True): 57.9,
    (Triplet, False): 50.9,
    (Triplet, True): 57.5,
}  # loss, semi-hard negatives
TABLE_5 = {
    (True, 0.05): 59.7,
    (True, 0.1): 64.4,
    (True, 0.5): 60.7,
    (True, 1.0): 58.0,
    (False, 10.0): 57.2,
    (False, 100.0): 57.0,
}  # l2 norm, temperature
TABLE_B1 = {
    "linear": {256: 57.5, 512: 60.7, 1024: 62.8, 2048: 64.0, 4096: 64.6, 8192: 64.8},
    "sqrt": {256: 62.8, 512: 63.8, 1024: 64.3, 2048: 64.7, 4096: 64.5, 8192: 64.8},
}  # rule for the learning rate, batch size; 100 epochs


@dataclass(frozen=True)
class Beside:
    """The paper's accuracy for some values of an axis, and the one found here, both in %."""

    source: str
    paper: Mapping[Label, float]
    here: Mapping[Label, float]

    @property
    def rho(self) -> float:
        """Spearman's correlation of the two; NaN with fewer than three values."""
        if len(self.paper) < 3:
            return float("nan")
        paper, here = (np.array([one[value] for value in self.paper]) for one in (self.paper, self.here))
        return spearman(paper, here)


def beside(found: Along, settings: Mapping[Label, Pretrain]) -> Beside | None:
    """Find what the paper has for the values of an axis; None where it has fewer than two of them.

    Args:
        found: what the axis changes.
        settings: of each value's jobs.
    """
    here = {row["value"]: 100 * row["mean"] for row in found.mean.to_dict("records")}
    for source, paper_of in _SOURCES.items():
        paper = {
            value: known
            for value, pretrain in settings.items()
            if value in here and (known := paper_of(pretrain)) is not None
        }
        told_apart = len(set(paper.values())) == len(paper)
        if len(paper) > 1 and told_apart:
            return Beside(source, paper, {value: here[value] for value in paper})
    return None


def beside_words(found: Beside) -> str:
    """Set the paper's numbers beside those found here, in a sentence.

    Example:
        >>> paper, here = {"nt-xent": 63.9, "triplet": 50.9}, {"nt-xent": 45.0, "triplet": 44.0}
        >>> beside_words(Beside("Table 4", paper, here))
        "SimCLR's Table 4 (ImageNet, ResNet-50): nt-xent 63.9 %, triplet 50.9 %; the same order here."
    """
    order = sorted(found.paper, key=lambda value: -found.paper[value])
    listed = ", ".join(f"{value} {found.paper[value]:.1f} %" for value in order)
    same = order == sorted(found.here, key=lambda value: -found.here[value])
    rho = found.rho
    ranks = "the same order here" if same else "another order here"
    correlation = "" if same or isnan(rho) else f" (Spearman's ρ {written(rho, '.2f')}, {len(order)} values)"
    return f"SimCLR's {found.source} (ImageNet, ResNet-50): {listed}; {ranks}{correlation}."


def _loss(pretrain: Pretrain) -> float | None:
    objective = pretrain.objective
    if isinstance(objective, NTXent) and not objective.l2:
        return None
    return TABLE_4.get((type(objective), getattr(objective, "semi_hard", False)))


def _temperature(pretrain: Pretrain) -> float | None:
    objective = pretrain.objective
    return TABLE_5.get((objective.l2, objective.temperature)) if isinstance(objective, NTXent) else None


def _batch(pretrain: Pretrain) -> float | None:
    return TABLE_B1.get(pretrain.scaling, {}).get(pretrain.batch_size)


# In this order: an axis of objectives is Table 4 if they differ in kind, and Table 5 if they do not.
_SOURCES = {"Table 4": _loss, "Table 5": _temperature, "Table B.1": _batch}
