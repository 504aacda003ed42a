"""Checks the arguments in a grid file against the signature of the class or function that takes them."""

import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

import torch

from ablation.grid.names import nearest

_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text", list: "a list"}


def parameters(target: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Return the named parameters of a class or function, without `**more`.

    Example:
        >>> list(parameters(torch.nn.Dropout))
        ['p', 'inplace']
    """
    try:
        signature = inspect.signature(target, eval_str=True)
    except Exception:  # annotations may contain any code, and names that only exist for type checkers
        signature = inspect.signature(target)
    return {
        name: parameter
        for name, parameter in signature.parameters.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    }


def problems(arguments: Mapping[str, Any], target: Callable[..., Any]) -> dict[str, str]:
    """Say which arguments a class or function does not take, which are missing, and which have a wrong type.

    Returns:
        Problems by the argument's name; missing arguments are under "", as they have no line in the file.

    Example:
        >>> problems({"q": 0.5}, torch.nn.Dropout)
        {'q': 'unknown; it takes p, inplace'}
        >>> problems({"p": "0.5"}, torch.nn.Dropout)
        {'p': 'must be a number, not "0.5"'}
    """
    known = parameters(target)
    anything = any(p.kind is p.VAR_KEYWORD for p in inspect.signature(target).parameters.values())
    found, meant = {}, set()
    for name, value in arguments.items():
        if name in known:
            if text := _wrong_kind(value, known[name].annotation):
                found[name] = text
        elif not anything:
            near = nearest(name, known)
            meant.add(near)
            takes = ", ".join(known) or "no arguments"
            found[name] = f'unknown; did you mean "{near}"?' if near else f"unknown; it takes {takes}"
    missing = [name for name in required(target) if name not in arguments and name not in meant]
    if missing:
        found[""] = "needs " + " and ".join(filter(None, [", ".join(missing[:-1]), missing[-1]]))
    return found


def required(target: Callable[..., Any]) -> list[str]:
    """Return the names of the arguments without a default.

    Example:
        >>> required(torch.nn.Linear)
        ['in_features', 'out_features']
    """
    return [name for name, known in parameters(target).items() if known.default is known.empty]


def adapted(
    arguments: Mapping[str, Any],
    target: Callable[..., Any],
    otherwise: type[list[Any]] | type[tuple[Any, ...]] = tuple,
) -> dict[str, Any]:
    """Turn lists, TOML's only sequences, into the tuples or tensors that a class or function expects.

    Args:
        arguments: the arguments as they were read.
        target: the class or function; its annotations say what it expects.
        otherwise: what a list becomes if there is no annotation.

    Example:
        >>> adapted({"size": [3, 4]}, lambda size: size)
        {'size': (3, 4)}
        >>> def blur(sizes: list[int]) -> None: ...
        >>> adapted({"sizes": [3, 4]}, blur)
        {'sizes': [3, 4]}
    """
    known = parameters(target)
    wanted = {name: known[name].annotation if name in known else Any for name in arguments}
    return {name: _adapted(value, wanted[name], otherwise) for name, value in arguments.items()}


def shown(value: object) -> str:
    """Write a value as in TOML.

    Example:
        >>> shown((0.5, True)), shown("a"), shown({"a": 1}), shown(None)
        ('[0.5, true]', '"a"', '{ a = 1 }', 'none')
    """
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case float():
            return str(value) if value.is_integer() else f"{value:.6g}"
        case str():
            return f'"{value}"'
        case Enum():
            return f'"{value.name.lower()}"'
        case list() | tuple():
            return f"[{', '.join(map(shown, value))}]"
        case dict():
            pairs = ", ".join(f"{_key(str(key))} = {shown(item)}" for key, item in value.items())
            return f"{{ {pairs} }}" if value else "{}"
    return str(value)


def blamed(error: BaseException, arguments: Mapping[str, Any]) -> dict[str, str]:
    """Say in one line what a constructor raised, under the argument that the message names, if any.

    Example:
        >>> blamed(ValueError("`bits` out of range"), {"bits": 9, "p": 1.0})
        {'bits': 'ValueError: `bits` out of range'}
    """
    text = one_line(error)
    named = [key for key in arguments if re.search(rf"\b{re.escape(key)}\b", str(error))]
    at = named[0] if len(named) == 1 else next(iter(arguments)) if len(arguments) == 1 else ""
    return {at: text}


def one_line(error: BaseException) -> str:
    """Write an exception in one line: its type and the beginning of its message.

    Example:
        >>> one_line(KeyError("a"))
        "KeyError: 'a'"
    """
    text = " ".join(str(error).split())
    text = text if len(text) <= 160 else text[:157] + "..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"'


def _adapted(value: Any, annotation: Any, otherwise: type[list[Any]] | type[tuple[Any, ...]]) -> Any:
    if not isinstance(value, list):
        return value
    alternatives = _alternatives(annotation)
    if alternatives == [torch.Tensor]:
        return torch.tensor(value)
    sequences = {typing.get_origin(kind) or kind: kind for kind in alternatives}
    wanted = [kind for kind in (otherwise, tuple, list) if kind in sequences]
    made = wanted[0] if wanted else otherwise
    inner = typing.get_args(sequences.get(made))
    return made(_adapted(item, inner[0] if inner else Any, otherwise) for item in value)


def _wrong_kind(value: Any, annotation: Any) -> str | None:
    kinds: list[type] = []
    for alternative in _alternatives(annotation):
        kind = _kind(alternative)
        if kind is None:
            return None
        kinds += kind
    # A whole number is a number, but true is not.
    if type(value) in kinds or (type(value) is int and float in kinds) or not kinds:
        return None
    # "a number" is enough where whole numbers are accepted, too
    wanted = [_WORDS[kind] for kind in dict.fromkeys(kinds) if not (kind is int and float in kinds)]
    return f"must be {' or '.join(wanted)}, not {shown(value)}"


def _alternatives(annotation: Any) -> list[Any]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [a for part in typing.get_args(annotation) for a in _alternatives(part) if a is not type(None)]
    return [annotation]


def _kind(annotation: Any) -> tuple[type, ...] | None:
    """Return the TOML types that stand for a Python type; None if they are not known."""
    plain = typing.get_origin(annotation) or annotation
    if plain is typing.Literal:
        return tuple(type(choice) for choice in typing.get_args(annotation))
    if not isinstance(plain, type):
        return None
    if plain in (bool, int, float, str):
        return (plain,)
    if issubclass(plain, Enum):
        return (str, int)
    if plain is torch.Tensor:
        return (float, list)
    if plain in (list, tuple, Sequence):
        return (list,)
    return None
