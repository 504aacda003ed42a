"""How far a piece of work is: a bar in a terminal, a line every few per cent in a pipe."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ablation.runner.durations import format_estimate
from ablation.telling import Tell

_SHARE = 0.05  # of the work, after which a pipe is told how far it is
_OFTEN, _SELDOM = 5.0, 300.0  # seconds between two lines: at least, and at most if there is anything to tell


@dataclass
class Pace:
    """When to say in a pipe how far the work is: every few per cent, but neither too often nor too seldom.

    Example:
        >>> pace = Pace(done=0, total=100, since=0.0)
        >>> [pace.is_due(done, now) for done, now in ((5, 4.0), (5, 6.0), (6, 20.0), (7, 310.0))]
        [False, True, False, True]
    """

    done: int  # when it was last said
    total: int
    since: float = field(default_factory=lambda: time.monotonic())
    start: int = field(init=False)

    def __post_init__(self) -> None:
        self.start = self.done

    def is_due(self, done: int, now: float | None = None) -> bool:
        """Whether to say now that so much is done; if so, the next time is reckoned from here."""
        now = time.monotonic() if now is None else now
        more, waited = done - self.done, now - self.since
        enough = more >= _SHARE * (self.total - self.start) and waited >= _OFTEN
        due = more > 0 and (enough or waited >= _SELDOM)
        if due:
            self.done, self.since = done, now
        return due


class Counting:
    """A `Tell` that shows one piece of work after the other on a console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._what = ""
        self._began = 0.0
        self._pace = Pace(0, 0)
        self._bar = Progress(disable=True)
        self._task = TaskID(0)

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how far the work is; the bar disappears when all is done."""
        if what != self._what:
            self._start(what, total)
        self._bar.update(self._task, completed=done, total=total)
        if done >= total:
            self.stop()
        elif not self._console.is_terminal and self._pace.is_due(done):
            left = (time.monotonic() - self._began) / done * (total - done)
            line = f"{done}/{total} {what} · {format_estimate(left)} left"
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def stop(self) -> None:
        """Remove the bar."""
        self._bar.stop()
        self._what = ""

    def _start(self, what: str, total: int) -> None:
        self.stop()
        self._what, self._began, self._pace = what, time.monotonic(), Pace(0, total)
        self._bar = Progress(
            BarColumn(bar_width=24),
            TextColumn("{task.completed}/{task.total} " + what, markup=False),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=total)
        self._bar.start()


@contextmanager
def counting() -> Iterator[Tell]:
    """Yield what shows progress on standard error: standard output is for results."""
    shown = Counting(Console(stderr=True))
    try:
        yield shown
    finally:
        shown.stop()
