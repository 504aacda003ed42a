"""Which name was meant."""

import difflib
from collections.abc import Iterable


def nearest(name: object, names: Iterable[str]) -> str | None:
    """Return the name that was most likely meant, or None where none is near.

    Example:
        >>> nearest("Colour", ["crop", "color"]), nearest("strength", ["crop", "color"])
        ('color', None)
    """
    by_lower = {known.lower(): known for known in names}
    close = difflib.get_close_matches(str(name).lower(), by_lower, n=1)
    return by_lower[close[0]] if close else None
