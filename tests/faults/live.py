"""Runs to which faults happen at random moments."""

import os
import random
import shutil
import subprocess
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from tests.faults.check import ended, finished, made_whole
from tests.faults.faults import ALTERS, FAULTS, LARGE, Skipped
from tests.faults.studies import Place

SECONDS = {"grid": 30.0, "study": 6.0, "race": 9.0}  # within which faults happen; a busy machine takes longer


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


def disturbed(undisturbed, folder, kind, draw: random.Random, faults=None, moments=None):
    """Start a run, let faults happen to it, and make it whole again; return which happened."""
    whole, expected, seconds = undisturbed[kind]
    place = Place(folder, kind)
    happened, undo = Counter(), []
    shutil.copytree(whole.cache, place.cache)
    with small_disk(place):
        faults = faults or draw.sample(sorted(FAULTS), draw.randint(1, 4))
        moments = moments or sorted(draw.uniform(0, 0.9 * seconds) for _ in faults)
        run = place.start("--cell-timeout", "30s") if "operation hangs" in faults else place.start()
        began = time.monotonic()
        for moment, name in zip(moments, faults, strict=True):
            time.sleep(max(0.0, began + moment - time.monotonic()))
            try:
                undo.append(FAULTS[name](place, run, draw))
                happened[name] += 1
            except Skipped as why:
                happened[f"skipped: {why}"] += 1
        try:
            ended(place, run)
            for one in filter(None, undo):
                one()
            altered = set(ALTERS) & set(happened)
            made_whole(place, expected, may_change=finished(place) if altered else ())
        except AssertionError as error:
            error.add_note(f"{kind}, {list(zip(faults, moments, strict=True))}")
            raise
    shutil.rmtree(place.path)
    return happened
