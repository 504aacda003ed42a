"""JSON that carries a checksum of itself, laid out to be read."""

import json
import zlib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from ablation.files import read_file
from ablation.results.stored.damage import DamagedError

_LINE = 110  # characters
_CHECKSUM = "checksum"  # older files have none

Kind = TypeVar("Kind", bound=BaseModel)


def sealed(values: dict[str, Any]) -> bytes:
    """Write plain values with their checksum.

    Raises:
        ValueError: a number is not finite.

    Example:
        >>> sealed({"id": "a"})
        b'{"id": "a", "checksum": "af678071"}\\n'
    """
    return (_layout(values | {_CHECKSUM: _checksum(values)}) + "\n").encode()


def unsealed(content: bytes) -> dict[str, Any]:
    """Read values that `sealed` wrote.

    Raises:
        ValueError: it is something else, or has changed since it was written.
    """
    values = json.loads(content)
    if not isinstance(values, dict):
        raise ValueError("it is not a record")
    said = values.pop(_CHECKSUM, None)
    if said is not None and said != _checksum(values):
        raise ValueError("it has changed since it was written: its checksum is another")
    return values


def read_sealed(path: Path, kind: type[Kind]) -> Kind | None:
    """Read a file that `sealed` wrote; None where there is none.

    Raises:
        DamagedError: it holds something else.
        PermissionError: it may not be read.
    """
    try:
        return kind.model_validate(unsealed(read_file(path)))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise DamagedError(path, error) from error


def _checksum(values: dict[str, Any]) -> str:
    # Of the values, not of the text: to lay it out anew changes nothing.
    return f"{zlib.crc32(json.dumps(values, sort_keys=True).encode()):08x}"


def _layout(value: Any, indent: str = "") -> str:
    # Like json.dumps(indent=2), but what fits a line stays on one: the epochs then read as a table.
    flat = json.dumps(value, allow_nan=False, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + len(flat) <= _LINE:
        return flat
    inner = indent + "  "
    if isinstance(value, dict):
        items = [f"{json.dumps(key, ensure_ascii=False)}: {_layout(value[key], inner)}" for key in value]
    else:
        items = [_layout(item, inner) for item in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return opening + "\n" + ",\n".join(inner + item for item in items) + "\n" + indent + closing
