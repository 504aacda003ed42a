"""Worker processes that take items one by one, and survive each other's death.

This uses loky's executor, not `joblib.Parallel`. The latter runs a single worker inside the parent, where a
crash ends everything, and fetches items ahead, so that one cannot tell which ones a killed worker had.
"""

import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")
Value = TypeVar("Value")

_IDLE = 60  # seconds after which an idle worker exits, in case its parent was killed
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
    """Stands in for the result of an item that was in flight when a worker died, its own or another."""

    reason: str


def in_processes(
    function: Callable[[Item], Value], ask: Callable[[], Item | None], workers: int
) -> Generator[tuple[Item, Value | Killed], None, None]:
    """Apply a function to items in worker processes; yield each item with its result as they arrive.

    An item is asked for only when a worker is free for it. When a worker dies, every item in flight is
    yielded as `Killed` and the iteration ends. Closing the iterator kills the workers.

    Args:
        function: what to apply; it and its results are pickled.
        ask: returns the next item, or None while there is none; it is called again after each result.
        workers: how many processes; even a single one is not the parent.

    Raises:
        Exception: whatever `function` raised.
    """
    from loky import BrokenProcessPool, ProcessPoolExecutor

    executor = ProcessPoolExecutor(workers, timeout=_IDLE, initializer=_ignore_interrupts, env=_ONE_THREAD)
    broken = False
    flight: dict[Future[Value], Item] = {}

    def take() -> None:
        while not broken and len(flight) < workers and (item := ask()) is not None:
            # Workers start here, and must not receive Ctrl-C, which a terminal sends to them too.
            with interrupts_deferred():
                try:
                    future = executor.submit(function, item)
                except BrokenProcessPool as error:
                    future = Future()
                    future.set_exception(error)
                flight[future] = item

    ended = False
    try:
        take()
        while flight:
            done, _ = wait(flight, return_when=FIRST_COMPLETED)
            if any(isinstance(future.exception(), BrokenProcessPool) for future in done):
                done, _ = wait(flight)  # the executor gives up on all of them
                broken = True
            finished = [(flight.pop(future), future) for future in done]
            take()  # before yielding: no worker waits while the caller looks at a result
            for item, future in finished:
                error = future.exception()
                yield (
                    item,
                    Killed(_exit_codes(error)) if isinstance(error, BrokenProcessPool) else future.result(),
                )
            take()  # the caller may have made more work out of the results
        ended = True
    finally:
        with interrupts_deferred():
            # loky's own thread fails, and leaves workers behind, if it still holds an item to pass on.
            patience = time.monotonic() + 2
            while time.monotonic() < patience and not all(f.running() or f.done() for f in flight):
                time.sleep(0.01)
            executor.shutdown(wait=True, kill_workers=not ended)


def _exit_codes(error: BaseException) -> str:
    # loky's message ends "The exit codes of the workers are {SIGKILL(-9)}", and goes on about faulthandler.
    _, found, rest = str(error).partition("exit codes of the workers are ")
    return f"exit codes {rest.splitlines()[0]}" if found else str(error).strip().splitlines()[0]


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Let nothing but SIGKILL interrupt what must run to its end; Ctrl-C and SIGTERM take effect afterwards.

    Processes that are started meanwhile never receive Ctrl-C.

    Example:
        >>> with interrupts_deferred():
        ...     pass
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread has signals
        return
    late: list[int] = []
    handlers = {
        number: signal.signal(number, lambda number, _: late.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    # A handler is not inherited, but a mask is. To ignore the signal would be, and would lose it here.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if late:
        signal.raise_signal(late[0])
