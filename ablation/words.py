"""Counts and lists in words, and what somebody gave us, in short."""

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


def shortened(given: object, most: int = 80) -> str:
    """Return what a user gave, for an error message: its beginning and its end, where it is long.

    Args:
        given: a name, a path, an argument.
        most: how many characters to return.

    Example:
        >>> shortened("crop"), shortened("x" * 20_000 + ".toml", most=20)
        ('crop', 'xxxxxxxxxxxxx…x.toml')
    """
    text = str(given)
    end = (most - 1) // 3
    return text if len(text) <= most else f"{text[: most - 1 - end]}…{text[len(text) - end :]}"
