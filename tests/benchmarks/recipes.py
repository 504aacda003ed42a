"""Which short recipe tells augmentations apart best, by validation accuracy alone.

    python tests/benchmarks/recipes.py --npz photographs.npz --out recipes    # runs what is missing
    python tests/benchmarks/recipes.py --out recipes --read                   # reads what is there

Each recipe is `grids/reference/search.toml` (nine cells, three seeds) with one setting changed. It is judged
by the variance between cells over the variance between seeds: cells are random, the mean of each seed is
taken out (the seeds are paired), and the interval is the F distribution's. Neither test accuracy nor the
paper is read.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

import ablation as ab

GRID = Path(__file__).parents[2] / "grids" / "reference" / "search.toml"
RECIPES: dict[str, tuple[str, ...]] = {
    "as grids/cifar10.toml": (),
    "temperature 0.05": ("pretrain.temperature=0.05",),
    "temperature 0.2": ("pretrain.temperature=0.2",),
    "learning rate 2e-3": ("pretrain.learning_rate=2e-3",),
    "learning rate 8e-3": ("pretrain.learning_rate=8e-3",),
    "batch 64": ("pretrain.batch_size=64",),
    "batch 256": ("pretrain.batch_size=256",),
    "color strength 1": ("augmentations.color.strength=1.0",),
    "width 48": ("pretrain.width=48",),
    "16 epochs": ("pretrain.epochs=16",),
}


class Resolution(NamedTuple):
    """How well a recipe tells its cells apart."""

    ratio: float  # variance between cells over variance between seeds
    low: float  # 90 % interval
    high: float
    between_cells: float  # standard deviations, in points
    between_seeds: float
    best: float  # mean of the best cell, %
    seeds: int


def resolution(results: pd.DataFrame) -> Resolution:
    """Compare cells with seeds, over the seeds of which every cell has a number."""
    wide = results.pivot_table(
        index=["first", "second"], columns="seed", values="linear_top1_val", observed=True
    )
    every = pd.MultiIndex.from_tuples(results.attrs["cells"])
    x = 100 * wide.reindex(every).dropna(axis="columns").to_numpy()
    cells, seeds = x.shape
    means = x.mean(axis=1)
    residual = x - means[:, None] - x.mean(axis=0) + x.mean()
    noise = (residual**2).sum() / ((cells - 1) * (seeds - 1))
    f = seeds * means.var(ddof=1) / noise
    quantiles = stats.f.ppf([0.95, 0.05], cells - 1, (cells - 1) * (seeds - 1))
    ratio, low, high = (max(0.0, (value - 1) / seeds) for value in (f, *(f / quantiles)))
    return Resolution(ratio, low, high, np.sqrt(ratio * noise), np.sqrt(noise), means.max(), seeds)


def main() -> None:
    """Run the recipes that are missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="a folder for the results folders")
    parser.add_argument("--npz", type=Path, help="photographs, as the grid's data.path")
    parser.add_argument("--read", action="store_true", help="run nothing")
    asked = parser.parse_args()
    print(f"{'recipe':<24}{'ratio':>7}{'90 %':>15}{'cells':>8}{'seeds':>7}{'best':>7}{'s a job':>9}")
    for name, settings in RECIPES.items():
        folder = asked.out / name.replace(" ", "-").replace("/", "-")
        if not asked.read:
            sets = [*settings, "data.source=npz", f"data.path={asked.npz}"] if asked.npz else settings
            command = [sys.executable, "-m", "ablation", "run", str(GRID), "--out", str(folder)]
            subprocess.run([*command, *(part for s in sets for part in ("--set", s))], check=True)
        if not folder.exists():
            continue
        results = ab.load_results(folder)
        if results.groupby("seed").size().eq(len(results.attrs["cells"])).sum() < 2:
            print(f"{name:<24}fewer than two whole seeds")
            continue
        found, seconds = resolution(results), results.attrs["seconds_a_seed"] / len(results.attrs["cells"])
        print(
            f"{name:<24}{found.ratio:>7.1f}{f'{found.low:.1f} to {found.high:.1f}':>15}"
            f"{found.between_cells:>8.2f}{found.between_seeds:>7.2f}{found.best:>7.1f}{seconds:>9.1f}"
            + ("" if found.seeds == 3 else f"  {found.seeds} seeds")
        )


if __name__ == "__main__":
    main()
