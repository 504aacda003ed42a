"""One job on several devices: a step of one process beside one of two gloo processes, in turns.

    python tests/benchmarks/ranks.py [--rounds 5] [--batch 128]

Each process has one thread. It trains on made-up images of 32 x 32, crop and color. A line has the medians of
the seconds of a step, and of the processor's seconds that it takes of a rank: on a busy machine the latter
still tell how much of the work is divided.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

ENCODERS = ({"width": 32}, {"encoder": "resnet18", "width": 16, "stem": "cifar"})
STEPS, EPOCHS = 8, 2


def train(rank: int, store: str, rounds: int, batch: int) -> None:
    """Train alone, then together, as often as asked; rank 0 prints."""
    import torch
    import torch.distributed as dist

    from ablation.augment.views import TwoViews
    from ablation.data.device import DeviceDataset, Images, Normalize
    from ablation.grid.augmentations import Step
    from ablation.grid.operations import Color, Crop
    from ablation.grid.recipe import Pretrain, Views
    from ablation.pretrain.loop import pretrain
    from ablation.pretrain.network import initial

    torch.set_num_threads(1)
    dist.init_process_group("gloo", store=dist.FileStore(store, 2), rank=rank, world_size=2)
    pixels = torch.randint(0, 256, (STEPS * batch, 3, 32, 32), dtype=torch.uint8)
    images = Images(pixels, torch.zeros(len(pixels), dtype=torch.long), groups=None)
    data = DeviceDataset(images, images, pixels, Normalize.of(pixels), classes=1)
    views = TwoViews.build([Step("crop", Crop()), Step("color", Color())], Views(), 32, 0)
    for encoder in ENCODERS:
        found: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
        for _ in range(rounds):
            for world_size in found:
                dist.barrier()
                if rank >= world_size:
                    continue
                job = Pretrain(**encoder, epochs=EPOCHS, batch_size=batch, world_size=world_size)
                before = time.process_time()
                trained = pretrain(initial(job, 0, pixels.device), data, views, job, 0)
                processor = (time.process_time() - before) / (EPOCHS * STEPS)
                found[world_size].append((batch / trained.epochs[-1].images_per_second, processor))
        if rank == 0:
            (alone, own), (wall, each) = (
                map(statistics.median, zip(*one, strict=True)) for one in found.values()
            )
            name = f"{encoder.get('encoder', 'resnet-micro')}/{encoder['width']}"
            print(
                f"{name:>16} {alone:>8.3f} {wall:>8.3f} {alone / wall:>6.2f} "
                f"{own:>8.3f} {each:>8.3f} {own / each:>6.2f}",
                flush=True,
            )
    dist.destroy_process_group()


def main() -> None:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rank", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--store", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.store:
        train(asked.rank, asked.store, asked.rounds, asked.batch)
        return
    print(f"{'':>16} {'seconds of a step':>24} {'of the processor':>24}")
    print(
        f"{'encoder':>16} {'one':>8} {'two':>8} {'ratio':>6} {'one':>8} {'a rank':>8} {'ratio':>6}",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--store", f"{folder}/store"]
        settings = ["--rounds", str(asked.rounds), "--batch", str(asked.batch)]
        ranks = [subprocess.Popen([*command, *settings, "--rank", str(rank)]) for rank in range(2)]
        ended = [one.wait() for one in ranks]
        if any(ended):
            sys.exit("a rank failed")


if __name__ == "__main__":
    main()
