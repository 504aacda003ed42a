"""What can happen to a run, by name: functions of the run's place, its process, and a source of draws.

A fault returns what undoes it, if anything must be undone before the run is started again. Either may find
that nothing happened, and says so by `Skipped`. After one of ENDS there may be no run left.
"""

import os
import re
import resource
import shutil
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

from tests.faults.deeds import DEEDS
from tests.faults.hostile import DAMAGES
from tests.faults.studies import Place

LARGE = 10**7  # bytes


class Skipped(Exception):  # noqa: N818
    """This fault cannot be injected here, or not now."""


def _workers(place, run):
    found = [pid for pid, line in place.processes().items() if "loky" in line and "tracker" not in line]
    if not found:
        raise Skipped("no worker")
    return sorted(found)


def _signal(*numbers, group=False):
    def inject(place, run, draw):
        if run.poll() is not None:
            raise Skipped("the run has ended")
        for number in numbers:
            (os.killpg if group else os.kill)(run.pid, number)
            time.sleep(draw.random() / 2)

    return inject


def _kill_worker(place, run, draw):
    os.kill(draw.choice(_workers(place, run)), signal.SIGKILL)


def _kill_tracker(place, run, draw):
    found = [pid for pid, line in place.processes().items() if "tracker" in line]
    if not found:
        raise Skipped("no tracker")
    os.kill(draw.choice(found), signal.SIGKILL)


def _kill_everything(place, run, draw):
    for pid in place.processes():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _starve_worker(place, run, draw):
    """Allow a worker that runs code of ours no more memory than it has; before, only Python can say so."""
    pid = draw.choice(_workers(place, run))
    try:
        ignored = re.search(r"^SigIgn:\s*(\w+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
        if not int(ignored[1], 16) & 1 << signal.SIGINT - 1:  # which is the first thing that a worker does
            raise Skipped("the worker is only starting")
        with open(f"/proc/{pid}/statm") as file:  # noqa: PTH123
            own = int(file.read().split()[0]) * resource.getpagesize()
        resource.prlimit(pid, resource.RLIMIT_AS, (own + 2**20, own + 2**20))
    except (OSError, IndexError):
        raise Skipped("the worker has ended") from None


def _fill_disk(place, run, draw):
    if not os.path.ismount(place.results):
        raise Skipped("no small disk: only root can mount one")
    ballast = place.results / ".ballast"
    try:
        with ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
    except OSError:
        return ballast.unlink


def _stop_a_while(place, run, draw):
    pid = draw.choice(_workers(place, run))
    os.kill(pid, signal.SIGSTOP)
    time.sleep(1)
    os.kill(pid, signal.SIGCONT)


def _second_run(place, run, draw):
    if run.poll() is not None or not (place.results / ".lock").exists():
        raise Skipped("the run has ended, or not begun")
    second = Place(place.path / "second", place.kind)
    environment = os.environ | {
        "ABLATION_CACHE": str(place.cache),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    command = ["run", "grid.toml", "--out", str(place.results), "--device", "cpu"]
    done = subprocess.run(
        [*place.command, *command],
        cwd=second.path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode not in (0, 2) or "Traceback" in done.stderr:
        raise AssertionError(f"a second run: exit {done.returncode}: {done.stdout}{done.stderr}")


def _delete_cache(place, run, draw):
    shutil.rmtree(place.cache, ignore_errors=True)


def _damage_cache(place, run, draw):
    files = [path for path in place.cache.rglob("*") if path.is_file() and path.stat().st_size > 10]
    if not files:
        raise Skipped("no cache yet")
    path = draw.choice(sorted(files))
    temporary = path.with_name("damaged")
    content = bytearray(path.read_bytes())
    how = draw.choice(("flip", "cut", "empty"))
    if how == "flip":
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    temporary.write_bytes({"flip": content, "cut": content[: len(content) // 2], "empty": b""}[how])
    temporary.replace(path)  # of a file that is mapped, what is mapped must not shrink


def _edit_grid(place, run, draw):
    whole = place.grid.read_text()
    place.grid.write_text(
        draw.choice(("", "[[", whole.replace("crop = {}", "blur = {}"), whole + "seeds = 3\n"))
    )
    return lambda: place.grid.write_text(whole)


def _jump_clock(place, run, draw):
    """Files of another time: the clock was wrong, or is."""
    by = draw.choice((-10, 10)) * 365 * 86400
    for path in [place.results, *place.results.rglob("*")]:
        try:
            now = path.stat()
            os.utime(path, (now.st_atime + by, now.st_mtime + by))
        except OSError:
            continue


def _delete_results(place, run, draw):
    """A folder that is in use is emptied."""
    for path in sorted(place.results.glob("cells/*.json")):
        if draw.random() < 0.5:
            path.unlink(missing_ok=True)


def _damage_results(place, run, draw):
    """One of the files of a run is damaged while it runs."""
    files = sorted(path for path in place.results.glob("cells/*") if not path.name.startswith("."))
    if len(files) < 2:
        raise Skipped("no results yet")
    path, how = draw.choice(files), draw.choice(sorted(DAMAGES))
    try:
        DAMAGES[how](path, [one for one in files if one != path], draw)
    except OSError:
        raise Skipped("the file is being replaced, or may not be") from None
    # A run mends the others; these, its user removes once they are named.
    return partial(_remove, path) if how in ("a folder", "a link", "newer") else None


def _remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _make_read_only(place, run, draw):
    """Lay a read-only view of a folder over it, which holds for root, too."""
    folder = str(draw.choice((place.results, place.cache)))
    over = ["mount", "--bind", folder, folder]
    if os.geteuid() != 0 or subprocess.run(over, capture_output=True).returncode:
        raise Skipped("no such folder, or not root")
    subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
    return partial(subprocess.run, ["umount", "-l", folder], check=True)


def _deed(name):
    def inject(place, run, draw):
        place.asked.write_text(name)
        return lambda: _withdraw(place)

    return inject


def _withdraw(place):
    if place.asked.exists():
        place.asked.unlink()
        raise Skipped("no operation ran")


FAULTS = {
    "parent killed": _signal(signal.SIGKILL),
    "worker killed": _kill_worker,
    "all killed": _kill_everything,
    "tracker of loky killed": _kill_tracker,
    "SIGTERM": _signal(signal.SIGTERM),
    "SIGTERM to all": _signal(signal.SIGTERM, group=True),
    "SIGHUP": _signal(signal.SIGHUP),
    "SIGHUP to all": _signal(signal.SIGHUP, group=True),
    "Ctrl-C": _signal(signal.SIGINT, group=True),
    "Ctrl-C twice": _signal(signal.SIGINT, signal.SIGINT, group=True),
    "worker out of memory": _starve_worker,
    "worker stopped for a second": _stop_a_while,
    "disk full": _fill_disk,
    "folder read-only": _make_read_only,
    "second run in the folder": _second_run,
    "cache deleted": _delete_cache,
    "cache damaged": _damage_cache,
    "grid file edited": _edit_grid,
    "clock jumped": _jump_clock,
    "results deleted": _delete_results,
    "results damaged": _damage_results,
    **{f"operation {name}": _deed(name) for name in DEEDS},
}
# Files of finished cells change, or are lost.
ALTERS = ("clock jumped", "results deleted", "results damaged", "disk full")
ENDS = (
    "parent killed",
    "all killed",
    *("SIGTERM", "SIGTERM to all", "SIGHUP", "SIGHUP to all"),
    *("Ctrl-C", "Ctrl-C twice"),
    *("disk full", "folder read-only"),
)
