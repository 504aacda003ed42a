"""`make soak`: faults for an hour, or as many minutes as SOAK says; prints how many, and what came of them.

Nine tenths of the time go to runs that are disturbed, the rest to results folders that are damaged. What is
done, and when, follows from the seed; where a process is at that moment does not.
"""

import os
import random
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.hostile import Wholes, tried
from tests.faults.live import Undisturbed, disturbed

KINDS = ("grid", *["study"] * 10, *["race"] * 5)  # of runs; the first is of real jobs
FOLDERS = (*["study"] * 7, "race")


def soak(minutes: float, seed: str, folder: Path) -> int:
    """Inject faults; return how many things were found that must not be."""
    live, damage, runs, folders, found = Counter(), Counter(), Counter(), Counter(), 0
    undisturbed = Undisturbed(folder)
    os.environ["ABLATION_CACHE"] = str(folder / "cache")
    wholes = Wholes(folder)
    spent, began, told = [0.0, 0.0], time.monotonic(), 0.0
    for number in range(10**9):
        if time.monotonic() - began > 60 * minutes:
            break
        draw, start = random.Random(f"{seed}, {number}"), time.monotonic()
        of_folders = 0.9 * spent[1] < 0.1 * spent[0]
        kind = draw.choice(FOLDERS if of_folders else KINDS)
        try:
            if of_folders:
                damage += tried(wholes[kind], folder / str(number), draw)
                folders[kind] += 1
            else:
                live += disturbed(undisturbed, folder / str(number), kind, draw)
                runs[kind] += 1
        except Exception as error:
            found += 1
            words = [*getattr(error, "__notes__", ()), f"{type(error).__name__}: {error}"]
            print(f"FOUND, {seed}, {number}:", *words, sep="\n  ", flush=True)
        spent[of_folders] += time.monotonic() - start
        if time.monotonic() - began > told + 300:
            told = time.monotonic() - began
            print(
                f"{told / 60:.0f} minutes: {runs.total()} runs, {folders.total()} folders; found: {found}",
                flush=True,
            )
    happened = Counter({name: count for name, count in live.items() if not name.startswith("skipped")})
    damages = Counter({name: count for name, count in damage.items() if name not in OUTCOMES})
    print(f"{(time.monotonic() - began) / 60:.0f} minutes, seed {seed}")
    print(f"{runs.total()} disturbed runs ({_told(runs)}), {happened.total()} faults: {_told(happened)}")
    print(
        f"{folders.total()} damaged folders ({_told(folders)}), {damages.total()} damages: {_told(damages)}"
    )
    print(f"of these folders: {_told(Counter({name: damage[name] for name in OUTCOMES}))}")
    print(f"{happened.total() + damages.total()} faults in all; found that must not be: {found}")
    return found


OUTCOMES = ("read", "refused by readers", "refused by a run")


def _told(found):
    return ", ".join(f"{count} {name}" for name, count in found.most_common())


if __name__ == "__main__":
    with TemporaryDirectory() as scratch:
        sys.exit(
            min(1, soak(float(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "soak", Path(scratch)))
        )
