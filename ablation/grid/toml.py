"""TOML as a grid may hold it: whole numbers of 64 bits, and tables and lists not deeper than a grid's."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from ablation.grid.written import Keys, dotted

DEEPEST = 32  # a grid needs six; what reads and writes it goes one call deeper for each


def read_toml(text: str) -> dict[str, Any]:
    """Read a text.

    Raises:
        ValueError: it is not TOML, which holds no whole number of more than 64 bits.
        RecursionError: it is nested deeper than any grid.

    Example:
        >>> read_toml("seeds = [0, 1]")
        {'seeds': [0, 1]}
        >>> read_toml("seeds = [0, 0x8000000000000000]")
        Traceback (most recent call last):
        ...
        ValueError: the number at seeds[1] has more than 64 bits
    """
    values = tomllib.loads(text)
    for path, value in leaves(values):
        if type(value) is int and not -(2**63) <= value < 2**63:
            raise ValueError(f"the number at {dotted(path)} has more than 64 bits")
    return values


def leaves(values: Any) -> Iterator[tuple[Keys, Any]]:
    """Yield what stands in tables and lists, each with its place.

    Raises:
        RecursionError: it is nested deeper than any grid.

    Example:
        >>> dict(leaves({"seeds": [0, 1]}))
        {('seeds', 0): 0, ('seeds', 1): 1}
    """
    waiting: list[tuple[Keys, Any]] = [((), values)]
    while waiting:
        path, value = waiting.pop()
        if len(path) > DEEPEST:
            raise RecursionError
        if isinstance(value, Mapping):
            waiting += [((*path, key), value[key]) for key in reversed(value)]
        elif isinstance(value, list | tuple):
            waiting += [((*path, at), value[at]) for at in reversed(range(len(value)))]
        else:
            yield path, value
