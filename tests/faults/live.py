"""Runs to which faults happen at random moments."""

import os
import random
import shutil
import subprocess
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from tests.faults.check import ended, finished, kept, made_whole
from tests.faults.faults import ALTERS, ENDS, FAULTS, LARGE, Skipped
from tests.faults.studies import Place


@contextmanager
def small_disk(place):
    """Keep a place's results on a disk of its own, where root may mount one."""
    place.results.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={LARGE}", "none", str(place.results)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(place.results)], check=True)


class Undisturbed:
    """One run of each kind to which nothing happens: its table, its cache, and how long it takes."""

    def __init__(self, folder: Path):
        self.folder, self.known = folder, {}

    def __getitem__(self, kind):
        if kind not in self.known:
            place = Place(self.folder / f"undisturbed {kind}", kind)
            began = time.monotonic()
            run = place.start()
            ended(place, run)
            assert run.returncode == 0, place.said
            self.known[kind] = place, (place.results / "cells.csv").read_bytes(), time.monotonic() - began
        return self.known[kind]


def drawn_round(draw: random.Random):
    """Draw what happens to one start of a run, and when: faults that it may survive, and often its end."""
    faults = draw.sample(sorted(set(FAULTS) - set(ENDS)), draw.randint(2, 5))
    faults += [draw.choice(ENDS)] * (draw.random() < 0.7)
    return list(zip(sorted(draw.uniform(0, 0.9) for _ in faults), faults, strict=True))


def disturbed(undisturbed, folder, kind, draw: random.Random, rounds=None):
    """Start a run again and again, let faults happen to it, and make it whole; return which happened.

    Args:
        undisturbed: runs to which nothing happened.
        folder: where to run.
        kind: of study.
        draw: source of draws.
        rounds: for each start, its faults, in order, and when, as a share of an undisturbed run's time; drawn
            by default.
    """
    whole, expected, seconds = undisturbed[kind]
    place = Place(folder, kind)
    happened, excused = Counter(), False
    rounds = rounds or [drawn_round(draw) for _ in range(draw.randint(1, 2 if kind == "grid" else 3))]
    shutil.copytree(whole.cache, place.cache)
    try:
        with small_disk(place):
            for faults in rounds:
                before = finished(place)
                now, whole_now = _one_round(place, faults, seconds, draw)
                happened += now
                altered = bool(set(ALTERS) & set(now))
                kept(place, before, excused=before if altered or excused else ())
                # Damage that came late is mended by the next run that comes to its end.
                excused = altered or (excused and not whole_now)
            made_whole(place, expected, may_change=finished(place) if excused else ())
    except Exception as error:
        error.add_note(f"{kind}, {rounds}, {dict(happened)}")
        raise
    shutil.rmtree(place.path)
    return happened


def _one_round(place, faults, seconds, draw):
    happened, undo = Counter(), []
    limit = ("--cell-timeout", "30s" if place.kind == "grid" else "4s")
    run = place.start(*limit * ("operation hangs" in [name for _, name in faults]))
    began = time.monotonic()
    try:
        for share, name in faults:
            time.sleep(max(0.0, began + share * seconds - time.monotonic()))
            with _counted(name, happened):
                undo.append((name, FAULTS[name](place, run, draw)))
                happened[name] += 1
        ended(place, run)
    finally:
        for name, one in reversed(undo):
            with _counted(name, happened):
                happened[name] -= 1
                if one is not None:
                    one()
                happened[name] += 1
    return +happened, run.returncode == 0


@contextmanager
def _counted(name, happened):
    try:
        yield
    except (Skipped, OSError) as why:  # what it was to happen to is gone, or is something else by now
        happened[f"skipped: {name}, {why}"] += 1
