"""Shows a run: as a bar in a terminal, as a line every few per cent in a pipe, as JSON lines to programs."""

import json
import sys
from collections import Counter
from dataclasses import asdict
from shlex import quote
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ablation.cli.counting import Counting, Pace
from ablation.report.files import PAGE
from ablation.results.stored.endings import ending_words
from ablation.results.stored.paths import FAILURES
from ablation.results.stored.record import Record
from ablation.runner.durations import format_duration, format_estimate
from ablation.runner.launch import Ending
from ablation.runner.probes import ProbeTally
from ablation.runner.seldom import Seldom
from ablation.runner.tally import Tally
from ablation.words import counted


class TextShow:
    """Shows a run to people: with a bar in a terminal, with a line every few per cent in a pipe."""

    def __init__(self, name: str, console: Console | None = None) -> None:
        self._name = name
        self._console = console or Console()
        self._seconds: list[float] = []  # of the jobs of this run
        self._workers = 1
        self._task = TaskID(0)
        self._counting = Counting(self._console)
        self._pace = Pace(0, 0)
        self.looking = Seldom()
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
        self._counting.stop()
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
        self._pace = Pace(_ended(tally), len(tally.cells))
        self._bar.start()

    def record(self, record: Record, tally: Tally) -> None:
        """Move the bar; in a pipe, say every few per cent how far the run is."""
        self._seconds.append(record.seconds.get("total", 0))
        if not self.looking.is_due():
            return
        with self.looking.working():
            description = self._description(tally)
            self._bar.update(self._task, completed=tally.done, description=description)
            left = len(tally.cells) > _ended(tally)
            if left and not self._console.is_terminal and self._pace.is_due(_ended(tally)):
                self.say(" · ".join([f"{tally.done}/{counted(len(tally.cells), 'job')}", description]))

    def tell(self, what: str, done: int, total: int) -> None:
        """Show how far the images are read or decoded."""
        self._counting(what, done, total)

    def say(self, sentence: str) -> None:
        """Print a line; names and paths in it are not markup."""
        self._console.print(sentence, markup=False, highlight=False, soft_wrap=True)

    def end(self, ending: Ending) -> None:
        """Say how many jobs are done, what failed and why, and where the heatmap is."""
        tally = ending.tally
        if self._bar.tasks:
            self._bar.update(self._task, completed=tally.done)
        self._bar.stop()
        done = f"{tally.done} of {counted(len(tally.cells), 'job')} done"
        if ending.stopped == "interrupt":
            self.say(f"{self._name}: stopped, {done}; run the same command to continue")
            for line in (*ending_words(tally.ended), *ending.probes.words):
                self.say(line)
            if tally.done and not ending.heatmap:
                self.say(f"`ablation report {quote(str(ending.folder))}` draws the results so far")
            return
        if ending.stopped == "budget":
            self.say(f"{self._name}: time is up, {done}; run the same command to continue")
        elif not ending.started:
            self.say(f"{self._name}: {done}, nothing to run")
        else:
            self.say(f"{self._name}: {done} in {format_duration(ending.seconds)}")
        if ending.best:
            self.say(f"best: {ending.best.words}")
        for line in ending_words(tally.ended):
            self.say(line)
        if tally.failed and (ending.folder / FAILURES).is_dir():
            self.say(f"tracebacks: {ending.folder / FAILURES}")
        for line in ending.probes.words:
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
            parts.append(f"best {tally.best.label} {tally.best.score:.1%}")
        if tally.failed:
            parts.append(f"{len(tally.failed)} failed")
        return " · ".join(parts)


class JsonShow:
    """Shows a run to programs: one line of JSON for each job, and a last one for the run.

    Both have `study`, the name of the run. A job has `event` ("job"), `id`, `kind`, `first`, `second`,
    `seed`, `at` (`{"epochs": 20}` for a job of another length, else empty), `outcome` ("ok", "collapsed",
    "diverged", "failed"), `scores` (`label_free` where no label is used), `seconds` and `error`; the run has
    `event` ("summary"), `stopped`, `best`, `verdict`, `report`, `heatmap` and `seconds`.
    Both count the jobs: `done`, of these `collapsed` and `diverged`; `failed`, `pending` and `total`. The run
    also counts its `probes`: `done`, `failed`, `pending` (also of jobs to come) and `total`.
    """

    def __init__(self, study: str) -> None:
        """Show the run of a study of this name."""
        self._study = study
        self._counting = Counting(Console(stderr=True))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._counting.stop()

    def start(self, tally: Tally, workers: int, devices: tuple[str, ...], notes: tuple[str, ...]) -> None:
        """Print nothing."""

    def record(self, record: Record, tally: Tally) -> None:
        """Print the job."""
        scores = "label_free" if record.measured == "label-free" else "scores"
        fields = ("id", "kind", "first", "second", "seed", "outcome", scores, "seconds", "error")
        job = record.model_dump(mode="json", include=set(fields))
        at = next((dict(cell.at) for cell in tally.cells if cell.id == record.id), {})
        event = {"event": "job", "study": self._study}
        _print_json(event | {key: job[key] for key in fields} | {"at": at} | _counts(tally))

    def tell(self, what: str, done: int, total: int) -> None:
        """Show how far the images are, on standard error."""
        self._counting(what, done, total)

    def say(self, sentence: str) -> None:
        """Print to standard error, which no program parses."""
        print(sentence, file=sys.stderr)

    def end(self, ending: Ending) -> None:
        """Print the summary."""
        _print_json(
            {"event": "summary", "study": self._study}
            | _counts(ending.tally)
            | {
                "probes": _probe_counts(ending.probes),
                "stopped": ending.stopped,
                "best": None if ending.best is None else asdict(ending.best),
                "verdict": ending.verdict,
                "report": None if ending.heatmap is None else str(ending.folder / PAGE),
                "heatmap": None if ending.heatmap is None else str(ending.heatmap),
                "seconds": round(ending.seconds, 3),
            }
        )


def _width(workers: int, devices: tuple[str, ...]) -> str:
    kinds = Counter(device.partition(":")[0] for device in devices)
    return f"{counted(workers, 'worker')} on {', '.join(kinds)}"


def _ended(tally: Tally) -> int:
    return tally.done + len(tally.failed)


def _counts(tally: Tally) -> dict[str, int]:
    failed = len(tally.failed)
    outcomes = Counter(record.outcome for _, record in tally.ended)
    return {
        "done": tally.done,
        "collapsed": outcomes["collapsed"],  # of those that are done
        "diverged": outcomes["diverged"],
        "failed": failed,
        "pending": len(tally.pending) - failed,
        "total": len(tally.cells),
    }


def _probe_counts(probes: ProbeTally) -> dict[str, int]:
    pending = probes.total - probes.done - probes.failed
    return {"done": probes.done, "failed": probes.failed, "pending": pending, "total": probes.total}


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)
