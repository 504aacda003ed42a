"""The verdict for a grid: is colour a shortcut here, a signal, or is there no evidence (paper Figure 6)?

The rule and its thresholds were fixed before any grid was judged by them.
"""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from ablation.results.findings.colors import Colors, color_augmentations
from ablation.results.findings.colour_effects import Cells, cells_beside, effects_beside, tables_beside
from ablation.results.findings.evidence import Change, Evidence
from ablation.results.findings.verdict_words import beside_best_words, sentences, unsettled_words
from ablation.results.frames.means import baseline_means, cell_means
from ablation.results.metrics import Metric, accuracy, chosen_by
from ablation.results.statistics.effects import without_gaps
from ablation.results.statistics.intervals import mean_interval

LEAK_FALL = 1.0  # bits of chroma leak that colour distortion must take away
# The last needs jobs of several lengths (`ablation.results.findings.colour_trend`).
Word = Literal["shortcut", "signal", "no evidence", "depends on length"]


@dataclass(frozen=True)
class Verdict:
    """One word for a grid, the sentences that say it with its numbers, and those numbers."""

    word: Word
    sentence: str
    evidence: Evidence
    epochs: int | None = None  # of the jobs; None where the frame does not know its grid
    conclusion: str = ""  # the last of its sentences
    unsettled: bool = False  # a signal, but for the race, which goes to longer jobs


def verdict(
    results: pd.DataFrame,
    baselines: pd.DataFrame,
    classes: int | None = None,
    images: int | None = None,
    metric: str | None = None,
    colors: Colors | None = None,
    longest: int | None = None,
) -> Verdict:
    """Say whether colour is a shortcut for contrastive learning on these images, or carries the class.

    E is the mean over A, every augmentation of the grid that does not hold color, of (the cells of A and
    colour distortion: both orders, every strength of a sweep) − (cell A), paired over seeds. Shortcut: E's
    interval (t, over seeds) is above 0, the chroma leak falls by a bit or more, and use falls. Signal: E's
    interval is below 0, and the colour histogram alone tells the class clearly better than chance. All else
    is no evidence: so is every lack of a number that the rule needs, and a mean that hides an A whose own
    interval lies on the other side of 0, for neither word would be good advice beside that A.

    An A with a gap is left out, and so is a seed in which most of them have one. An augmentation that mixes
    color with something else, such as a learnt policy, is neither A nor colour distortion.

    Args:
        results: from `load_results`.
        baselines: from `load_baselines`.
        classes: how many classes the data has; default: as the frame's `attrs["sizes"]` say.
        images: how many images `metric` was measured on; default: likewise.
        metric: an accuracy; by default of validation, for a verdict is acted upon. The floor is its balanced
            counterpart, so that classes of unequal size are no signal.
        colors: which augmentations hold color; by default as their operations say.
        longest: epochs to which the race goes, if this is one; a signal in shorter jobs than that is no
            evidence, because what costs accuracy in short jobs can gain it in long ones.

    Raises:
        ValueError: no such metric, a missing column, or a frame that knows neither its grid nor its sizes.

    Example:
        `print(verdict(ab.load_results(folder), ab.load_baselines(folder)).sentence)`
    """
    metric = metric or chosen_by(results.attrs)
    measured = accuracy(metric)
    cell_means(results, metric)  # for its checks
    cells = cells_beside(results, colors or color_augmentations(results))
    classes, images = _sizes(results, measured, classes, images)
    effects, left_out = without_gaps(effects_beside(results, metric, cells))
    evidence = Evidence(
        accuracy=_change(results, metric, cells, effects),
        interval=mean_interval(effects.mean().tolist()),
        leak=_change(results, "leak_bits_chroma", cells, effects),
        use=_change(results, "color_use", cells, effects),
        floor=_floor(baselines, measured.balanced),
        classes=classes,
        images=images,
        effects={str(a): float(effect) for a, effect in effects.mean(axis="columns").items()},
        intervals={str(a): mean_interval(effects.loc[a].tolist()) for a in effects.index},
        seeds=tuple(int(seed) for seed in effects.columns.to_numpy()),
        left_out=left_out,
        collapsed=_collapsed(results, cells, effects),
        best=_best_alone(results, metric, cells, effects),
    )
    word, conclusion = rule(evidence)
    grid = results.attrs.get("grid")
    epochs = None if grid is None else int(grid["pretrain"]["epochs"])
    unsettled = word == "signal" and epochs is not None and epochs < (longest or 0)
    if unsettled and epochs is not None:
        word, conclusion = "no evidence", unsettled_words(epochs, longest or 0)
    told = sentences(evidence, measured, conclusion, epochs)
    return Verdict(word, told, evidence, epochs, conclusion, unsettled)


def rule(evidence: Evidence) -> tuple[Word, str]:
    """Judge the evidence by the rule, and by nothing else.

    Returns:
        The word, and a sentence that says it, with the first thing that fails where there is no evidence.
    """
    leak, use, interval = evidence.leak, evidence.use, evidence.interval
    if evidence.accuracy is None:
        missing = "all such cells have gaps" if evidence.left_out else "the grid has none"
        why = f"it takes cells with and without colour distortion, and {missing}"
    elif interval is None:
        why = "one seed gives no interval (run with --seeds 3)"
    elif interval[0] > 0:
        if leak is None or use is None:
            why = "a shortcut cannot be shown without the chroma leak and the use of colour"
        elif round(leak.difference, 9) > -LEAK_FALL:  # 4.6 to 3.6 bits is a fall of one
            why = f"the chroma leak does not fall by at least {LEAK_FALL:g} bit"
        elif use.difference >= 0:
            why = "the use of colour does not fall"
        elif evidence.harmed:
            why = (
                f"distortion gains accuracy on average, but costs accuracy with {', '.join(evidence.harmed)}"
            )
        else:
            return "shortcut", "Colour is a shortcut here: distort it."
    elif interval[1] < 0:
        if evidence.floor is None:
            why = "a signal cannot be shown without the colour-histogram floor"
        elif not evidence.floor_is_clear:
            why = "a colour histogram alone is not clearly above chance"
        elif evidence.helped:
            why = (
                f"distortion costs accuracy on average, but gains accuracy with {', '.join(evidence.helped)}"
            )
        else:
            return "signal", "Colour is a signal here: distortion costs accuracy."
    else:
        why = f"the interval contains 0{beside_best_words(evidence)}"
    return "no evidence", f"No evidence either way: {why}."


def _sizes(results: pd.DataFrame, metric: Metric, classes: int | None, images: int | None) -> tuple[int, int]:
    known = results.attrs.get("sizes") or {}
    classes = known.get("classes") if classes is None else classes
    images = known.get(metric.split) if images is None else images
    if classes is None or images is None:
        raise ValueError(
            "the frame does not say how many classes and images it was scored on; pass classes and images"
        )
    return classes, images


def chroma_change(results: pd.DataFrame) -> Change | None:
    """Average the chroma leak of the cells A and of A with colour distortion, as a verdict does.

    Args:
        results: with leaks; accuracies are not needed.

    Returns:
        Bits; None where the grid has no such cells, or not all of their leaks.
    """
    cells = cells_beside(results, color_augmentations(results))
    effects, _ = without_gaps(effects_beside(results, "leak_bits_chroma", cells))
    return _change(results, "leak_bits_chroma", cells, effects)


def _change(results: pd.DataFrame, column: str, cells: Cells, counted: pd.DataFrame) -> Change | None:
    if column not in results or counted.empty:
        return None
    means = [
        table.loc[counted.index, counted.columns].mean(skipna=False).mean(skipna=False)
        for table in tables_beside(results, column, cells)
    ]
    return None if any(pd.isna(mean) for mean in means) else Change(*map(float, means))


def _best_alone(results: pd.DataFrame, metric: str, cells: Cells, counted: pd.DataFrame) -> str | None:
    if counted.empty:
        return None
    alone = tables_beside(results, metric, cells)[0].loc[counted.index, counted.columns]
    return str(alone.mean(axis="columns").idxmax())


def _collapsed(results: pd.DataFrame, cells: Cells, counted: pd.DataFrame) -> int:
    those = {cell for a in counted.index for cell in [(a, a), *cells[a]]}
    rows = results[results["seed"].isin(counted.columns) & (results["outcome"] == "collapsed")]
    return sum(cell in those for cell in zip(rows["first"], rows["second"], strict=True))


def _floor(baselines: pd.DataFrame, metric: str) -> float | None:
    floors = baseline_means(baselines, metric)["mean"].dropna()
    return float(floors["color-histogram"]) if "color-histogram" in floors else None
