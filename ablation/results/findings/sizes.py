"""Accuracy over the size of the encoder, and whether one objective gains more by it than another."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from ablation.grid.points import EPOCHS, Axis, Label
from ablation.results.findings.gains import gain_words
from ablation.results.metrics import METRICS
from ablation.words import counted

OBJECTIVE = ("pretrain", "objective")


@dataclass(frozen=True, eq=False)
class Sizes:
    """Encoders of several sizes under one or more objectives, at one or more lengths."""

    axis: Axis  # along which the encoder changes
    metric: str
    frame: pd.DataFrame  # objective, epochs, encoder, family, parameters; mean, low and high of the metric
    gains: tuple["SizeGain", ...]  # of each family, after each length
    floors: pd.DataFrame  # the encoders before training: family, parameters, mean


@dataclass(frozen=True, eq=False)
class SizeGain:
    """What the largest encoder of a family gains over the smallest, under each objective."""

    epochs: int
    smallest: Label
    largest: Label
    frame: pd.DataFrame  # from `gain_frame`


def families(encoders: Mapping[Label, str], sizes: Mapping[Label, float]) -> dict[str, list[Label]]:
    """Return encoders that differ in size alone, from small to large, by the name of their kind.

    A kind is a family where it has two sizes or more. If none has, as where only the depth varies, all
    encoders are one family, without a name.

    Example:
        >>> families({"a": "resnet18", "b": "resnet18", "c": "resnet34"}, {"a": 2e5, "b": 7e5, "c": 1e6})
        {'resnet18': ['a', 'b']}
        >>> families({"a": "resnet18", "c": "resnet34"}, {"a": 2e5, "c": 1e6})
        {'': ['a', 'c']}
    """
    ordered = sorted(sizes, key=lambda value: sizes[value])
    kinds: dict[str, list[Label]] = {}
    for value in ordered:
        kinds.setdefault(encoders[value], []).append(value)
    several = {kind: of for kind, of in kinds.items() if len({sizes[value] for value in of}) > 1}
    return several or {"": ordered}


def sizes_words(found: Sizes) -> list[str]:
    """Say of each family and length of training whether one objective gains more by a larger encoder."""
    metric = METRICS[found.metric].phrase
    return [
        gain_words(
            one.frame,
            f"In jobs of {counted(one.epochs, 'epoch')}",
            f"going from {one.smallest} to {one.largest}",
            metric,
        )
        for one in found.gains
        if len(one.frame)
    ]


def lengths_of(axes: tuple[Axis, ...], own: int) -> dict[int, Mapping[str, Label]]:
    """Return where the axis of epochs stands for each length of training, the shortest first."""
    epochs = next((axis for axis in axes if axis.path == EPOCHS), None)
    if epochs is None:
        return {own: {}}
    return {int(value): {epochs.name: value} for value in sorted(epochs.labels)}
