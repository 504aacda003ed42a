"""What the leak means for a grid: the verdict in words, and whether leak goes with accuracy."""

import json
from dataclasses import asdict, dataclass, replace
from math import isfinite
from typing import Any

import pandas as pd

from ablation.results.findings.colour_trend import ColourTrend
from ablation.results.findings.leak_and_accuracy import Explained, leak_against_accuracy
from ablation.results.findings.trend_words import colour_trend_words, opposed_words
from ablation.results.findings.verdict import Verdict, chroma_change, verdict
from ablation.results.findings.verdict_words import sentences
from ablation.results.metrics import accuracy


@dataclass(frozen=True)
class Judgement:
    """The verdict, and Spearman's test; either is a string that says why where there is none."""

    verdict: Verdict | str
    explained: Explained | str
    trend: ColourTrend | None = None  # of colour over the lengths of jobs, where there are several

    @property
    def sentence(self) -> str:
        """The verdict with its numbers, or why there is none."""
        return f"No verdict: {self.verdict}." if isinstance(self.verdict, str) else self.verdict.sentence

    def json(self) -> bytes:
        """Write it as a file: the word, the sentence, the evidence, lengths, and leak against accuracy."""
        found: dict[str, Any] = {"format": 1, "word": None, "sentence": self.sentence, "evidence": None}
        if not isinstance(self.verdict, str):
            found |= {"word": self.verdict.word, "evidence": asdict(self.verdict.evidence)}
            found["epochs"] = self.verdict.epochs
        found["lengths"] = None if self.trend is None else asdict(self.trend) | {"moves": self.trend.moves}
        found["leak_against_accuracy"] = (
            {"why_not": self.explained} if isinstance(self.explained, str) else asdict(self.explained)
        )
        return (json.dumps(_plain(found), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def judge(
    results: pd.DataFrame,
    baselines: pd.DataFrame,
    trend: ColourTrend | None = None,
    drawn: pd.DataFrame | None = None,
    longest: int | None = None,
) -> Judgement:
    """Judge the colour shortcut of a grid, as far as its results allow.

    Args:
        results: from `load_results`.
        baselines: from `load_baselines`.
        trend: of colour over the lengths of jobs; the verdict may be that it depends on the length.
        drawn: results whose leak is held against accuracy; default: `results`.
        longest: epochs to which the race goes, if this is one.

    Example:
        `print(judge(ab.load_results(folder), ab.load_baselines(folder)).sentence)`
    """
    if results.attrs.get("sizes") is None:
        why = "no cell has a result" if len(results) else "there are no results yet"
        return Judgement(why, why)
    try:
        found = _over_lengths(verdict(results, baselines, longest=longest), trend)
        word: Verdict | str = _of_brightness(found) if _one_channel(results) else found
    except ValueError as error:
        word = str(error)
    try:
        test: Explained | str = leak_against_accuracy(results if drawn is None else drawn)
    except ValueError as error:
        test = str(error)
    return Judgement(word, test, trend)


def judge_without_labels(results: pd.DataFrame) -> Judgement:
    """Say what is known of colour where no label was used: the leak, and not what distortion gains.

    Example:
        >>> results = pd.DataFrame(columns=["first", "second", "seed", "leak_bits_chroma"])
        >>> results.attrs["grid"] = {"data": {"source": "shapes"}, "augmentations": {"crop": {}}}
        >>> judge_without_labels(results).sentence
        'No verdict: what colour distortion does to accuracy takes labels.'
    """
    why, change = "what colour distortion does to accuracy takes labels", chroma_change(results)
    if change is None:
        return Judgement(why, why)
    leak = f"chroma leak goes from {change.alone:.2f} to {change.with_color:.2f} bits with it"
    return Judgement(f"{why}; {leak}", why)


def _over_lengths(found: Verdict, trend: ColourTrend | None) -> Verdict:
    """Say of a verdict how it depends on the length of the jobs."""
    if trend is None:
        return found
    metric, words = accuracy(trend.metric), colour_trend_words(trend)
    if trend.opposed is None:
        return replace(found, sentence=f"{found.sentence} {words}")
    conclusion = f"{found.conclusion} {words} It depends on length: {opposed_words(trend)}."
    told = sentences(found.evidence, metric, conclusion, found.epochs)
    return replace(found, word="depends on length", sentence=told)


def _one_channel(results: pd.DataFrame) -> bool:
    return bool(results.attrs.get("grid", {}).get("data", {}).get("channels") == 1)


def _of_brightness(found: Verdict) -> Verdict:
    told = "These images have one channel: colour means brightness here."
    conclusion, sentence = (f"{words} {told}" for words in (found.conclusion, found.sentence))
    return replace(found, conclusion=conclusion, sentence=sentence)


def _plain(value: Any) -> Any:
    # JSON has no NaN: a correlation of cells that are all alike is null.
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not isfinite(value) else value
