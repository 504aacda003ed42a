"""Worker processes that take items one by one, and survive each other's death.

Neither `joblib.Parallel` nor loky's executor: the former runs a single worker inside the parent, where a
crash ends everything; the latter gives up on all items in flight when one worker dies, and cannot end one
that hangs. Here each process has a pipe of its own: it is known which item it has, and since when.
"""

import os
import pickle
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, NoReturn, TypeVar, cast

from ablation.runner.durations import format_duration
from ablation.runner.interrupts import interrupts_deferred
from ablation.words import brief

Item = TypeVar("Item")
Value = TypeVar("Value")

NO_MEMORY = "out of memory"
_STARTED = "started"  # what a worker says first
_LOOK = 1.0  # seconds between two looks at whether a process lives, by those that depend on it
_ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)


@dataclass(frozen=True)
class Killed:
    """Stands in for the result of an item whose worker died, or took too long and was killed for it."""

    reason: str  # `SIGKILL`, `exit code 3`, `out of memory`
    overdue: float | None = None  # seconds that it was allowed to take


def in_processes(
    function: Callable[[Item], Value],
    ask: Callable[[], Item | None],
    workers: int,
    limit: float | None = None,
) -> Generator[tuple[Item, Value | Killed], None, None]:
    """Apply a function to items in worker processes; yield each item with its result as they arrive.

    An item is asked for only when a worker is free for it. When a worker dies, its item is yielded as
    `Killed`, no other is asked for, and the iteration ends with those in flight; one that took too long
    changes nothing for the others. Closing the iterator kills the workers. What the function prints is not
    shown.

    Args:
        function: what to apply; it and its results are pickled.
        ask: returns the next item, or None while there is none; it is called again after each result.
        workers: how many processes; even a single one is not the parent.
        limit: seconds that an item may take.

    Raises:
        Exception: whatever `function` raised.
    """
    idle: list[_Worker[Item]] = []
    flight: list[_Worker[Item]] = []
    broken = False
    sent = pickle.dumps(function)  # before any worker waits for it

    def take() -> None:
        while not broken and len(flight) < workers and (item := ask()) is not None:
            with interrupts_deferred():  # a worker that has an item and is not in flight would go on with it
                flight.append(idle.pop() if idle else _Worker(sent))
                if not flight[-1].give(item):  # it died while it had nothing to do
                    flight.pop().end()
                    flight.append(_Worker(sent))
                    flight[-1].give(item)

    try:
        take()
        while flight:
            finished = [(worker, outcome) for worker in flight if (outcome := worker.outcome(limit))]
            if not finished:
                _wait(flight, limit)
                continue
            for worker, outcome in finished:
                flight.remove(worker)
                if isinstance(outcome.value, Killed):
                    broken = broken or outcome.value.overdue is None
                    worker.end()
                else:
                    idle.append(worker)
            take()  # before yielding: no worker waits while the caller looks at a result
            for _, outcome in finished:
                if outcome.error is not None:
                    raise outcome.error
                yield outcome.item, outcome.value
            take()  # the caller may have made more work out of the results
    finally:
        with interrupts_deferred():
            for worker in (*idle, *flight):
                worker.end()


@dataclass(frozen=True)
class _Outcome(Generic[Item]):
    item: Item
    value: Any
    error: BaseException | None = None


class _Worker(Generic[Item]):
    """A process, the item that it has, and since when."""

    def __init__(self, function: bytes) -> None:
        from loky.backend import get_context  # its processes do not run the main script again

        context = get_context("loky")
        self.pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(
            target=_serve, args=(theirs, os.getpid()), env=_ONE_THREAD
        )
        # Workers must not receive Ctrl-C, which a terminal sends to them too.
        with interrupts_deferred(), warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # that a process has died which watches semaphores; there are none
            self.process.start()
        theirs.close()
        with suppress(OSError):  # it is dead, as will be found when it is given an item
            self.pipe.send_bytes(function)
        self.item: Item | None = None
        self.since: float | None = None  # when the item was begun; None while the process starts
        self.started = False

    def give(self, item: Item) -> bool:
        """Send an item; return False if the process is dead."""
        self.item, self.since = item, time.monotonic() if self.started else None
        try:
            self.pipe.send(item)
        except OSError:
            return False
        return True

    def outcome(self, limit: float | None) -> _Outcome[Item] | None:
        """Return what became of the item; None while it is not known."""
        assert self.item is not None
        alive = self.process.is_alive()  # before a look at the pipe: the result may be the last thing it sent
        try:
            if self.pipe.poll():
                said = self.pipe.recv()
                if said == _STARTED:
                    self.since, self.started = time.monotonic(), True
                    return None
                value, error, trace = said
                if error is not None:
                    error.__cause__ = _RemoteError(trace)
                return _Outcome(self.item, value, error)
        except (EOFError, OSError):
            alive = False
        if not alive:
            self.process.join()
            return _Outcome(self.item, Killed(_exit_words(self.process.exitcode)))
        if limit is not None and self.since is not None and time.monotonic() - self.since > limit:
            return _Outcome(self.item, Killed(f"it took longer than {format_duration(limit)}", limit))
        return None

    def end(self) -> None:
        """Kill the process, and those that it started."""
        from loky.backend.utils import kill_process_tree

        self.pipe.close()
        kill_process_tree(self.process)


class _RemoteError(Exception):
    """Carries the traceback of an error in a worker, as `--debug` shows it."""


def _wait(flight: "list[_Worker[Item]]", limit: float | None) -> None:
    """Wait until a worker has something to say, has died, or may have taken too long."""
    now = time.monotonic()
    begun = [] if limit is None else [one.since + limit - now for one in flight if one.since is not None]
    patience = min([_LOOK, *begun])
    ends: list[Connection | int] = [
        one for worker in flight for one in (worker.pipe, worker.process.sentinel)
    ]
    wait(ends, max(0.0, patience) + 0.001)


def _serve(pipe: "Connection[Any, Any]", parent: int) -> None:
    try:
        _settle(parent)
        sent = pipe.recv_bytes()
    except (EOFError, ConnectionResetError):
        return
    except Exception as error:
        _die(pipe, error)
    try:
        function = pickle.loads(sent)  # noqa: S301 - here, where a lack of memory or files is told
        pipe.send(_STARTED)
    except (BrokenPipeError, ConnectionResetError):
        return
    except Exception as error:
        _die(pipe, error)
    while True:
        try:
            item = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            outcome: Any = (function(item), None, "")
        except MemoryError as error:
            _die(pipe, error)
        except BaseException as error:  # sys.exit, too
            outcome = (None, _portable(error), traceback.format_exc())
        try:
            pipe.send(outcome)
        except (BrokenPipeError, ConnectionResetError):
            return
        except Exception as error:  # the result cannot be pickled
            pipe.send((None, _portable(error), traceback.format_exc()))


def _die(pipe: "Connection[Any, Any]", error: Exception) -> NoReturn:
    """End this process, and say why: nothing else is to be expected of it."""
    try:
        error.__traceback__ = error.__context__ = None  # which hold what has filled the memory
        why = NO_MEMORY if isinstance(error, MemoryError) else f"it could not start: {error}"
        pipe.send((Killed(why), None, ""))
    finally:
        os._exit(1)


def _settle(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    warnings.showwarning = _show_warning
    # Standard output belongs to the parent: to its bar, or to the program that reads its JSON.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.close(silence)


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    print(f"warning: {brief(str(message))}", file=sys.stderr)


def _portable(error: BaseException) -> Exception:
    """Return an error as it can be raised elsewhere."""
    try:
        if isinstance(pickle.loads(pickle.dumps(error)), Exception):  # noqa: S301 - it was made here
            return cast(Exception, error)
    except Exception:
        pass
    return RuntimeError(f"{type(error).__name__}: {error}")


def _end_with(parent: int) -> None:
    """End this process when its parent has died: the next run must find nobody at work."""
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(1)


def _exit_words(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
