"""Does the advice of short jobs hold in long training of a larger encoder? Numbers first, then the tables.

    python tests/benchmarks/transfer.py measure SHORT LONG OUT.csv    # from two results folders
    python tests/benchmarks/transfer.py table OUT.csv...              # as in results/reference/transfer

SHORT holds the micro encoder's jobs at several lengths; LONG the same cells of a larger encoder. If SHORT was
run with `save_encoder = true`, what a cell knows beyond colour is measured from the encoders, on validation
images:

- joined: linear accuracy on h and the colour histogram together, minus that on the histogram
- unlike: linear accuracy on the images whose class a colour histogram gets wrong
- recolored, gray: linear accuracy on validation images in another image's colours, and in gray
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

import ablation as ab
from ablation.data.device import DeviceDataset, load_on
from ablation.data.prepare import prepare
from ablation.data.splits import validation_split
from ablation.evaluate.floors import color_histogram
from ablation.evaluate.linear import Standardize, choose_regularization, fit_classifier
from ablation.evaluate.scores import top1
from ablation.grid.recipe import Evaluate
from ablation.pretrain.checkpoint import load_checkpoint
from ablation.results.findings.proxies import PROXIES
from ablation.results.statistics.ranks import spearman
from ablation.shortcut.bias import derangement, gray, swap_colors

INNER = (2, 8)  # epochs: of the rungs that a race chooses on
CELL = ["first", "second"]
BEYOND = ("joined", "unlike", "recolored_val", "gray_val")
LABEL_FREE = {one.score: one for one in PROXIES}


class BeyondColour:
    """Measures encoders of one data set; the colour histogram's part is computed once."""

    def __init__(self, data: DeviceDataset, settings: Evaluate) -> None:
        self.data, self.settings = data, settings
        labels = data.train.labels.numpy()
        fit, held_out = validation_split(labels, settings.validation_fraction, None)
        self.fit, self.held_out = torch.as_tensor(fit), torch.as_tensor(held_out)
        pixels = data.train.pixels[self.held_out]
        donors = pixels[derangement(len(pixels), seed=0)]
        self.recolored, self.gray = swap_colors(pixels, donors).images, gray(pixels)
        self.histogram = color_histogram(data.train.pixels)  # (N, 512)
        _, predicted = self._chosen(self.histogram)
        self.truth = data.train.labels[self.held_out]
        self.alone, self.wrong = top1(predicted, self.truth), predicted != self.truth

    def __call__(self, checkpoint: Path) -> dict[str, float]:
        model = load_checkpoint(checkpoint, torch.device("cpu")).model
        h = model.features(self.data.train.pixels)  # (N, d)
        strength, predicted = self._chosen(h)
        _, joined = self._chosen(torch.cat([h, self.histogram], dim=1))
        labels = self.data.train.labels[self.fit]
        classify = fit_classifier(h[self.fit], labels, self.data.classes, strength, self.settings)
        return {
            "joined": top1(joined, self.truth) - self.alone,
            "unlike": top1(predicted[self.wrong], self.truth[self.wrong]),
            "recolored_val": top1(classify(model.features(self.recolored)), self.truth),
            "gray_val": top1(classify(model.features(self.gray)), self.truth),
        }

    def _chosen(self, h: Tensor) -> tuple[float, Tensor]:
        x, labels, classes = Standardize.by(h)(h), self.data.train.labels, self.data.classes
        return choose_regularization(x, labels, self.fit, self.held_out, classes, self.settings)


def measure(short: str, long: str, out: str) -> None:
    """Write a row for each job of both folders."""
    torch.set_num_threads(1)
    study, larger = ab.open_study(short), ab.open_study(long)
    grid = study.folder.grid
    folder = prepare(grid.data, study.folder.environment.fingerprint)
    beyond = BeyondColour(load_on(folder, torch.device("cpu")), grid.evaluate)
    frames = [larger.results.assign(encoder="long", epochs=larger.folder.grid.pretrain.epochs)]
    for epochs, at in study.by_epochs.items():
        rows = at.results.assign(encoder="short", epochs=epochs)
        files = [study.folder.path / "cells" / f"{id}.safetensors" for id in rows["id"]]
        if epochs in INNER and all(file.exists() for file in files):
            rows = rows.join(pd.DataFrame([beyond(file) for file in files], index=rows.index))
        frames.append(rows)
        print(f"{epochs} epochs: {len(rows)} jobs", flush=True)
    scores = ["linear_top1_val", "linear_top1", "knn_top1_val", *LABEL_FREE, "leak_bits_chroma", *BEYOND]
    table = pd.concat(frames).reindex(columns=["encoder", "epochs", *CELL, "seed", *scores])
    table.round(6).to_csv(out, index=False)


def means(table: pd.DataFrame, encoder: str, epochs: int) -> pd.DataFrame:
    part = table[(table["encoder"] == encoder) & (table["epochs"] == epochs)]
    return part.drop(columns=["encoder", "epochs", "seed"]).groupby(CELL, sort=False).mean()


def predictors(table: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """Name each short measurement, with a number for each cell that is higher where it prefers the cell."""
    short = {epochs: means(table, "short", epochs) for epochs in INNER}
    for epochs, cells in short.items():
        yield f"linear top-1, {epochs} epochs", cells["linear_top1_val"]
        yield f"kNN, {epochs} epochs", cells["knn_top1_val"]
        for name in BEYOND:
            yield f"{name}, {epochs} epochs", cells[name]
    last = short[INNER[-1]]
    slope = (last - short[INNER[0]])["linear_top1_val"] / np.log(INNER[1] / INNER[0])
    longest = int(table.loc[table["encoder"] == "long", "epochs"].max())
    yield f"slope from {INNER[0]} to {INNER[1]} epochs", slope
    yield "that trend, to the long jobs", last["linear_top1_val"] + slope * np.log(longest / INNER[1])
    for name, proxy in LABEL_FREE.items():
        preferred = proxy.preference(last[name].to_numpy(float))
        yield f"{name}, {INNER[1]} epochs", pd.Series(preferred, last.index)
    yield f"chroma leak, low, {INNER[1]} epochs", -last["leak_bits_chroma"]


def interval(rho: float, cells: int) -> tuple[float, float]:
    """Return Spearman's 95 % interval by Fisher's z, with the error of Bonett and Wright (2000)."""
    error = 1.96 * np.sqrt((1 + rho**2 / 2) / (cells - 3))
    return float(np.tanh(np.arctanh(rho) - error)), float(np.tanh(np.arctanh(rho) + error))


def table_of(path: Path) -> list[tuple[str, str, str, float]]:
    """Compare every short measurement with the long ranking: name, rank correlation, choice, points lost.

    The best long cell is chosen on its validation, and all regrets are differences on its test split, so that
    what chose does not judge. A regret can be negative.
    """
    table = pd.read_csv(path)
    longest = int(table.loc[table["encoder"] == "long", "epochs"].max())
    long = means(table, "long", longest)
    truth, best = long["linear_top1"], long["linear_top1_val"].idxmax()
    rows = []
    for name, values in predictors(table):
        known = values.dropna().index.intersection(truth.index)
        if not known.empty:
            rho = spearman(values[known].to_numpy(float), truth[known].to_numpy(float))
            low, high = interval(rho, len(known))
            choice = values[known].idxmax()
            lost = 100 * (truth[best] - truth[choice])
            rows.append(
                (name, f"{rho:.2f} ({low:.2f} to {high:.2f})", " → ".join(dict.fromkeys(choice)), lost)
            )
    return [*rows, ("a random pair, in the mean", "", "", 100 * (truth[best] - truth.mean()))]


if __name__ == "__main__":
    if sys.argv[1] == "measure":
        measure(*sys.argv[2:])
    else:
        for name in sys.argv[2:]:
            print(f"\n{name}\n\n| measured | ρ (95 %) | choice | points lost |\n|---|---|---|---|")
            for measured, rho, choice, lost in table_of(Path(name)):
                print(f"| {measured} | {rho} | {choice} | {lost:.1f} |")
