"""What `race --grow` ran, within the results folder of the race that it follows."""

from pathlib import Path

from ablation.results.stored.confirmation import same_jobs
from ablation.results.stored.folder import ResultsFolder, open_folder
from ablation.results.stored.paths import GRID

GROWN = "grown"  # the folder, within a results folder
SIMCLR = "SimCLR"  # the name of SimCLR's own policy, beside those that have grown


def grown_path(folder: Path, length: int) -> Path:
    """Return where policies of up to so many operations race.

    Example:
        >>> grown_path(Path("results/mine"), 3).as_posix()
        'results/mine/grown/3'
    """
    return folder / GROWN / str(length)


def grown_from(folder: ResultsFolder) -> ResultsFolder | None:
    """Return the race of the longest policies that has ended; None where there is none of these jobs.

    Raises:
        ResultsError: its folder is damaged.
    """
    race = folder.file.grid.race
    for length in range((race.grow or 0) if race else 0, 2, -1):
        path = grown_path(folder.path, length)
        if not (path / GRID).is_file():
            continue
        run = open_folder(path)
        ended = run.race is not None and len(run.race.rungs) == len(run.file.grid.rungs)
        if ended and same_jobs(run, folder):
            return run
    return None
