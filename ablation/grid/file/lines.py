"""The line of a TOML text on which each key is first set."""

import tomllib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

MOST_LINES = 1000  # the text is parsed once a line: a longer one gets no line numbers rather than a long wait


def key_lines(text: str) -> Mapping[tuple[str, ...], int]:
    """Find the line, counted from 1, at which the statement begins that first sets each key or section.

    tomllib gives no positions, but a text cut off after a line parses only between two statements. So a
    key that one such beginning of the text holds, and the one before does not, is set by what lies between.

    Args:
        text: valid TOML with `\\n` at the ends of lines.

    Example:
        >>> dict(key_lines('[pretrain]\\nepochs = 3'))
        {('pretrain',): 1, ('pretrain', 'epochs'): 2}
    """
    lines = text.split("\n")
    found: dict[tuple[str, ...], int] = {}
    begin = 1
    for number in range(1, len(lines) + 1 if len(lines) <= MOST_LINES else 0):
        try:
            values = tomllib.loads("\n".join(lines[:number]))
        except ValueError:
            continue  # within a statement of several lines
        for path in _paths(values, ()):
            found.setdefault(path, begin)
        begin = number + 1
    return MappingProxyType(found)


def _paths(values: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key, value in values.items():
        yield (*above, key)
        if isinstance(value, Mapping):
            yield from _paths(value, (*above, key))
