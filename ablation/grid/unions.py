"""What annotations say of unions: their members, and which of them the value of a key chooses."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

Marks = tuple[Any, ...]  # what `Annotated` adds to a type


def bare(annotation: Any, marks: Marks = ()) -> tuple[Any, Marks]:
    """Take the marks off an annotation, and add them to others.

    Example:
        >>> bare(Annotated[int, "of images"])
        (<class 'int'>, ('of images',))
    """
    while get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        marks = (*marks, *more)
    return annotation, marks


def members(annotation: Any) -> tuple[Any, ...]:
    """Return what a union may be besides None; nothing where it is no union.

    Example:
        >>> members(int | str | None), members(int)
        ((<class 'int'>, <class 'str'>), ())
    """
    if get_origin(annotation) not in (Union, UnionType):
        return ()
    return tuple(member for member in get_args(annotation) if member is not NoneType)


def discriminator(marks: Marks) -> str | None:
    """Return the key that tells the members of a union apart, if there is one."""
    found = (mark.discriminator for mark in marks if isinstance(mark, FieldInfo))
    return next((key for key in found if isinstance(key, str)), None)


def by_tag(union: Any, key: str) -> Mapping[str, Any]:
    """Return the members of a union, or the one model that there is yet, by the values of the key.

    A member that is itself a union, told apart by another key, stands under each of its values of this one.

    Example:
        >>> from typing import Literal
        >>> from pydantic import BaseModel
        >>> class Square(BaseModel):
        ...     shape: Literal["square", "tile"]
        >>> class Circle(BaseModel):
        ...     shape: Literal["circle"]
        >>> list(by_tag(Square | Circle, "shape"))
        ['square', 'tile', 'circle']
    """
    return MappingProxyType(dict(_tagged(union, key)))


def _tagged(union: Any, key: str) -> Iterator[tuple[str, Any]]:
    union, _ = bare(union)
    for member in members(union) or (union,):
        inner, marks = bare(member)
        if not members(inner):
            yield from ((tag, inner) for tag in get_args(inner.model_fields[key].annotation))
        elif discriminator(marks) in (None, key):
            yield from _tagged(inner, key)
        else:
            yield from ((tag, member) for tag, _ in _tagged(inner, key))
