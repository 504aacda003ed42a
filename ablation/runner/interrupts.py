"""Ctrl-C and SIGTERM at moments that cannot bear them."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


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
