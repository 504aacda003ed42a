"""Counts and lists in words."""

from collections.abc import Sequence


def counted(number: int, noun: str) -> str:
    """Write a number of things, with the noun in the plural unless there is exactly one.

    Example:
        >>> counted(1, "job"), counted(21, "job"), counted(0, "group")
        ('1 job', '21 jobs', '0 groups')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: Sequence[str], last: str = "and") -> str:
    """Write names as a list within a sentence.

    Example:
        >>> listed(["crop"]), listed(["crop", "blur", "color"]), listed(["crop", "blur"], "or")
        ('crop', 'crop, blur and color', 'crop or blur')
    """
    return f" {last} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
