"""How far a piece of work is, told while it goes on."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

Tell = Callable[[str, int, int], None]  # of what, how many are done, and how many there are

_OFTEN = 64  # things, after which it is told how far the work is


def silent(what: str, done: int, total: int) -> None:
    """Tell nobody."""


def told(items: Iterable[Item], what: str, total: int, tell: Tell, size: int = 1) -> Iterator[Item]:
    """Yield items, and tell from time to time how far one is.

    Args:
        items: what is worked on, one after the other.
        what: what is counted, in the plural.
        total: how many things there are.
        tell: told at the start, now and then, and at the end.
        size: how many things an item stands for.

    Example:
        >>> [item for item in told("ab", "letters", 2, print)]
        letters 0 2
        letters 2 2
        ['a', 'b']
    """
    often = max(1, _OFTEN // size)
    tell(what, 0, total)
    for done, item in enumerate(items, start=1):
        yield item
        if done % often == 0 and done * size < total:
            tell(what, done * size, total)
    tell(what, total, total)
