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
    frame: pd.DataFrame  # objective, epochs, encoder, parameters, and mean, low and high of the metric
    gains: Mapping[int, pd.DataFrame]  # by epochs, from `gain_frame`: the largest over the smallest
    floors: pd.DataFrame  # the encoders before training: parameters, mean
    ends: tuple[Label, Label]  # the smallest and the largest


def sizes_words(found: Sizes) -> list[str]:
    """Say after each length of training whether one objective gains more by a larger encoder."""
    small, large = found.ends
    doing = f"going from the smallest encoder ({small}) to the largest ({large})"
    metric = METRICS[found.metric].phrase
    return [
        gain_words(gains, f"In jobs of {counted(epochs, 'epoch')}", doing, metric)
        for epochs, gains in found.gains.items()
        if len(gains)
    ]


def lengths_of(axes: tuple[Axis, ...], own: int) -> dict[int, Mapping[str, Label]]:
    """Return where the axis of epochs stands for each length of training, the shortest first."""
    epochs = next((axis for axis in axes if axis.path == EPOCHS), None)
    if epochs is None:
        return {own: {}}
    return {int(value): {epochs.name: value} for value in sorted(epochs.labels)}
