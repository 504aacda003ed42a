"""What must hold after a fault, and after the next run."""

import os
import subprocess
import time

from ablation.results.stored.cells import is_finished, read_record

PATIENCE = 600  # seconds that a run may take on a busy machine
ATTEMPTS = 4  # of which one must do
ENDS = (0, 1, 2, 130, -1, -2, -9, -15)  # done, with failed jobs, an error in words, stopped, killed
UNSEEMLY = ("Traceback", "UserWarning", "Exception ignored", "Fatal")


class FoundError(AssertionError):
    """Something that must not be."""


def finished(place):
    """The cells that are finished, and when their files were written."""
    found = {}
    for path in place.results.glob("cells/*.json"):
        try:
            record = read_record(place.results, path.stem)
            if record is not None and is_finished(record):
                found[path.stem] = path.stat().st_mtime_ns
        except OSError:
            continue
    return found


def ended(place, run, patience=PATIENCE):
    """Wait for a run, and look at what it said."""
    try:
        run.wait(patience)
    except subprocess.TimeoutExpired:
        raise FoundError(f"a hang: {place.processes()}\n{place.said}") from None
    if any(word in place.said for word in UNSEEMLY) or run.returncode not in ENDS:
        raise FoundError(f"exit {run.returncode}: {place.said}")
    end = time.monotonic() + 15
    while place.processes():
        if time.monotonic() > end:
            raise FoundError(f"left behind: {place.processes()}\n{place.said}")
        time.sleep(0.1)


def kept(place, before, excused=()):
    """No cell that was finished has run again, or is lost."""
    after = finished(place)
    again = [id for id, when in before.items() if id not in excused and after.get(id) != when]
    if again:
        raise FoundError(f"finished cells that ran again or were lost: {again}\n{place.said}")


def made_whole(place, expected, may_change=()):
    """Run until all is done; no finished cell runs again, and the table is as if nothing had happened."""
    for _ in range(ATTEMPTS):
        before = finished(place)
        run = place.start()
        ended(place, run)
        kept(place, before, may_change)
        if run.returncode == 0:
            break
    else:
        raise FoundError(f"not done after {ATTEMPTS} runs: {place.said}")
    if (place.results / "cells.csv").read_bytes() != expected:
        raise FoundError(f"other numbers:\n{(place.results / 'cells.csv').read_text()}\n{place.said}")
    left = [path for path in place.results.rglob("*") if path.name.endswith(".tmp") or path.name == "partial"]
    if left := [path for path in left if path.parent != place.results or os.path.isdir(path)]:  # noqa: PTH112
        raise FoundError(f"left behind: {left}")
