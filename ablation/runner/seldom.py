"""Work on all jobs of a run that is due after each of them: done less often where there are many jobs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

_SHARE = 0.02  # of the time, at most
_FREE = 1e-3  # seconds; work that takes less is always due


class Seldom:
    """Says when work is due, so that it takes a small share of the time however long it takes.

    Example:
        >>> looking = Seldom()
        >>> with looking.working():
        ...     pass
        >>> looking.is_due()
        True
    """

    def __init__(self) -> None:
        self.spent = 0.0  # seconds of processor time
        self._next = 0.0  # of `time.monotonic`

    def is_due(self) -> bool:
        """Whether the work may be done again."""
        return time.monotonic() >= self._next

    @contextmanager
    def working(self) -> Iterator[None]:
        """Measure the work that is done in the `with` block."""
        began = time.thread_time()  # other programs may be busy
        yield
        took = time.thread_time() - began
        self.spent += took
        self._next = time.monotonic() + took / _SHARE if took > _FREE else 0.0
