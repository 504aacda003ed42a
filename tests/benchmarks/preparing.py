"""Preparing: seconds and memory of listing, hashing, decoding and comparing very many small image files.

    python tests/benchmarks/preparing.py [--images 20000 200000] [--side 8] [--classes 100] [--rounds 3]

Files are PNGs of noise, each in the folder of its class. Every stage is a process of its own:

- `list`: the folder as classes with their files.
- `hash`: the SHA-256 of every file, for the first time; `hash again`: recalled, with the files unchanged.
- `decode`: into a map on the disk.
- `copies`: exact and near copies among the decoded images, a fifth of them in the test split.
- `prepare`: all of what `ablation run` does before its first job, the fingerprint included.

Numbers are medians of the rounds. Memory is the peak that no file backs, in MB (10^6 bytes); `start` is what
the imports take. Linux only: it reads /proc.
"""

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.memory import MB, watch

STAGES = ("start", "list", "hash", "hash again", "decode", "copies", "prepare")


def files(folder: Path, count: int, side: int, classes: int) -> None:
    random = np.random.default_rng(0)
    for number in range(classes):
        (folder / f"{number:04}").mkdir(parents=True)
    for number in range(count):
        picture = Image.fromarray(random.integers(0, 256, (side, side, 3), np.uint8))
        picture.save(folder / f"{number % classes:04}" / f"{number:07}.png", compress_level=1)


def stage(name: str, folder: Path, side: int, images: Path) -> None:
    """Run a stage, and print its seconds; in a process of its own."""
    from ablation.data.copies import pixel_content, settle
    from ablation.data.decoding.findings import Findings
    from ablation.data.decoding.pages import Page
    from ablation.data.decoding.pool import decode_all
    from ablation.data.decoding.reading import Reading
    from ablation.data.fingerprint import data_fingerprint
    from ablation.data.hashes import content_hashes
    from ablation.data.near import near_pairs
    from ablation.data.prepare import prepare
    from ablation.data.sources.arrays import new_images
    from ablation.data.sources.listing import listings
    from ablation.data.tree import tree
    from ablation.grid.data import ImageFolder

    began = time.perf_counter()
    data = ImageFolder(source="folder", path=str(folder), size=side)
    if name == "list":
        listings(tree(folder))
    elif name.startswith("hash"):
        content_hashes(tree(folder).files, folder)
    elif name == "decode":
        pages = [Page(path) for path in tree(folder).files]
        for remains in images.glob("*"):
            remains.unlink()
        began = time.perf_counter()
        written = new_images(images, "train", len(pages), side)
        decode_all(pages, written, np.arange(len(pages)), Reading(side), Findings())
    elif name == "copies":
        decoded = np.load(images / "train_images.npy", mmap_mode="r")
        fifth = len(decoded) // 5
        labels, test = np.zeros(len(decoded), np.int64), np.arange(len(decoded)) >= len(decoded) - fifth
        settle("refuse", pixel_content(decoded), labels, test, None, str, "photos")
        near_pairs(decoded[:-fifth], decoded[-fifth:])
    elif name == "prepare":
        prepare(data, data_fingerprint(data))
    print(json.dumps(time.perf_counter() - began))


def run(name: str, folder: Path, side: int, images: Path) -> tuple[float, float]:
    """Return the seconds and the memory of a stage."""
    said = images.parent / "said.json"
    with said.open("w") as out:
        command = [sys.executable, __file__, "--stage", name, str(folder), str(side), str(images)]
        peaks = watch(command, out)
    return json.loads(said.read_text()), peaks.parent / MB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, nargs="+", default=[20_000, 200_000])
    parser.add_argument("--side", type=int, default=8)
    parser.add_argument("--classes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    print(f"{'':<28}{'seconds':>9}{'memory':>9}", flush=True)
    for count in arguments.images:
        with TemporaryDirectory() as name:
            place = Path(name)
            os.environ["ABLATION_CACHE"] = str(place / "cache")
            files(place / "photos", count, arguments.side, arguments.classes)
            (place / "images").mkdir()
            time.sleep(4)  # the hash of a file that has just been written is not remembered
            for one in STAGES:
                times = []
                for _ in range(arguments.rounds):
                    if one in ("hash", "prepare"):
                        shutil.rmtree(
                            place / "cache" / ("hashes" if one == "hash" else "data"), ignore_errors=True
                        )
                    times.append(run(one, place / "photos", arguments.side, place / "images"))
                seconds, memory = (median(values) for values in zip(*times, strict=True))
                print(f"{f'{count} images: {one}':<28}{seconds:>9.1f}{memory:>9.0f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--stage"]:
        _, _, of, photos, pixels, where = sys.argv
        stage(of, Path(photos), int(pixels), Path(where))
    else:
        main()
