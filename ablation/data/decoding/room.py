"""How much is decoded at once: images of any size on several threads, in memory that has an end."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

# Of the images that are decoded at once; larger ones go alone. A pixel takes 4 to 30 bytes meanwhile.
PIXELS = 64 << 20


class Room:
    """Lets threads in while what they bring fits; what never fits gets in when nobody else is there.

    Example:
        >>> room = Room(100)
        >>> with room.for_(70), room.for_(30):
        ...     room.taken
        100
    """

    def __init__(self, size: int) -> None:
        self.size, self.taken = size, 0
        self._changed = Condition()

    @contextmanager
    def for_(self, amount: int) -> Iterator[None]:
        """Wait until there is room for so much, and keep it."""
        amount = min(amount, self.size)
        with self._changed:
            self._changed.wait_for(lambda: self.taken + amount <= self.size)
            self.taken += amount
        try:
            yield
        finally:
            with self._changed:
                self.taken -= amount
                self._changed.notify_all()
