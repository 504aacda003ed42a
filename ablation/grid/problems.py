"""What pydantic found wrong with a grid, in the words of the grid file."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from ablation.grid.entries import ENTRIES
from ablation.grid.models import SOURCES, Evaluate, Grid, Pretrain, Views
from ablation.grid.names import nearest
from ablation.grid.operations import OPERATIONS
from ablation.grid.settings import Settings

Keys = tuple[str | int, ...]  # from the top of the file down; a number is a position in a list

_SECTIONS: Mapping[str, type[Settings]] = MappingProxyType(
    {"views": Views, "pretrain": Pretrain, "evaluate": Evaluate}
)


@dataclass(frozen=True)
class Problem:
    """One error: where in the grid it is, and what is wrong there."""

    path: Keys
    message: str


def problems(error: ValidationError) -> list[Problem]:
    """Say what is wrong, one problem for each mistake, and nothing that merely follows from another.

    Example:
        >>> try:
        ...     Grid.model_validate({"data": {"source": "shapes", "siz": 32}, "augmentations": {"crop": {}}})
        ... except ValidationError as error:
        ...     problems(error)
        [Problem(path=('data', 'siz'), message='unknown; did you mean "size"?')]
    """
    found = error.errors(include_url=False)
    misnamed = {details["loc"][:2] for details in found if details["loc"][2:] == ("[key]",)}
    result = []
    for details in found:
        loc, kind = details["loc"], details["type"]
        within = any(other["loc"][: len(loc)] == loc and other["loc"] != loc for other in found)
        if kind == "too_short" and within:  # pydantic counts only the items that are right
            continue
        if kind == "union_tag_invalid" and loc in misnamed:  # the name is no operation because it is no name
            continue
        if kind == "several":
            result += [
                Problem((*_untagged(loc), *keys), text) for keys, text in details["ctx"]["found"].items()
            ]
        else:
            result.append(_problem(_untagged(loc), details))
    return list(dict.fromkeys(result))  # every value of a sweep finds the same


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
            text += "." * bool(text) + (part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'"{part}"')
    return text


def _untagged(loc: Keys) -> Keys:
    # pydantic also names the model it chose: ("data", "shapes", "siz"), ("augmentations", "a", "crop", "p").
    match loc:
        case ("data", _, *inner):
            return ("data", *inner)
        case ("augmentations", name, *inner):
            return ("augmentations", name, *_in_entry(inner))
        case ("pretrain", "objective", _, *inner):
            return ("pretrain", *inner)
    return loc


def _in_entry(inner: Sequence[str | int]) -> Keys:
    # Sequences, sweeps and arguments are read into models, whose own keys nobody has written.
    match inner:
        case ["sequence", "steps", int(position), *deeper]:
            return (position, *_in_entry(deeper))
        case ["sweep", "over", int(), *deeper]:
            return _in_entry(deeper)
        case ["sequence", "steps"]:
            return ()
        case ["kornia" | "python", "arguments", *keys] | [_, *keys]:
            return tuple(keys)
    return ()


def _problem(path: Keys, details: Any) -> Problem:
    given, ctx = details["input"], details.get("ctx", {})
    match details["type"]:
        case "extra_forbidden":
            return Problem(path, _unknown(details["loc"]))
        case "missing" if isinstance(path[-1], int):
            return Problem(path[:-1], f"must hold more values than {_shown(given)}")
        case "missing" | "too_short" if path == ("augmentations",):
            return Problem(
                path, f"holds no operation; name at least one, {', '.join(list(OPERATIONS)[:7])} or another"
            )
        case "missing":
            return Problem(path, "missing")
        case "union_tag_not_found" if path[0] == "augmentations":
            return Problem(path, 'has no operation; name it with operation, kornia or python = "..."')
        case "union_tag_not_found":
            return Problem((*path, "source"), f"missing; one of {', '.join(SOURCES)}")
        case "union_tag_invalid" if path == ("data",):
            source = given["source"]
            listed = ", ".join(SOURCES)
            return Problem(
                (*path, "source"), f"unknown source {_shown(source)}{_meant(source, SOURCES)} ({listed})"
            )
        case "union_tag_invalid":
            tag = given["operation"]
            # Where the tag is the entry's own name, that name is what was written; otherwise the key is.
            place = path if tag == path[-1] else (*path, "operation")
            hint = _meant(tag, OPERATIONS) or '; say which with operation, kornia or python = "..."'
            return Problem(
                place, f"unknown operation {_shown(tag)}{hint} (`ablation augmentations` lists them)"
            )
        case "literal_error":
            choices = re.findall(r"'([^']*)'", ctx["expected"])
            return Problem(path, f"must be {_either(choices)}, not {_shown(given)}{_meant(given, choices)}")
        case "model_type" | "model_attributes_type" if path[0] == "augmentations" and isinstance(
            path[-1], int
        ):
            inner = "; give the inner list an entry of its own" if isinstance(given, list) else ""
            return Problem(path, f"must be a name or a table in {{ }}, not {_shown(given)}{inner}")
        case "model_type" | "model_attributes_type" if path[0] == "augmentations":
            return Problem(path, f"must be a table in {{ }} or a list of names in [ ], not {_shown(given)}")
        case "value_error":
            return Problem(path, str(ctx["error"]))
        case kind if kind in _MUST:
            return Problem(path, f"{_MUST[kind](ctx)}, not {_shown(given)}")
    return Problem(path, details["msg"])


# What a value must be, by pydantic's name of the error.
_MUST: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "int_type": lambda _: "must be a whole number",
        "float_type": lambda _: "must be a number",
        "string_type": lambda _: "must be text in quotes",
        "finite_number": lambda _: "must be a finite number",
        "tuple_type": lambda _: "must be a list in [ ]",
        "dict_type": lambda _: "must be a section or a table in { }",
        "model_type": lambda _: "must be a section or a table in { }",
        "model_attributes_type": lambda _: "must be a section or a table in { }",
        "too_short": lambda ctx: f"must hold at least {ctx['min_length']} value",
        "too_long": lambda ctx: f"must hold {ctx['max_length']} values",
        "greater_than": lambda ctx: f"must be more than {ctx['gt']:g}",
        "greater_than_equal": lambda ctx: f"must be at least {ctx['ge']:g}",
        "less_than": lambda ctx: f"must be less than {ctx['lt']:.12g}",
        "less_than_equal": lambda ctx: f"must be at most {ctx['le']:g}",
    }
)


def _unknown(loc: Keys) -> str:
    key = str(loc[-1])
    match loc[:-1]:
        case ():
            model: type[Settings] = Grid
        case ("data", str(source)):
            model = SOURCES[source]
        case ("augmentations", *_, str(operation)):
            model = ENTRIES[operation]
        case (str(section),):
            model = _SECTIONS[section]
        case _:  # pragma: no cover - a section of a section, of which there are none
            return "unknown"
    here = list(model.model_fields)
    if meant := _meant(key, here):
        return f"unknown{meant}"
    elsewhere = [f"{name}.{key}" for name, section in _SECTIONS.items() if key in section.model_fields]
    if elsewhere:
        return f'unknown here; did you mean "{elsewhere[0]}"?'
    of = f" with source = {_shown(loc[1])}" if loc[0] == "data" and len(loc) > 1 else ""
    return f"unknown{of}; one of {', '.join(here)}"


def _meant(name: object, names: Iterable[str]) -> str:
    near = nearest(name, names)
    return f'; did you mean "{near}"?' if near else ""


def _either(choices: list[str]) -> str:
    quoted = [f'"{choice}"' for choice in choices]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def _shown(value: object) -> str:
    """The value as it may have stood in the file, shortened."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        text = '"' + value.replace("\n", "\\n") + '"'
    elif isinstance(value, Mapping):
        text = "{" + ", ".join(f"{key} = {_shown(item)}" for key, item in value.items()) + "}"
    elif isinstance(value, list | tuple):
        text = "[" + ", ".join(_shown(item) for item in value) + "]"
    else:
        text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
