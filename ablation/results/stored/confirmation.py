"""What `recommend --confirm` ran, within the results folder that it confirms."""

from collections.abc import Callable
from pathlib import Path

from ablation.results.stored.cells import is_finished, read_record, read_records
from ablation.results.stored.folder import ResultsFolder, open_folder
from ablation.results.stored.paths import GRID
from ablation.results.stored.record import Record, Records

CONFIRM = "confirm"  # the folder, within a results folder


def same_jobs(one: ResultsFolder, other: ResultsFolder) -> bool:
    """Whether two folders pretrain alike: a grid that was run again may have other images or settings."""

    def job(folder: ResultsFolder) -> tuple[object, ...]:
        grid, environment = folder.file.grid, folder.environment  # of a race, with its last rung
        return environment.fingerprint, environment.protocol, grid.data, grid.pretrain, grid.evaluate

    return job(one) == job(other)


def confirmation_of(
    folder: ResultsFolder, read: Callable[[Path, str], Record | None] = read_record
) -> tuple[ResultsFolder, Records] | None:
    """Return what confirmed a folder's recommendation; None where it has not ended, or the grid has changed.

    Raises:
        ResultsError: its folder is damaged.
    """
    path = folder.path / CONFIRM
    if not (path / GRID).is_file():
        return None
    run = open_folder(path)
    records = read_records(path, run.cells, read)
    finished = {cell.id for cell, record in records if is_finished(record)}
    scored = {cell.label for cell, record in records if record.scored}
    policies = [cell for cell in run.cells if cell.policy]
    whole = all(cell.id in finished and cell.label in scored for cell in policies)
    return (run, records) if whole and same_jobs(run, folder) else None
