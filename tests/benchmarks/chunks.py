"""Large batches in chunks: memory and time of a step, beside plain batches.

    python tests/benchmarks/chunks.py [--batches 512 4096] [--chunk 512]

Each line is a process of its own: it trains the micro encoder on made-up images of 32 x 32, crop and color,
on one thread: the peak of its resident memory, and the seconds for 1,024 images once warm.
"""

import argparse
import resource
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))


def train(batch: int, chunk: int | None) -> None:
    """Train for two epochs of two batches; print memory and time."""
    import torch

    from ablation.augment.views import TwoViews
    from ablation.data.device import DeviceDataset, Images, Normalize
    from ablation.grid.augmentations import Step
    from ablation.grid.operations import Color, Crop
    from ablation.grid.recipe import Pretrain, Views
    from ablation.pretrain.loop import pretrain
    from ablation.pretrain.network import initial

    torch.set_num_threads(1)
    pixels = torch.randint(0, 256, (2 * batch, 3, 32, 32), dtype=torch.uint8)
    images = Images(pixels, torch.zeros(len(pixels), dtype=torch.long), groups=None)
    data = DeviceDataset(images, images, pixels, Normalize.of(pixels), classes=1)
    job = Pretrain(epochs=2, batch_size=batch, chunk=chunk)
    views = TwoViews.build([Step("crop", Crop()), Step("color", Color())], Views(), 32, 0)
    trained = pretrain(initial(job, 0, pixels.device), data, views, job, 0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{batch:>6} {chunk or '–':>6} {peak:>9.0f} {1024 / trained.epochs[-1].images_per_second:>9.2f}")


def main() -> None:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batches", type=int, nargs="+", default=[512, 4096])
    parser.add_argument("--chunk", type=int, default=512)
    parser.add_argument("--one", type=int, nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        train(asked.one[0], asked.one[1] or None)
        return
    print(f"{'batch':>6} {'chunk':>6} {'peak MB':>9} {'s / 1,024':>9}")
    for batch in asked.batches:
        for chunk in (0, asked.chunk):
            subprocess.run([sys.executable, __file__, "--one", str(batch), str(chunk)], check=True)


if __name__ == "__main__":
    main()
