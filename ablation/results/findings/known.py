"""What h and z still know of transformations, policy by policy (SimCLR's Table 3)."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ablation.grid.baselines import baseline_words, weights_of
from ablation.grid.models import Grid
from ablation.results.frames.rows import named
from ablation.results.metrics import TRANSFORMATIONS
from ablation.results.numbers import cell_name, counted_seeds, written
from ablation.results.statistics.estimates import tabulate
from ablation.results.statistics.paired import contrasts_over_seeds, means_over_seeds
from ablation.words import counted

COLUMNS = ("policy", "task", "features", "n", "mean", "low", "high", "lost", "lost_low", "lost_high", "p")
CHANCE = {"gray": 0.5, "rotation": 0.25, "noise": 0.5, "sobel": 0.5}
# ImageNet, ResNet-50, an MLP; h and z in %. Of colour or gray the paper's chance is 80 %, not 50.
TABLE_3 = {"rotation": (67.6, 25.6), "noise": (99.5, 59.6), "sobel": (96.6, 56.3)}
_TASK_OF = {"color": "gray", "rotate": "rotation", "noise": "noise", "sobel": "sobel"}  # by operation
UNTRAINED = "random-initialised encoder"


def known_frame(results: pd.DataFrame, baselines: pd.DataFrame) -> pd.DataFrame:
    """Say how often h, and z, tell the versions of an image, on average over the seeds.

    Args:
        results: from `load_results`.
        baselines: from `load_baselines`.

    Returns:
        A row for each policy (the untrained encoder last), `task` (gray, rotation, noise, sobel) and
        `features` (h, z): `n` (seeds), `mean` (a fraction) with its 95 % interval over seeds `low` to `high`;
        and, in the rows of z, what z has `lost` against h, paired over seeds, with `lost_low`, `lost_high`
        and `p`, corrected for the policies. No rows where the grid did not ask for it.
    """
    lines = _lines(results, baselines)
    frames = []
    for task in TRANSFORMATIONS:
        h, z = (
            lines.pivot_table(f"knows_{task}{suffix}", "policy", "seed", sort=False) for suffix in ("", "_z")
        )
        if h.empty:
            continue
        lost = _losses(h, z)
        for features, table in (("h", h), ("z", z)):
            if table.empty:
                continue
            found = means_over_seeds(table.to_numpy(float), lambda weights: weights[:, 0] * np.nan)
            mean = tabulate(found, table.index, "mean")[["mean", "low", "high"]]
            more = lost if features == "z" else lost.iloc[:0]
            frames.append(mean.join(more).assign(task=task, features=features, n=table.notna().sum(axis=1)))
    if not frames:
        return pd.DataFrame(columns=list(COLUMNS))
    frame: pd.DataFrame = pd.concat(frames).rename_axis("policy").reset_index()[list(COLUMNS)]
    return frame


def known_words(frame: pd.DataFrame, grid: Grid) -> list[str]:
    """Say what the head gives up of the transformations that a policy was trained with.

    Args:
        frame: from `known_frame`.
        grid: says which policy has which operation.
    """
    rows = {(row["policy"], row["task"], row["features"]): row for row in frame.to_dict("records")}
    sentences = []
    for task in TRANSFORMATIONS:
        with_it = [
            one
            for one in grid.resolved
            if (one.name, task, "z") in rows and any(_asks(step.operation, task) for step in one.steps)
        ]
        if with_it:  # of several, the shortest policy has least beside it
            name = min(with_it, key=lambda one: len(one.steps)).name
            sentences.append(_sentence(name, task, rows[name, task, "h"], rows[name, task, "z"]))
    epochs = counted(grid.pretrain.epochs, "epoch")
    return [f"In jobs of {epochs}:", *sentences] if sentences else []


def _asks(operation: object, task: str) -> bool:
    return _TASK_OF.get(getattr(operation, "operation", "")) == task


def _sentence(policy: str, task: str, h: Mapping[Hashable, Any], z: Mapping[Hashable, Any]) -> str:
    lost = ""
    if not np.isnan(z["lost_low"]):
        number, low, high = (written(100 * z[key], ".1f") for key in ("lost", "lost_low", "lost_high"))
        lost = f" ({number} points lost, {low} to {high}, {counted_seeds(int(z['n']))})"
    theirs = "; in the paper {} and {} %".format(*TABLE_3[task]) if task in TABLE_3 else ""
    return (
        f"Trained with {policy}, h tells {TRANSFORMATIONS[task]} in {written(100 * h['mean'], '.1f')} % of "
        f"the images and z in {written(100 * z['mean'], '.1f')} %{lost}; chance is "
        f"{100 * CHANCE[task]:.0f} %{theirs}."
    )


def _lines(results: pd.DataFrame, baselines: pd.DataFrame) -> pd.DataFrame:
    asked = [f"knows_{task}{suffix}" for task in TRANSFORMATIONS for suffix in ("", "_z")]
    plain = named(results)
    pairs = zip(plain["first"], plain["second"], strict=True)
    cells = plain.assign(policy=[cell_name(pair) for pair in pairs])
    name = baseline_words("random-init", weights) if (weights := weights_of(results.attrs)) else UNTRAINED
    floor = baselines[baselines["kind"].astype(str) == "random-init"].assign(policy=name)
    columns = ["policy", "seed", *asked]
    lines: pd.DataFrame = pd.concat([cells[columns], floor[columns].astype({"seed": "int64"})])
    return lines


def _losses(h: pd.DataFrame, z: pd.DataFrame) -> pd.DataFrame:
    both = h.index.intersection(z.index, sort=False)
    lost = (h.loc[both] - z.loc[both]).to_numpy(float)
    if not len(both):
        return pd.DataFrame(columns=["lost", "lost_low", "lost_high", "p"])
    found = tabulate(contrasts_over_seeds(lost, np.full(len(both), np.nan)), both, "lost", "sidak")
    renamed = {"low": "lost_low", "high": "lost_high"}
    return found[["lost", "low", "high", "p"]].rename(columns=renamed)
