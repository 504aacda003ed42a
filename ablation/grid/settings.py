"""What every model of a grid file shares: frozen, typed strictly, unknown keys refused.

Four marks say how a field is written and what it is to a cell's identity: `Inline`, `Unwritten`, `Found`,
`AsBefore`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    ValidationInfo,
    model_serializer,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core.core_schema import SerializationInfo, SerializerFunctionWrapHandler

from ablation.grid.unions import by_tag


@dataclass(frozen=True)
class AsBefore:
    """Marks a setting that was added later: with this value a job computes what it computed before.

    A cell's identity leaves the setting out while it has that value, so that adding it changes no id. The
    value is given beside the default, not taken from it: a default that is changed later changes the ids it
    must.

    Example:
        >>> class Job(Settings):
        ...     epochs: int = 10
        ...     dropout: Annotated[float, AsBefore(0.0)] = 0.0
        >>> identifying(Job()), identifying(Job(dropout=0.5))
        ({'epochs': 10}, {'epochs': 10, 'dropout': 0.5})
    """

    value: Any


@dataclass(frozen=True)
class Inline:
    """Marks a field that is one of several models, told apart by the field's own name, and written flat.

    Example:
        >>> from typing import Literal
        >>> from pydantic import Field
        >>> class Plain(Settings):
        ...     loss: Literal["plain"] = "plain"
        >>> class Scaled(Settings):
        ...     loss: Literal["scaled"] = "scaled"
        ...     by: float = 1.0
        >>> class Job(Settings):
        ...     epochs: int = 10
        ...     loss: Annotated[Plain | Scaled, Field(discriminator="loss"), Inline()] = Plain()
        >>> job = Job.model_validate({"epochs": 2, "loss": "scaled", "by": 3.0})
        >>> job.loss, job.model_dump()
        (Scaled(loss='scaled', by=3.0), {'epochs': 2, 'loss': 'scaled', 'by': 3.0})
    """


@dataclass(frozen=True)
class Unwritten:
    """Marks a field without a key of its own in the grid file: what it holds is written in its place."""

    positions: bool = True  # whether its items are written one by one


@dataclass(frozen=True)
class Found:
    """Marks a field of an inline model that no grid file may hold: it is found out when the file is read.

    Values that were found out once, as in a record, are taken where there is no file (no context).
    """


class Settings(BaseModel):
    """A frozen section of a grid file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _gathered(cls, values: Any, info: ValidationInfo) -> Any:
        if not isinstance(values, Mapping):
            return values
        return _gathered(values, cls.model_fields, found=info.context is None)

    @model_serializer(mode="wrap")
    def _written(self, plain: SerializerFunctionWrapHandler, info: SerializationInfo) -> dict[str, Any]:
        values: dict[str, Any] = plain(self)
        for name, field in type(self).model_fields.items():
            before = mark(field, AsBefore)
            if info.context is _IDENTITY and before and getattr(self, name) == before.value:
                del values[name]
            elif mark(field, Inline) and name in values:
                inner = values[name]
                values = {
                    key: value
                    for outer in values
                    for key, value in (inner.items() if outer == name else [(outer, values[outer])])
                }
        return values


def identifying(settings: Settings) -> dict[str, Any]:
    """Return the settings that are part of a cell's identity, as plain JSON values."""
    return settings.model_dump(mode="json", context=_IDENTITY)


_IDENTITY: Any = object()


def mark(field: FieldInfo, kind: type[Any]) -> Any:
    """Return the mark of a kind that a field has, or None."""
    return next((one for one in field.metadata if isinstance(one, kind)), None)


def _gathered(values: Mapping[str, Any], fields: Mapping[str, FieldInfo], found: bool) -> dict[str, Any]:
    inline = {name: by_tag(field.annotation, name) for name, field in fields.items() if mark(field, Inline)}
    known = {name: _keys(models.values(), found) - fields.keys() for name, models in inline.items()}
    result = dict(values)
    unknown = values.keys() - fields.keys() - set().union(*known.values())
    for name, models in inline.items():
        given = values.get(name, fields[name].get_default(call_default_factory=True))
        if name in values and isinstance(given, Settings):
            continue
        chosen = getattr(given, name) if isinstance(given, Settings) else given
        keys = known[name]
        if name == [*inline][-1] and isinstance(chosen, str) and chosen in models:
            keys = keys | unknown  # it says what it knows; else the choice alone is wrong
        result[name] = {name: chosen} | {key: result.pop(key) for key in values if key in keys}
    return result


def _keys(models: Iterable[type[Settings]], found: bool) -> set[str]:
    fields = {key: field for model in models for key, field in model.model_fields.items()}
    return {key for key, field in fields.items() if found or not mark(field, Found)}


Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]


def _ascending(interval: tuple[float, float]) -> tuple[float, float]:
    low, high = interval
    if not 0 < low <= high:
        raise ValueError(f"must be [low, high] with 0 < low <= high, not [{low}, {high}]")
    return interval


def _share(interval: tuple[float, float]) -> tuple[float, float]:
    if interval[1] > 1:
        raise ValueError(f"must be shares of the image's area, at most 1, not {list(interval)}")
    return interval


# TOML knows arrays only, hence the one place where strictness is lifted.
Interval = Annotated[tuple[float, float], Strict(False), AfterValidator(_ascending)]
Shares = Annotated[Interval, AfterValidator(_share)]
