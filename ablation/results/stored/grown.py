"""What `race --grow` ran, within the results folder of the race that it follows."""

import hashlib
from pathlib import Path

from ablation.files import read_file
from ablation.results.stored.atomic import write_atomically
from ablation.results.stored.confirmation import same_jobs
from ablation.results.stored.folder import ResultsFolder, open_folder
from ablation.results.stored.paths import GRID, PARENT

GROWN = "grown"  # the folder, within a results folder
SIMCLR = "SimCLR"  # the name of SimCLR's own policy, beside those that have grown


def grown_path(folder: Path, length: int) -> Path:
    """Return where policies of up to so many operations race.

    Example:
        >>> grown_path(Path("results/mine"), 3).as_posix()
        'results/mine/grown/3'
    """
    return folder / GROWN / str(length)


def has_ended(folder: ResultsFolder) -> bool:
    """Whether a folder is of a race all of whose rungs have ended."""
    return folder.race is not None and len(folder.race.rungs) == len(folder.file.grid.rungs)


def write_parent(path: Path, parent: ResultsFolder) -> None:
    """Record which race a folder's policies grew from; once that race changes, they no longer count.

    Raises:
        OSError: the file cannot be written.
    """
    write_atomically(path / PARENT, f"{_digest(parent)}\n".encode())


def grown_from(folder: ResultsFolder) -> tuple[ResultsFolder, ...]:
    """Return the races of longer policies that have ended, each grown from the one before as it is now.

    Raises:
        ResultsError: the folder of one is damaged.
    """
    found: list[ResultsFolder] = []
    race = folder.file.grid.race
    for length in range(3, (race.grow or 0) + 1 if race else 0):
        path, parent = grown_path(folder.path, length), found[-1] if found else folder
        if not has_ended(parent) or not (path / GRID).is_file():
            break
        run = open_folder(path)
        if not has_ended(run) or not same_jobs(run, folder) or _noted(path) != _digest(parent):
            break
        found.append(run)
    return tuple(found)


def _digest(parent: ResultsFolder) -> str:
    # Every gap is in it, so other images, seeds or augmentations make another.
    race = "" if parent.race is None else parent.race.model_dump_json()
    return hashlib.sha256(race.encode()).hexdigest()


def _noted(path: Path) -> str:
    try:
        return read_file(path / PARENT).decode("ascii", "replace").strip()
    except FileNotFoundError:
        return ""
