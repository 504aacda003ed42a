"""Counts in words."""


def counted(number: int, noun: str) -> str:
    """Write a number of things, with the noun in the plural unless there is exactly one.

    Example:
        >>> counted(1, "job"), counted(21, "job"), counted(0, "group")
        ('1 job', '21 jobs', '0 groups')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
