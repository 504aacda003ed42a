"""The progress of each results folder, in one table; imports neither torch nor pandas."""

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


def show_status(path: Path, console: Console | None = None) -> None:
    """Print the done, failed and pending jobs and the best cell of a results folder, or of all in a folder.

    Below, the jobs that collapsed, diverged or failed are named, and what is wrong with folders is said.

    Raises:
        ResultsError: there is no results folder.
    """
    folders = [path] if (path / GRID).is_file() else [one for one in _inside(path) if may_be_results(one)]
    if not folders:
        raise ResultsError(f"{path}: not a results folder, and contains none; `ablation run GRID` makes one")
    console = console or Console()
    folder_name = Column("results", overflow="fold")  # cut short, folders could not be told apart
    best = Column("best on validation", overflow="fold")
    table = Table(folder_name, "done", "failed", "pending", best, box=None, pad_edge=False)
    messages: list[str] = []
    for folder in folders:
        try:
            tally, answer, probed = _read(folder)
        except Exception as error:  # whatever is in one folder, the others are shown
            table.add_row(Text(str(folder)), "–", "–", "–", "cannot be read; see below")
            said = in_words(error)
            messages.append(said if str(folder) in said else f"{folder}: {said}")
            continue
        table.add_row(*(Text(value) for value in (str(folder), *_row(tally, answer))))
        lines = (*damage_words(tally.damaged), *ending_words(tally.ended), *probed.words)
        messages += [f"{folder}: {line}" for line in lines]
    console.print(table, highlight=False)
    for message in messages:
        console.print(message, markup=False, highlight=False, soft_wrap=True)


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
