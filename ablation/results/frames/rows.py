"""Frames as plain rows, whose values have one type each."""

from typing import Any, cast

import pandas as pd

from ablation.grid.layout import Pair


def named(results: pd.DataFrame) -> pd.DataFrame:
    """Return results whose names are plain text, and which do not know their grid.

    pandas copies `attrs`, and the whole grid in them, with every step that it takes.
    """
    plain = results.copy(deep=False)
    plain.attrs = {}
    return plain.assign(first=plain["first"].astype(object), second=plain["second"].astype(object))


def by_pair(frame: pd.DataFrame) -> dict[Pair, dict[str, Any]]:
    """Return the rows of a frame that is indexed by first and second.

    Example:
        >>> index = pd.MultiIndex.from_tuples([("crop", "blur")])
        >>> by_pair(pd.DataFrame({"mean": [0.5]}, index))
        {('crop', 'blur'): {'mean': 0.5}}
    """
    rows = cast("list[dict[str, Any]]", frame.to_dict("records"))
    return {(str(a), str(b)): row for (a, b), row in zip(frame.index, rows, strict=True)}


def by_name(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return the rows of a frame that is indexed by a name."""
    rows = cast("list[dict[str, Any]]", frame.to_dict("records"))
    return {str(name): row for name, row in zip(frame.index, rows, strict=True)}
