"""Shows a run: as a bar in a terminal, as a few lines in a pipe, as JSON lines to programs."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ablation.grid.cells import Cell
from ablation.report.files import PAGE
from ablation.results.stored.record import Record
from ablation.runner.durations import format_duration, format_estimate
from ablation.runner.launch import Ending
from ablation.runner.tally import Best, Tally
from ablation.words import counted

_SHORT = 200  # characters of an error


class TextShow:
    """Shows a run to people: with a bar in a terminal, with a few lines in a pipe."""

    def __init__(self, name: str, console: Console | None = None) -> None:
        self._name = name
        self._console = console or Console()
        self._seconds: list[float] = []  # of the jobs of this run
        self._workers = 1
        self._task = TaskID(0)
        self._bar = Progress(
            BarColumn(bar_width=24),
            TextColumn("{task.completed}/{task.total} jobs", markup=False),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=self._console,
            disable=not self._console.is_terminal,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def start(self, tally: Tally, workers: int, devices: tuple[str, ...], notes: tuple[str, ...]) -> None:
        """Say what is about to run."""
        self._workers = workers
        total = counted(len(tally.cells), "job")
        done = f", {tally.done} already done" if tally.done else ""
        self.say(f"{self._name}: {len(tally.pending)} of {total} to run{done}; {_width(workers, devices)}")
        for note in notes:
            self.say(f"note: {note}")
        self._task = self._bar.add_task("running the first", total=len(tally.cells), completed=tally.done)
        self._bar.start()

    def record(self, record: Record, tally: Tally) -> None:
        """Move the bar."""
        self._seconds.append(record.seconds.get("total", 0))
        self._bar.update(self._task, completed=tally.done, description=self._description(tally))

    def say(self, sentence: str) -> None:
        """Print a line; names and paths in it are not markup."""
        self._console.print(sentence, markup=False, highlight=False, soft_wrap=True)

    def end(self, ending: Ending) -> None:
        """Say how many jobs are done, what failed and why, and where the heatmap is."""
        self._bar.stop()
        tally = ending.tally
        done = f"{tally.done} of {counted(len(tally.cells), 'job')} done"
        if ending.stopped == "interrupt":
            self.say(f"{self._name}: stopped, {done}; run the same command to continue")
            for line in failures(tally):
                self.say(line)
            if tally.done and not ending.heatmap:
                self.say(f"`ablation report {ending.folder}` draws the results so far")
            return
        if ending.stopped == "budget":
            self.say(f"{self._name}: time is up, {done}; run the same command to continue")
        elif not ending.started:
            self.say(f"{self._name}: {done}, nothing to run")
        else:
            self.say(f"{self._name}: {done} in {format_duration(ending.seconds)}")
        if tally.best:
            self.say(f"best: {_shown(tally.best)}")
        for line in failures(tally):
            self.say(line)
        if ending.verdict:
            self.say(f"colour: {ending.verdict}")
        if ending.heatmap:
            self.say(f"report: {ending.folder / PAGE}")
            self.say(f"heatmap: {ending.heatmap}")

    def _description(self, tally: Tally) -> str:
        remaining = len(tally.pending) - len(tally.failed)
        left = sum(self._seconds) / len(self._seconds) * remaining / self._workers
        parts = [f"{format_estimate(left)} left"] if remaining else []
        if tally.best:
            parts.append(f"best {tally.best.label} {tally.best.linear_top1_val:.1%}")
        if tally.failed:
            parts.append(f"{len(tally.failed)} failed")
        return " · ".join(parts)


class JsonShow:
    """Shows a run to programs: one line of JSON for each job, and a last one for the run."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def start(self, tally: Tally, workers: int, devices: tuple[str, ...], notes: tuple[str, ...]) -> None:
        """Print nothing."""

    def record(self, record: Record, tally: Tally) -> None:
        """Print the job."""
        fields = ("id", "kind", "first", "second", "seed", "outcome", "scores", "seconds", "error")
        cell = record.model_dump(mode="json", include=set(fields))
        _print_json({"event": "cell"} | {key: cell[key] for key in fields} | _counts(tally))

    def say(self, sentence: str) -> None:
        """Print to standard error, which no program parses."""
        print(sentence, file=sys.stderr)

    def end(self, ending: Ending) -> None:
        """Print the summary."""
        best = ending.tally.best
        _print_json(
            {"event": "summary"}
            | _counts(ending.tally)
            | {
                "stopped": ending.stopped,
                "best": None
                if best is None
                else {"label": best.label, "linear_top1_val": best.linear_top1_val},
                "verdict": ending.verdict,
                "report": None if ending.heatmap is None else str(ending.folder / PAGE),
                "heatmap": None if ending.heatmap is None else str(ending.heatmap),
                "seconds": round(ending.seconds, 3),
            }
        )


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar in a terminal, nothing in a pipe; yield a function to call with (done, total)."""
    bar = Progress(
        BarColumn(bar_width=24),
        TextColumn("{task.completed}/{task.total} " + what, markup=False),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def failures(tally: Tally) -> list[str]:
    """List the errors of failed jobs, each error once, with the jobs that failed with it."""
    errors: dict[str, list[str]] = {}
    for cell, record in tally.failed:
        assert record.error is not None, "a failed job has an error"
        message = " ".join(record.error.message.split())
        message = message if len(message) <= _SHORT else message[: _SHORT - 1] + "…"
        errors.setdefault(f"{record.error.type}: {message}", []).append(_named(cell))
    return [f"failed: {_listed(labels)}: {error}" for error, labels in errors.items()]


def _named(cell: Cell) -> str:
    return cell.label if cell.seed is None else f"{cell.label} (seed {cell.seed})"


def _listed(labels: list[str]) -> str:
    more = f" and {len(labels) - 3} more" if len(labels) > 3 else ""
    return ", ".join(labels[:3]) + more


def _shown(best: Best) -> str:
    return f"{best.label}, {best.linear_top1_val:.1%} linear top-1 (validation)"


def _width(workers: int, devices: tuple[str, ...]) -> str:
    kinds = Counter(device.partition(":")[0] for device in devices)
    return f"{counted(workers, 'worker')} on {', '.join(kinds)}"


def _counts(tally: Tally) -> dict[str, int]:
    failed = len(tally.failed)
    return {
        "done": tally.done,
        "failed": failed,
        "pending": len(tally.pending) - failed,
        "total": len(tally.cells),
    }


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)
