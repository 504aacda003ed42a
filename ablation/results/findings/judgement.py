"""What the leak means for a grid: the verdict in words, and whether leak goes with accuracy."""

import json
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

import pandas as pd

from ablation.results.findings.leak_and_accuracy import Explained, leak_against_accuracy
from ablation.results.findings.verdict import Verdict, verdict


@dataclass(frozen=True)
class Judgement:
    """The verdict, and Spearman's test; either is a string that says why where there is none."""

    verdict: Verdict | str
    explained: Explained | str

    @property
    def sentence(self) -> str:
        """The verdict with its numbers, or why there is none."""
        return f"No verdict: {self.verdict}." if isinstance(self.verdict, str) else self.verdict.sentence

    def json(self) -> bytes:
        """Write it as a file: `word`, `sentence`, `evidence`, and `leak_against_accuracy`."""
        found: dict[str, Any] = {"format": 1, "word": None, "sentence": self.sentence, "evidence": None}
        if not isinstance(self.verdict, str):
            found |= {"word": self.verdict.word, "evidence": asdict(self.verdict.evidence)}
        found["leak_against_accuracy"] = (
            {"why_not": self.explained} if isinstance(self.explained, str) else asdict(self.explained)
        )
        return (json.dumps(_plain(found), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def judge(results: pd.DataFrame, baselines: pd.DataFrame) -> Judgement:
    """Judge the colour shortcut of a grid, as far as its results allow.

    Args:
        results: from `load_results`.
        baselines: from `load_baselines`.

    Example:
        `print(judge(ab.load_results(folder), ab.load_baselines(folder)).sentence)`
    """
    if results.attrs.get("sizes") is None:
        why = "no cell has a result" if len(results) else "there are no results yet"
        return Judgement(why, why)
    try:
        word: Verdict | str = verdict(results, baselines)
    except ValueError as error:
        word = str(error)
    try:
        test: Explained | str = leak_against_accuracy(results)
    except ValueError as error:
        test = str(error)
    return Judgement(word, test)


def _plain(value: Any) -> Any:
    # JSON has no NaN: a correlation of cells that are all alike is null.
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not isfinite(value) else value
