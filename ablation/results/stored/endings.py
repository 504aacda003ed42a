"""Jobs that did not end well, in words: the same in a shell, on the page and in the viewer."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ablation.grid.cells import Cell
from ablation.results.stored.paths import traceback_file
from ablation.results.stored.record import Failure, Record
from ablation.words import counted, shortened

_NAMES, _CHARACTERS = 8, 200  # that are shown: of jobs, of an error
_BAD = ("collapsed", "diverged", "failed")


@dataclass(frozen=True)
class Broken:
    """A job that an error ended."""

    name: str
    error: Failure
    file: str  # of the results folder, with the traceback; "" where it is not there


def broken(folder: Path, records: Iterable[tuple[Cell, Record]]) -> list[Broken]:
    """List the jobs that an error ended; a page shows what the error says, and only names the file."""
    found = []
    for cell, record in records:
        if record.error is not None:
            file = traceback_file(folder, record.id)
            name = file.relative_to(folder).as_posix() if file.is_file() else ""
            found.append(Broken(job_names([cell]), record.error, name))
    return found


def ending_counts(records: Iterable[tuple[Cell, Record]]) -> list[str]:
    """Count the jobs that collapsed, diverged or failed; of those that did not, nothing is said.

    Example:
        >>> ending_counts([])
        []
    """
    outcomes = [record.outcome for _, record in records]
    return [f"{outcomes.count(bad)} {bad}" for bad in _BAD if bad in outcomes]


def ending_words(records: Iterable[tuple[Cell, Record]]) -> list[str]:
    """Name the jobs that collapsed, diverged or failed, and say what that means; one line for each error.

    Example:
        >>> ending_words([])
        []
    """
    listed = list(records)
    lines = []
    for outcome, one, many in (
        (
            "collapsed",
            "It learnt nothing: its h hardly varies, or views find their partners only by chance.",
            "They learnt nothing: their h hardly varies, or views find their partners only by chance.",
        ),
        (
            "diverged",
            "Its loss or h is no longer finite, so it has no scores; lower pretrain.learning_rate.",
            "Their loss or h is no longer finite, so they have no scores; lower pretrain.learning_rate.",
        ),
    ):
        cells = [cell for cell, record in listed if record.outcome == outcome]
        if cells:
            meaning = one if len(cells) == 1 else many
            lines.append(f"{counted(len(cells), 'job')} {outcome}: {job_names(cells)}. {meaning}")
    errors: dict[str, list[Cell]] = {}
    for cell, record in listed:
        if record.error is not None:
            message = " ".join(record.error.message.split())
            said = f"{record.error.type}: {shortened(message, _CHARACTERS)}"
            errors.setdefault(said, []).append(cell)
    return lines + [f"failed: {job_names(cells)}: {error}" for error, cells in errors.items()]


def job_names(cells: Iterable[Cell]) -> str:
    """List jobs, those that differ only in their seed together.

    Example:
        >>> from ablation.grid.cells import jobs
        >>> from ablation.grid.models import Grid
        >>> grid = {"data": {"source": "shapes"}, "augmentations": {"crop": {}}, "seeds": [0, 1],
        ...         "baselines": ["raw-pixels"], "lengths": {"epochs": [9, 10], "augmentations": ["crop"]}}
        >>> job_names(jobs(Grid.model_validate(grid), "shapes-1"))
        'raw-pixels, crop (seeds 0, 1), crop (epochs 9, seeds 0, 1)'
    """
    seeds: dict[tuple[str, ...], list[str]] = {}
    for cell in cells:
        place = (cell.label, *(f"{axis} {value}" for axis, value in cell.at))
        seeds.setdefault(place, []).extend([] if cell.seed is None else [str(cell.seed)])
    names = [_named(*place, seeds=of) for place, of in seeds.items()]
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more


def _named(label: str, *place: str, seeds: list[str]) -> str:
    under = [f"seed{'s' if len(seeds) > 1 else ''} {', '.join(seeds)}"] if seeds else []
    within = ", ".join([*place, *under])
    return f"{label} ({within})" if within else label
