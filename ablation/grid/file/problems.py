"""What pydantic found wrong with a grid, in the words of the grid file."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from ablation.grid.file.place import Place, keys, locate, sections
from ablation.grid.models import Grid
from ablation.grid.names import nearest
from ablation.grid.operations import OPERATIONS
from ablation.grid.settings import Settings
from ablation.grid.written import Keys, shown
from ablation.words import printable


@dataclass(frozen=True)
class Problem:
    """One error: where in the grid it is, and what is wrong there, in one line."""

    path: Keys
    message: str


def problems(error: ValidationError, root: type[Settings] = Grid) -> list[Problem]:
    """Say what is wrong, one problem for each mistake, and nothing that merely follows from another.

    Args:
        error: of a validation.
        root: the model that was validated.

    Example:
        >>> try:
        ...     Grid.model_validate({"data": {"source": "shapes", "siz": 32}, "augmentations": {"crop": {}}})
        ... except ValidationError as error:
        ...     problems(error)
        [Problem(path=('data', 'siz'), message='unknown; did you mean "size"?')]
    """
    found = [_Found(details, _place(details, root)) for details in error.errors(include_url=False)]
    result = []
    for one in found:
        if _follows(one, found):
            continue
        if one.kind == "several":
            told = one.ctx["found"].items()
            result += [Problem((*one.place.path, *inner), text) for inner, text in told]
        elif one.misses:
            result.append(_none_of([other for other in found if other.place.union == one.place.union]))
        else:
            result.append(_problem(one, root))
    in_one_line = (replace(problem, message=printable(problem.message)) for problem in result)
    return list(dict.fromkeys(in_one_line))  # every value of a sweep finds the same


@dataclass(frozen=True)
class _Found:
    details: Any
    place: Place

    @property
    def loc(self) -> Keys:
        found: Keys = self.details["loc"]
        return found

    @property
    def kind(self) -> str:
        return str(self.details["type"])

    @property
    def ctx(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.details.get("ctx", {})
        return found

    @property
    def given(self) -> Any:
        return self.details["input"]

    @property
    def misses(self) -> bool:
        """Whether one member of a union could not be made of the value, of whatever kind that is."""
        of_other_type = self.kind == "literal_error" or self.kind.endswith("_type")
        return of_other_type and self.place.path == self.place.union

    @property
    def must(self) -> str:
        """What the value must be; "" where something else is wrong."""
        if self.kind == "literal_error":
            return f"must be {_either(self.place.values)}"
        return _MUST[self.kind](self.ctx) if self.kind in _MUST else ""


def _place(details: Any, root: type[Settings]) -> Place:
    loc: Keys = details["loc"]
    if details["type"] not in ("missing", "extra_forbidden"):
        return locate(root, loc)
    above = locate(root, loc[:-1])  # no model leads to a key that is not its own, or not there
    return replace(above, path=(*above.path, loc[-1]))


def _follows(one: _Found, found: Sequence[_Found]) -> bool:
    """Whether another of the errors says all there is to say."""
    if one.kind == "too_short":  # pydantic counts only the items that are right
        return any(other.loc[: len(one.loc)] == one.loc and other.loc != one.loc for other in found)
    if one.kind == "union_tag_invalid":  # it is no operation because it is no name
        return any(other.loc == (*one.loc, "[key]") for other in found)
    # Of the members of a union, the one that the value was meant for says what is wrong within.
    return one.misses and any(other.place.union == one.place.union and not other.misses for other in found)


def _problem(found: _Found, root: type[Settings]) -> Problem:
    place, path, given = found.place, found.place.path, found.given
    entry = path[:1] == ("augmentations",)
    match found.kind:
        case "extra_forbidden":
            return Problem(path, _unknown(place, root))
        case "missing" if isinstance(path[-1], int):
            return Problem(path[:-1], f"must hold more values than {shown(given)}")
        case "missing" | "too_short" if path == ("augmentations",):
            return Problem(
                path,
                f"contains no operation; name at least one, {', '.join(list(OPERATIONS)[:7])} or another",
            )
        case "missing":
            return Problem(path, "missing")
        case "union_tag_not_found" if entry:
            return Problem(path, 'has no operation; name it with operation, kornia or python = "..."')
        case "union_tag_not_found":
            return Problem((*path, place.key), f"missing; one of {_listed(place.values)}")
        case "union_tag_invalid" if entry:
            tag = given["operation"]
            # Where the tag is the entry's own name, that name is what was written; otherwise the key is.
            at = path if tag == path[-1] else (*path, "operation")
            hint = _meant(tag, OPERATIONS) or '; say which with operation, kornia or python = "..."'
            return Problem(at, f"unknown operation {shown(tag)}{hint} (`ablation augmentations` lists them)")
        case "union_tag_invalid":
            tag = given[place.key]
            what = f"unknown {place.key} {shown(tag)}{_meant(tag, place.values)}"
            return Problem((*path, place.key), f"{what} ({_listed(place.values)})")
        case "literal_error":
            return Problem(path, f"{found.must}, not {shown(given)}{_meant(given, place.values)}")
        case "model_type" | "model_attributes_type" if entry and isinstance(path[-1], int):
            inner = "; give the inner list an entry of its own" if isinstance(given, list) else ""
            return Problem(path, f"must be a name or a table in {{ }}, not {shown(given)}{inner}")
        case "model_type" | "model_attributes_type" if entry:
            return Problem(path, f"must be a table in {{ }} or a list of names in [ ], not {shown(given)}")
        case "value_error":
            return Problem(path, str(found.ctx["error"]))
    if found.must:
        return Problem(path, f"{found.must}, not {shown(given)}")
    return Problem(path, found.details["msg"])


# What a value must be, by pydantic's name of the error.
_MUST: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "int_type": lambda _: "must be a whole number",
        "float_type": lambda _: "must be a number",
        "bool_type": lambda _: "must be true or false",
        "string_type": lambda _: "must be text in quotes",
        "finite_number": lambda _: "must be a finite number",
        "tuple_type": lambda _: "must be a list in [ ]",
        "dict_type": lambda _: "must be a section or a table in { }",
        "model_type": lambda _: "must be a section or a table in { }",
        "model_attributes_type": lambda _: "must be a section or a table in { }",
        "too_short": lambda ctx: f"must hold at least {ctx['min_length']} value",
        "too_long": lambda ctx: f"must hold at most {ctx['max_length']:,} values",
        "greater_than": lambda ctx: f"must be more than {ctx['gt']:g}",
        "greater_than_equal": lambda ctx: f"must be at least {ctx['ge']:g}",
        "less_than": lambda ctx: f"must be less than {ctx['lt']:.12g}",
        "less_than_equal": lambda ctx: f"must be at most {ctx['le']:.12g}",
    }
)


def _none_of(tried: Sequence[_Found]) -> Problem:
    choices = dict.fromkeys(one.must.removeprefix("must be ") for one in tried)
    return Problem(tried[0].place.path, f"must be {' or '.join(choices)}, not {shown(tried[0].given)}")


def _unknown(place: Place, root: type[Settings]) -> str:
    key = str(place.path[-1])
    needs = keys(place.section) if place.section else {}
    if key in needs:
        return f"only with {' or '.join(f'{name} = {shown(value)}' for name, value in needs[key])}"
    known = [
        name
        for name, choices in needs.items()
        if not (choices and place.choice and choices[0][0] == place.choice[0]) or place.choice in choices
    ]
    if meant := _meant(key, known):
        return f"unknown{meant}"
    if place.section is not root and key in root.model_fields:
        return f'unknown here; "{key}" stands before the first section'
    every = sections(root)
    alike = every.get(str(place.path[0]))  # `[transfer]` has the keys of `[data]`
    elsewhere = [
        f"{name}.{key}"
        for name, models in every.items()
        if models != alike and any(key in keys(model) for model in models)
    ]
    if elsewhere:
        return f"unknown here; did you mean {_either(elsewhere)}?"
    # Where an entry has the name of its operation, nobody wrote which it is.
    of = place.choice if place.choice and place.choice[1] not in place.path[-2:-1] else None
    return f"unknown{f' with {of[0]} = {shown(of[1])}' if of else ''}; one of {_listed(known)}"


def _meant(name: object, names: Iterable[Any]) -> str:
    near = nearest(name, map(str, names))
    return f"; did you mean {shown(near)}?" if near else ""


def _listed(names: Iterable[object]) -> str:
    return ", ".join(map(str, names))


def _either(choices: Sequence[object]) -> str:
    written = [shown(choice) for choice in choices]
    return " or ".join([", ".join(written[:-1]), written[-1]] if len(written) > 1 else written)
