"""Keys and values as a grid file has them, on one line whatever they hold."""

import re
from collections.abc import Mapping

from ablation.words import printable

Keys = tuple[str | int, ...]  # from the top of the file down; a number is a position in a list


def quoted(text: str) -> str:
    """Write text in quotes.

    Example:
        >>> print(quoted('a "b" \\n'))
        "a \\"b\\" \\n"
    """
    return '"' + printable(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def dotted(path: Keys) -> str:
    """Write a path as TOML does, with the position in a list in brackets.

    Example:
        >>> dotted(("evaluate", "regularization", 0)), dotted(("augmentations", "strong color"))
        ('evaluate.regularization[0]', 'augmentations."strong color"')
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += "." * bool(text) + (part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else quoted(part))
    return text


def shown(value: object) -> str:
    """Write a value as it may stand in the file, shortened.

    Example:
        >>> shown({"source": "shapes", "sizes": [32, True]})
        '{source = "shapes", sizes = [32, true]}'
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        text = quoted(value)
    elif isinstance(value, Mapping):
        text = "{" + ", ".join(f"{dotted((key,))} = {shown(item)}" for key, item in value.items()) + "}"
    elif isinstance(value, list | tuple):
        text = "[" + ", ".join(shown(item) for item in value) + "]"
    else:
        text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
