"""Memory: what a worker holds, and a whole run, and that a second worker adds no second copy of the data.

    python tests/benchmarks/memory.py [--images 10000 60000] [--workers 1 2]

Jobs of an epoch on made-up images of 32 x 32: four cells with evaluation, leak and use, then the floors, of
which raw pixels have 3,072 features an image. A run is a process of its own, and all its processes are looked
at twenty times a second. Peaks, in MB (10^6 bytes):

- `resident`: of the largest worker, as the system counts it (`ru_maxrss`): what it shares with others, the
  libraries' code and the data set, is counted in each.
- `anonymous`: the part of it that no file backs, and that another worker therefore adds.
- `whole run`: parent and workers at once, each shared page counted once (the sum of proportional set sizes).

Linux only: it reads /proc.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.overhead import GRID, pictures

EVERY = 0.05  # seconds
MB = 1_000_000
FLOORS = '["raw-pixels", "color-histogram", "random-init"]'


@dataclass
class Peaks:
    """Of a run, in bytes."""

    resident: dict[int, int] = field(default_factory=dict)  # by process, of all but the parent
    anonymous: dict[int, int] = field(default_factory=dict)
    parent: int = 0  # the anonymous part of it
    whole: int = 0


def processes(root: int) -> Iterator[int]:
    """Yield a process and all that descend from it."""
    yield root
    try:
        threads = list(Path(f"/proc/{root}/task").iterdir())
        children = {int(pid) for one in threads for pid in (one / "children").read_text().split()}
    except (OSError, ValueError):
        return
    for child in children:
        yield from processes(child)


def held(pid: int) -> dict[str, int] | None:
    """Return what a process holds in bytes: Rss, Pss, Anonymous, … of smaps_rollup, and its peak.

    None of one that has just ended.
    """
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        lines += [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmHWM" in line]
    except OSError:
        return None
    found = {name: 1024 * int(value.split()[0]) for name, value in (line.split(":") for line in lines)}
    return found if {"VmHWM", "Anonymous", "Pss"} <= found.keys() else None


def watch(command: list[str], out: IO[str] | int = subprocess.DEVNULL) -> Peaks:
    peaks = Peaks()
    with subprocess.Popen(command, stdout=out) as run:
        while run.poll() is None:
            whole = 0
            for pid in processes(run.pid):
                now = held(pid)
                if now is None:
                    continue
                if pid == run.pid:
                    peaks.parent = max(peaks.parent, now["Anonymous"])
                else:
                    peaks.resident[pid] = max(peaks.resident.get(pid, 0), now["VmHWM"])
                    peaks.anonymous[pid] = max(peaks.anonymous.get(pid, 0), now["Anonymous"])
                whole += now["Pss"]
            peaks.whole = max(peaks.whole, whole)
            time.sleep(EVERY)
    assert run.returncode == 0
    return peaks


def run(npz: Path, images: int, folder: Path, workers: int, baselines: str) -> Peaks:
    settings = (
        *("data.source=npz", f"data.path={npz}", f"data.train={images}"),
        *("pretrain.epochs=1", f"baselines={baselines}"),
        "augmentations={crop={}, color={strength=0.5}}",
    )
    sets = [word for setting in settings for word in ("--set", setting)]
    out = ["--out", str(folder), "--workers", str(workers), "--device", "cpu"]
    return watch([sys.executable, "-m", "ablation", "run", str(GRID), *out, *sets])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, nargs="+", default=[10_000, 60_000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    arguments = parser.parse_args()
    print(f"{'':<26}{'a worker: resident':>19}{'anonymous':>11}{'whole run':>11}")
    with TemporaryDirectory() as name:
        place = Path(name)
        os.environ["ABLATION_CACHE"] = str(place / "cache")
        for images in arguments.images:
            npz = place / f"{images}.npz"
            pictures(npz, images)
            for workers in arguments.workers:
                folder = place / f"{images}-{workers}"
                # The second run finds the cells of the first done, and runs the floors alone.
                for cells, baselines in {"pairs": "[]", "floors": FLOORS}.items():
                    peaks = run(npz, images, folder, workers, baselines)
                    numbers = max(peaks.resident.values()), max(peaks.anonymous.values()), peaks.whole
                    resident, anonymous, whole = (round(number / MB) for number in numbers)
                    row = f"{images} images, {workers} × {cells}"
                    print(f"{row:<26}{resident:>19}{anonymous:>11}{whole:>11}", flush=True)


if __name__ == "__main__":
    main()
