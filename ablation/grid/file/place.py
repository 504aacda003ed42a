"""Where an error of pydantic stands in a grid file, found by following the models' annotations.

pydantic also names what nobody has written: the tag of the model that it chose, the member of a union that
it tried, a field whose content stands in the file without the field's name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from ablation.grid.settings import Found, Inline, Settings, Unwritten, mark
from ablation.grid.unions import Marks, bare, by_tag, discriminator, members
from ablation.grid.written import Keys

Choice = tuple[str, str]  # a key and its value: ("source", "shapes")


@dataclass(frozen=True)
class Place:
    """A place in the grid file, and what its models say of it."""

    path: Keys = ()
    section: type[Settings] | None = None  # the innermost model on the way that is written as a table
    choice: Choice | None = None  # by which that model, or the one that is written inline in it, was chosen
    key: str = ""  # of a union at this very place: the key that tells its models apart
    values: tuple[object, ...] = ()  # that this key, or the value at this very place, may have
    union: Keys | None = None  # where the members of another union were tried one after the other
    inline: bool = False


def locate(root: type[Settings], loc: Keys) -> Place:
    """Find the place of an error.

    Args:
        root: the model that was validated.
        loc: of the error, as pydantic has it.

    Example:
        >>> from typing import Annotated, Literal
        >>> from pydantic import Field
        >>> class Square(Settings):
        ...     shape: Literal["square"]
        ...     side: int
        >>> class Circle(Settings):
        ...     shape: Literal["circle"]
        ...     radius: int
        >>> class Drawing(Settings):
        ...     shapes: tuple[Annotated[Square | Circle, Field(discriminator="shape")], ...]
        >>> found = locate(Drawing, ("shapes", 0, "circle", "radius"))
        >>> found.path, found.section.__name__
        (('shapes', 0, 'radius'), 'Circle')
        >>> locate(Drawing, ("shapes", 0)).values
        ('square', 'circle')
    """
    return _follow(root, (), loc, Place()) or Place(loc)


def keys(section: type[Settings]) -> Mapping[str, tuple[Choice, ...]]:
    """Return the keys that a section may hold, each with the choices that it needs one of, if it needs any.

    Example:
        >>> class Views(Settings):
        ...     branches: int = 2
        >>> keys(Views)
        {'branches': ()}
    """
    found: dict[str, tuple[Choice, ...]] = {}
    for name, field in section.model_fields.items():
        if not mark(field, Inline):
            found[name] = ()
            continue
        models = by_tag(field.annotation, name)
        every = {inner: own for model in models.values() for inner, own in model.model_fields.items()}
        for inner in (inner for inner, own in every.items() if not mark(own, Found)):
            knowing = tuple((name, tag) for tag, model in models.items() if inner in model.model_fields)
            found[inner] = () if len(knowing) == len(models) else knowing
    return found


def sections(root: type[Settings]) -> Mapping[str, tuple[type[Settings], ...]]:
    """Return the sections of a file by name, each with the models it may be; those that may be missing last.

    Example:
        >>> class Evaluate(Settings):
        ...     solver: str = "lbfgs"
        >>> class File(Settings):
        ...     extra: Evaluate | None = None
        ...     evaluate: Evaluate
        ...     seeds: tuple[int, ...] = ()
        >>> list(sections(File))
        ['evaluate', 'extra']
    """
    found = {name: tuple(_models(field.annotation)) for name, field in root.model_fields.items()}
    ordered = sorted(found, key=lambda name: NoneType in get_args(root.model_fields[name].annotation))
    return {name: found[name] for name in ordered if found[name]}


def _follow(annotation: Any, marks: Marks, loc: Keys, place: Place) -> Place | None:
    """Follow a location into an annotation; None where it does not lead there."""
    annotation, marks = bare(annotation, marks)
    choices = members(annotation)
    if len(choices) == 1:
        return _follow(choices[0], marks, loc, place)
    if choices and (key := discriminator(marks)):
        return _chosen(by_tag(annotation, key), key, loc, place)
    if choices:
        return _tried(choices, loc, place)
    if _is_model(annotation):
        place = place if place.inline else replace(place, section=annotation)
        field = annotation.model_fields.get(loc[0]) if loc else None
        if field is None:
            return None if loc else place
        return _into(str(loc[0]), field, loc[1:], place)
    held, arguments = get_origin(annotation), get_args(annotation)
    if not loc:
        return replace(place, values=arguments) if held is Literal else place
    if annotation is Any:
        return replace(place, path=(*place.path, *loc))
    inner = replace(place, path=(*place.path, loc[0]))
    if held is dict:
        return inner if loc[1:] == ("[key]",) else _follow(arguments[1], (), loc[1:], inner)
    if held in (tuple, list) and isinstance(loc[0], int):
        return _follow(_item(arguments, loc[0]), (), loc[1:], inner)
    return None


def _chosen(models: Mapping[str, Any], key: str, loc: Keys, place: Place) -> Place | None:
    if not loc:
        return replace(place, key=key, values=tuple(models))
    tag = str(loc[0])
    return _follow(models[tag], (), loc[1:], replace(place, choice=(key, tag))) if tag in models else None


def _tried(choices: tuple[Any, ...], loc: Keys, place: Place) -> Place | None:
    if not loc:
        return place
    # pydantic names the member that it tried: a model by its name, anything else in ways of its own.
    likely = (one for one in choices if not _is_model(one) or one.__name__ == loc[0])
    inside = replace(place, union=place.path if place.union is None else place.union)
    return next(filter(None, (_follow(one, (), loc[1:], inside) for one in likely)), None)


def _into(name: str, field: FieldInfo, loc: Keys, place: Place) -> Place | None:
    annotation, marks = field.annotation, (*field.metadata, field)
    if mark(field, Inline):
        return _follow(annotation, marks, loc, replace(place, inline=True))
    place = replace(place, choice=None, inline=False)
    unwritten = mark(field, Unwritten)
    if not unwritten:
        return _follow(annotation, marks, loc, replace(place, path=(*place.path, name)))
    if loc and not unwritten.positions:
        return _follow(get_args(annotation)[0], (), loc[1:], place)
    return _follow(annotation, marks, loc, place)


def _models(annotation: Any) -> Iterator[type[Settings]]:
    annotation, _ = bare(annotation)
    if _is_model(annotation):
        yield annotation
    for member in members(annotation):
        yield from _models(member)


def _item(arguments: tuple[Any, ...], position: int) -> Any:
    return arguments[position] if position < len(arguments) and ... not in arguments else arguments[0]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Settings)
