"""The noise of the reference, in parts: the constants of ablation/results/statistics/noise.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ablation.results.statistics.measured_noise import noise_of
from ablation.results.study import read_study

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"CIFAR10": "cifar10-pairs", "SHAPES": "shapes", "PALETTES": "palettes"}

if __name__ == "__main__":
    for name, folder in FOLDERS.items():
        study = read_study(ROOT / "results" / "reference" / folder)
        noise = noise_of(study.results, study.correct_by(study.chosen_by))
        size = f"{len(study.folder.grid.planned)} cells, {len(study.folder.grid.seeds)} seeds"
        parts = f"luck={noise.luck:.4f}, images={noise.images:.4f}, unequal={noise.unequal:.2f}"
        print(f"{name} = Noise(seeds={noise.seeds:.2e}, {parts})  # {folder}, {size}")
