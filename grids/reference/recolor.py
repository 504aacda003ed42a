"""Take the class out of colour: each image gets the colours of another of any class; lightness is kept.

    python grids/reference/recolor.py cifar10-10k.npz recolored.npz

Colours are the mean and standard deviation of a and b in Lab, as in the package's colour bias; the donors are
a fixed derangement within each split.
"""

import sys
from pathlib import Path

import numpy as np
import torch

from ablation.shortcut.bias import derangement, swap_colors


def main(source: str, target: str) -> None:
    """Write an `.npz` like another, its images recoloured."""
    with np.load(source) as archive:
        arrays = {name: archive[name] for name in archive.files}
    for seed, split in enumerate(("train_x", "test_x")):
        images = torch.from_numpy(arrays[split]).permute(0, 3, 1, 2).contiguous()
        donors = images[derangement(len(images), seed)]
        recolored = swap_colors(images, donors).images
        arrays[split] = recolored.permute(0, 2, 3, 1).contiguous().numpy()
    np.savez(Path(target), **arrays)


if __name__ == "__main__":
    main(*sys.argv[1:])
