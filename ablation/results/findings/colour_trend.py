"""What colour distortion changes at each number of epochs, and whether that depends on the number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablation.results.findings.colors import color_augmentations
from ablation.results.findings.colour_effects import Cells, cells_beside, effects_beside
from ablation.results.findings.trends import ByEpochs, cells_of, only, shared
from ablation.results.findings.verdict import Word, verdict
from ablation.results.frames.correct import image_covariance
from ablation.results.statistics.effects import without_gaps
from ablation.results.statistics.estimates import tabulate
from ablation.results.statistics.intervals import CONFIDENCE
from ablation.results.statistics.paired import Images, gaps_to_line
from ablation.results.statistics.score_tables import ScoreTables, by_seed
from ablation.results.types import Floats

COLOUR_COLUMNS = ("beside", "epochs", "effect", "low", "high", "verdict")
SETTLED = 0.01  # a change whose whole interval is smaller than a point


@dataclass(frozen=True)
class LengthEffect:
    """E of a verdict, at one number of epochs."""

    epochs: int
    effect: float  # a fraction
    interval: tuple[float, float] | None  # 95 %, t over seeds; None with one seed
    word: Word  # by the rule for one length
    effects: Mapping[str, float]  # E by A
    intervals: Mapping[str, tuple[float, float] | None]  # of each of these

    @property
    def sign(self) -> int:
        """Which side of 0 the interval lies on: 1, −1, or 0 where it contains 0 or there is none."""
        if self.interval is None:
            return 0
        return (self.interval[0] > 0) - (self.interval[1] < 0)


@dataclass(frozen=True)
class Change:
    """What E changes from one number of epochs to a greater one, corrected for all pairs of lengths."""

    shorter: int
    longer: int
    change: float
    interval: tuple[float, float] | None
    p: float | None

    @property
    def clear(self) -> bool:
        """Whether it is distinguishable from 0."""
        return self.p is not None and self.p < 1 - CONFIDENCE


@dataclass(frozen=True)
class ColourTrend:
    """The effect of colour distortion on the same cells and seeds at several numbers of epochs."""

    lengths: tuple[LengthEffect, ...]  # the shortest first
    last: Change  # from the last but one to the longest
    opposed: Change | None  # by which the outcome depends on the length
    beside: tuple[str, ...]  # each A
    seeds: tuple[int, ...]
    left_out: tuple[str, ...]  # each A and each seed that has gaps
    metric: str

    @property
    def moves(self) -> bool | None:
        """Whether E still changes at the longest; False: by less than a point; None: nobody can tell."""
        if self.last.clear:
            return True
        ends = self.last.interval
        return False if ends is not None and max(-ends[0], ends[1]) < SETTLED else None

    @property
    def frame(self) -> pd.DataFrame:
        """What colour distortion changes on average, then beside each A; each 95 % interval by itself.

        A row for each length, the shortest first: `beside` (empty for the mean), `epochs`, `effect`, `low`,
        `high` (fractions), `verdict` (by the rule for one length; of the mean only).
        """
        nan = (np.nan, np.nan)
        mean = [("", one.epochs, one.effect, *(one.interval or nan), one.word) for one in self.lengths]
        each = [
            (a, one.epochs, one.effects[a], *(one.intervals[a] or nan), None)
            for a in self.beside
            for one in self.lengths
        ]
        return pd.DataFrame([*mean, *each], columns=list(COLOUR_COLUMNS))


def colour_trend(
    lengths: ByEpochs, baselines: pd.DataFrame, correct: pd.DataFrame | None, metric: str
) -> ColourTrend | None:
    """Follow what colour distortion changes over the lengths of jobs.

    E of each length is that of `verdict`, over the same A, cells and seeds at every length. Lengths are
    compared within seeds, all pairs of them at once, as cells are with the best (studentised range).

    Args:
        lengths: results by epochs.
        baselines: from `load_baselines`.
        correct: from `load_correct`, of all lengths together; None: intervals hold for these images.
        metric: the validation accuracy that decides.

    Returns:
        None where no augmentation has its cells with and without colour distortion at two lengths.
    """
    panel = shared(lengths)
    if not panel:
        return None
    common = set.intersection(*map(cells_of, panel.values()))
    panel = {epochs: only(results, common) for epochs, results in panel.items()}
    cells = cells_beside(panel[max(panel)], color_augmentations(panel[max(panel)]))
    tables = {epochs: effects_beside(results, metric, cells) for epochs, results in panel.items()}
    whole, left_out = without_gaps(sum(tables.values(), start=0 * tables[max(panel)]))
    if whole.empty:
        return None
    kept = {str(a): cells[str(a)] for a in whole.index}
    needed = {pair for a, pairs in kept.items() for pair in ((a, a), *pairs)}
    panel = {
        epochs: only(results[results["seed"].isin(whole.columns)], needed)
        for epochs, results in panel.items()
    }
    effects = []
    for epochs, results in panel.items():
        judged = verdict(results, baselines, metric=metric)
        found = judged.evidence
        assert found.accuracy is not None, "no gap is left"
        e = found.accuracy.difference
        effects.append(LengthEffect(epochs, e, found.interval, judged.word, found.effects, found.intervals))
    by_length = np.array([table.loc[whole.index, whole.columns].mean() for table in tables.values()])
    images = _images(panel, kept, correct)
    last = changes(by_length, [*panel], len(panel) - 1, images)[-1]
    opposed = opposed_lengths(effects, by_length, images)
    seeds = tuple(int(seed) for seed in whole.columns)
    return ColourTrend(tuple(effects), last, opposed, tuple(kept), seeds, left_out, metric)


def changes(by_length: Floats, epochs: Sequence[int], to: int, images: Images) -> list[Change]:
    """Estimate what E changes from each shorter length to one, for all pairs of lengths at once.

    Args:
        by_length: (L, S) E by length and seed, the shortest first.
        epochs: (L,) of the lengths.
        to: which length is compared with those before it.
        images: (K, L) weights of lengths -> (K,) variance over images; NaN: not known.

    Example:
        >>> table = np.array([[-0.06, -0.05, -0.07], [0.03, 0.04, 0.04]])
        >>> (found,) = changes(table, [2, 32], 1, lambda weights: weights[:, 0] * np.nan)
        >>> round(found.change, 3), found.clear
        (0.097, True)
    """
    gaps = gaps_to_line(by_length, to, images)
    frame = tabulate(gaps, pd.Index(epochs), "change", "range", len(epochs))
    found = []
    for shorter, row in zip(epochs[:to], frame.iloc[:to].to_dict("records"), strict=True):
        known = np.isfinite(row["low"])
        ends = (float(row["low"]), float(row["high"])) if known else None
        found.append(
            Change(shorter, epochs[to], float(row["change"]), ends, float(row["p"]) if known else None)
        )
    return found


def opposed_lengths(effects: Sequence[LengthEffect], by_length: Floats, images: Images) -> Change | None:
    """Find two lengths that say opposite things about colour; of several the two that are farthest apart.

    Two lengths are opposed where E's intervals lie on opposite sides of 0, or the shorter's lies on one side
    and that of the longest of all contains 0; and the change between the two is distinguishable from 0.

    Args:
        effects: (L,) the shortest first.
        by_length: as in `changes`.
        images: as in `changes`.
    """
    found = []
    for j in range(1, len(effects)):
        longest = j == len(effects) - 1
        opposed = [
            one.sign * effects[j].sign < 0 or (longest and one.sign != 0 and effects[j].sign == 0)
            for one in effects[:j]
        ]
        if any(opposed):
            steps = changes(by_length, [one.epochs for one in effects], j, images)
            found += [
                step for step, is_opposed in zip(steps, opposed, strict=True) if is_opposed and step.clear
            ]
    return max(found, key=lambda step: abs(step.change), default=None)


def _images(panel: ByEpochs, cells: Cells, correct: pd.DataFrame | None) -> Images:
    """Return how E of the lengths varies, and together, over images."""
    ids = pd.concat({epochs: by_seed(results.astype({"first": object, "second": object}), "id")
                     for epochs, results in panel.items()})  # fmt: skip
    weights = np.zeros((len(panel), len(ids)))
    for k, epochs in enumerate(panel):
        for a, pairs in cells.items():
            weights[k, ids.index.get_loc((epochs, a, a))] -= 1 / len(cells)
            for pair in pairs:
                weights[k, ids.index.get_loc((epochs, *pair))] += 1 / len(pairs) / len(cells)
    covariance = np.full((len(ids), len(ids)), np.nan)
    if correct is not None:
        covariance = image_covariance(correct, ids)
    tables = ScoreTables(ids, ids.iloc[:0], covariance)
    return lambda contrasts: tables.over_images(contrasts @ weights)
