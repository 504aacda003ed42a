"""The progress of each results folder, in one table; imports neither torch nor pandas."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from ablation.errors import ResultsError, in_words
from ablation.grid.probes import probes
from ablation.results.findings.best import Best, answer_of
from ablation.results.metrics import LABEL_FREE, METRICS
from ablation.results.stored.damage import damage_words
from ablation.results.stored.endings import ending_words
from ablation.results.stored.folder import may_be_results, open_folder
from ablation.results.stored.paths import GRID
from ablation.runner.probes import ProbeTally, survey_probes
from ablation.runner.tally import Tally, survey

_UNREAD = ("–", "–", "–", "cannot be read; see below")


@dataclass(frozen=True)
class FolderStatus:
    """How far a results folder is; without a tally it cannot be read."""

    folder: Path
    messages: tuple[str, ...]  # of jobs that ended without numbers, of damage, or why it cannot be read
    tally: Tally | None = None
    best: Best | None = None
    probes: ProbeTally | None = None


def statuses(path: Path) -> list[FolderStatus]:
    """Look into a results folder, or all in a folder; one that cannot be read does not hide the others.

    Raises:
        ResultsError: there is no results folder.
    """
    folders = [path] if (path / GRID).is_file() else [one for one in _inside(path) if may_be_results(one)]
    if not folders:
        raise ResultsError(f"{path}: not a results folder, and contains none; `ablation run GRID` makes one")
    return [_status(folder) for folder in folders]


def show_status(path: Path, console: Console | None = None) -> None:
    """Print the done, failed and pending jobs and the best cell of a results folder, or of all in a folder.

    Below, the jobs that collapsed, diverged or failed are named, and what is wrong with folders is said.

    Raises:
        ResultsError: there is no results folder.
    """
    found = statuses(path)
    console = console or Console()
    folder_name = Column("results", overflow="fold")  # cut short, folders could not be told apart
    best = Column("best on validation", overflow="fold")
    table = Table(folder_name, "done", "failed", "pending", best, box=None, pad_edge=False)
    for one in found:
        row = _UNREAD if one.tally is None else _row(one.tally, one.best)
        table.add_row(*(Text(value) for value in (str(one.folder), *row)))
    console.print(table, highlight=False)
    for one in found:
        for line in one.messages:
            said = line if one.tally is None and str(one.folder) in line else f"{one.folder}: {line}"
            console.print(said, markup=False, highlight=False, soft_wrap=True)


def status_json(path: Path) -> str:
    """Write what `show_status` shows as JSON, `format` 1; a folder that cannot be read has an `error`.

    Raises:
        ResultsError: there is no results folder.
    """
    return json.dumps(
        {"format": 1, "folders": [_plain(one) for one in statuses(path)]}, ensure_ascii=False, indent=2
    )


def _plain(one: FolderStatus) -> dict[str, object]:
    if one.tally is None or one.probes is None:
        return {"folder": str(one.folder), "error": one.messages[0]}
    failed, probed = len(one.tally.failed), one.probes
    left = len(probed.pending) + len(probed.later)
    return {
        "folder": str(one.folder),
        "done": one.tally.done,
        "failed": failed,
        "pending": len(one.tally.pending) - failed,
        "total": len(one.tally.cells),
        "best": None if one.best is None else asdict(one.best),
        "probes": {"done": probed.done, "pending": left, "total": probed.total},
        "messages": list(one.messages),
    }


def _status(folder: Path) -> FolderStatus:
    try:
        tally, best, probed = _read(folder)
        messages = (*damage_words(tally.damaged), *ending_words(tally.ended), *probed.words)
    except Exception as error:  # whatever is in one folder, the others are shown
        return FolderStatus(folder, (in_words(error),))
    return FolderStatus(folder, messages, tally, best, probed)


def _inside(path: Path) -> list[Path]:
    try:
        return sorted(path.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _read(folder: Path) -> tuple[Tally, Best | None, ProbeTally]:
    opened = open_folder(folder)
    tally = survey(opened.jobs, folder, opened.grid.save_encoder)
    wanted = probes(opened.file.grid, opened.environment.transfer)
    return tally, answer_of(opened, tally.records), survey_probes(tally, wanted, folder)


def _row(tally: Tally, best: Best | None) -> tuple[str, ...]:
    failed = len(tally.failed)
    done, pending = f"{tally.done}/{len(tally.cells)}", len(tally.pending) - failed
    shown = "" if best is None else f"{best.label} {best.score:.1%}{' (confirmed)' if best.confirmed else ''}"
    if best is not None and best.metric in LABEL_FREE:
        shown += f" by {METRICS[best.metric].phrase}: no labels"
    shown += " (grown)" if best is not None and best.grown else ""
    if best is not None and best.epochs is not None:
        shown += f" ({best.epochs} epochs)"
    return done, str(failed), str(pending), shown
