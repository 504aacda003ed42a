"""What every model of a grid file shares: frozen, typed strictly, unknown keys refused.

Two marks say how a field is written and what it is to a cell's identity: `Inline` and `AsBefore`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, model_serializer, model_validator
from pydantic.fields import FieldInfo
from pydantic_core.core_schema import SerializationInfo, SerializerFunctionWrapHandler


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


class Settings(BaseModel):
    """A frozen section of a grid file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _gathered(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        for name, field in cls.model_fields.items():
            if _mark(field, Inline) and not isinstance(values.get(name), Settings):
                values = _gathered(values, name, field, cls.model_fields)
        return values

    @model_serializer(mode="wrap")
    def _written(self, plain: SerializerFunctionWrapHandler, info: SerializationInfo) -> dict[str, Any]:
        values: dict[str, Any] = plain(self)
        for name, field in type(self).model_fields.items():
            before = _mark(field, AsBefore)
            if info.context is _IDENTITY and before and getattr(self, name) == before.value:
                del values[name]
            elif _mark(field, Inline) and name in values:
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


def inline_models(field: FieldInfo) -> Mapping[str, type[Settings]]:
    """Return the models of an `Inline` field by their names; of any other field none."""
    if not _mark(field, Inline):
        return {}
    models = [model for model in (get_args(field.annotation) or (field.annotation,)) if model]
    tag = str(field.discriminator)
    return {name: model for model in models for name in get_args(model.model_fields[tag].annotation)}


_IDENTITY: Any = object()


def _mark(field: FieldInfo, kind: type[Any]) -> Any:
    return next((mark for mark in field.metadata if isinstance(mark, kind)), None)


def _gathered(
    values: Mapping[str, Any], name: str, field: FieldInfo, fields: Mapping[str, FieldInfo]
) -> dict[str, Any]:
    # Keys of the model that is named; where none is, those of any: what is wrong is the name alone.
    models = inline_models(field)
    given = values.get(name, field.get_default(call_default_factory=True))
    chosen = getattr(given, name, given)
    known = [models[chosen]] if isinstance(chosen, str) and chosen in models else models.values()
    keys = {key for model in known for key in model.model_fields} - fields.keys()
    inner = {name: chosen} | {key: value for key, value in values.items() if key in keys}
    return {key: value for key, value in values.items() if key not in keys} | {name: inner}


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
