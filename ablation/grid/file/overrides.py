"""`--set section.key=value` and `--seeds N`: settings from the command line over those of the file."""

import copy
import shlex
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Item, Table

from ablation.errors import GridError
from ablation.grid.limits import SEEDS
from ablation.grid.toml import read_toml
from ablation.grid.written import dotted
from ablation.words import printable


@dataclass(frozen=True)
class Override:
    """A setting given on the command line."""

    path: tuple[str, ...]
    value: Any
    shown: str  # as on the command line, option and argument


def read_override(argument: str) -> Override:
    """Read `section.key=value`; a value that is not TOML is text.

    Raises:
        GridError: there is no `=`, what is before it is no key, or it is not UTF-8.

    Example:
        >>> read_override("pretrain.epochs=20").value, read_override("data.path=photos/flowers").value
        (20, 'photos/flowers')
    """
    key, equals, written = argument.partition("=")
    shown = f"--set {printable(argument)}"
    try:
        argument.encode()
    except UnicodeEncodeError:
        raise GridError(f"{shown}  is not UTF-8 text") from None
    try:
        keys: Any = read_toml(f"{key} = 0") if equals and "\n" not in key else {}
    except (ValueError, RecursionError):
        keys = {}
    path: tuple[str, ...] = ()
    while isinstance(keys, dict) and len(keys) == 1:
        [(part, keys)] = keys.items()
        path = (*path, part)
    if not path or keys != 0:
        raise GridError(f"{shown}  must have the form section.key=value; quote a part that holds spaces")
    return Override(path, _value(written), shown)


def seeds_override(seeds: int) -> Override:
    """`--seeds 5` means the seeds 0 to 4.

    Raises:
        GridError: fewer than one, or more than a grid may have.
    """
    if not 1 <= seeds <= SEEDS:
        raise GridError(f"--seeds {seeds}  must be from 1 to {SEEDS:,}")
    return Override(("seeds",), list(range(seeds)), f"--seeds {seeds}")


def overridden(values: Mapping[str, Any], overrides: Sequence[Override]) -> dict[str, Any]:
    """Return the values of a file with the overrides over them, the last one first in rank.

    Raises:
        GridError: an override goes into something that is no section.
    """
    result = copy.deepcopy(dict(values))
    for override in overrides:
        section = result
        for depth, part in enumerate(override.path[:-1], start=1):
            section = section.setdefault(part, {})
            if not isinstance(section, dict):
                raise GridError(
                    f"{override.shown}  {dotted(override.path[:depth])}: is not a section and has no keys"
                )
        section[override.path[-1]] = override.value
    return result


def rewrite(text: str, overrides: Sequence[Override]) -> str:
    """Return the TOML text with the overrides in it, its comments kept, and said so in its first line.

    Raises:
        GridError: the text is written so that it cannot be changed in place.

    Example:
        >>> print(rewrite("[pretrain]\\nepochs = 3  # quick\\n", [read_override("pretrain.epochs=20")]))
        # run with: --set pretrain.epochs=20
        [pretrain]
        epochs = 20  # quick
        <BLANKLINE>
    """
    if not overrides:
        return text
    expected = overridden(tomllib.loads(text), overrides)
    result = text
    try:
        for override in overrides:
            result = _set(result, override.path, override.value)
        given = dict.fromkeys(_typed(override.shown) for override in overrides)  # a preset sets several
        result = f"# run with: {' '.join(given)}\n{result}"
        done = tomllib.loads(result) == expected
    except (TOMLKitError, ValueError, TypeError):
        done = False
    if not done:
        listed = ", ".join(dict.fromkeys(override.shown for override in overrides))
        raise GridError(f"{listed}  cannot be put into this file as it is laid out; change the file itself")
    return result


def with_name(text: str, name: str) -> str:
    """Return the TOML text with a name, which it had none of."""
    return _set(text, ("name",), name)


def with_value(text: str, path: tuple[str, ...], value: str | bool) -> str:
    """Return the TOML text with another value at a place that has one, comments kept.

    Raises:
        GridError: the text is written so that it cannot be changed in place.

    Example:
        >>> with_value("data = { path = 'a' }  # mine", ("data", "path"), "b")
        'data = { path = "b" }  # mine'
    """
    expected = overridden(tomllib.loads(text), [Override(path, value, "")])
    try:
        result = _set(text, path, value)
        done = tomllib.loads(result) == expected
    except (TOMLKitError, ValueError, TypeError):
        done = False
    if not done:
        raise GridError(f"{dotted(path)}  cannot be replaced in this file as it is laid out")
    return result


def _value(written: str) -> Any:
    try:
        values = read_toml(f"value = {written}")
    except (ValueError, RecursionError):
        return written
    return values["value"] if len(values) == 1 else written  # a second line would set something else


def _set(text: str, path: tuple[str, ...], value: Any) -> str:
    if len(path) == 1 and path[0] not in tomllib.loads(text):
        return _under_first_comment(text, f"{dotted(path)} = {_item(value).as_string()}")
    document = tomlkit.parse(text)
    table: Any = document
    for depth, part in enumerate(path[:-1]):
        if part in table:
            table = table[part]
        elif depth == 0:
            table[part] = tomlkit.table()
            table = table[part]
        else:  # what is below a section goes into one line of it, which is right in every layout
            for inner in reversed(path[depth + 1 :]):
                value = {inner: value}
            path = path[: depth + 1]
            break
    # Blank lines and what follows them belong to the next section, not to the end of this one.
    body = table.value.body if isinstance(table, Table) and path[-1] not in table else []
    keys = [position for position, (key, _) in enumerate(body) if key is not None]
    blank = [p for p in range(keys[-1] + 1, len(body)) if not body[p][1].as_string().strip()] if keys else []
    after = body[blank[0] :] if blank else []
    del body[len(body) - len(after) :]
    table[path[-1]] = _item(value)
    body.extend(after)
    return tomlkit.dumps(document)


def _item(value: Any) -> Item:
    if not isinstance(value, Mapping):
        item: Item = tomlkit.item(value)
        return item
    table = tomlkit.inline_table()
    for key, inner in value.items():
        table[key] = _item(inner)
    return table


def _under_first_comment(text: str, line: str) -> str:
    # Before any section, where a key of the whole file must stand, but below what the file says of itself.
    lines = text.split("\n")
    at = next((number for number, other in enumerate(lines) if not other.startswith("#")), len(lines))
    blank = [""] if at < len(lines) and lines[at].lstrip().startswith("[") else []
    return "\n".join([*lines[:at], line, *blank, *lines[at:]])


def _typed(shown: str) -> str:
    option, _, argument = shown.partition(" ")
    return f"{option} {shlex.quote(argument)}"
