"""Counts and lists in words, and what somebody gave us, in short."""

import re
from collections.abc import Callable, Sequence

# What is quoted, or holds no space, is most likely what a user gave.
_LONG = re.compile(r"""\"[^"\n]{200,}\"|'[^'\n]{200,}'|\S{200,}""")
_LINE, _LINES = 500, 20
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


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


def printable(text: str) -> str:
    """Escape what would end the line, do something to the terminal, or is no text at all.

    Example:
        >>> printable("one\\ntwo\\x1b[31m → three")
        'one\\\\ntwo\\\\u001b[31m → three'
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else _ESCAPES.get(one, _code(one)) for one in text)


def _code(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number < 2**16 else f"\\U{number:08x}"


def first_few(name: Callable[[int], str], count: int, most: int) -> str:
    """Name the first few of `count` things, and say how many more there are.

    Example:
        >>> first_few(str, 3, most=3), first_few(str, 5, most=3)
        ('0, 1, 2', '0, 1, 2 and 2 more')
    """
    more = f" and {count - most} more" if count > most else ""
    return ", ".join(name(k) for k in range(min(count, most))) + more


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


def brief(message: str) -> str:
    """Return an error message with everything in it shortened that no message is meant to hold.

    A path, a name or an argument of over 200 characters, a line of over 500, and more than 20 lines. What a
    terminal would obey is escaped.

    Example:
        >>> brief("photos: no such folder"), len(brief("x" * 20_000 + ": no such folder"))
        ('photos: no such folder', 95)
    """
    lines = _LONG.sub(lambda found: shortened(found[0]), message).split("\n")
    if len(lines) > _LINES:
        lines[_LINES - 1 :] = [f"… and {len(lines) - _LINES + 1:,} more lines"]
    return "\n".join(shortened(printable(line), _LINE) for line in lines)
