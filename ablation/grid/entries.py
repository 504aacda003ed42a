"""What may stand under a name in `[augmentations]`: an operation, a sweep of one, a sequence of others.

An entry keeps what was written; `ablation.grid.augmentations` resolves it to the steps that are run.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import product
from math import isfinite, prod
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from ablation.errors import GridError
from ablation.grid.context import Context
from ablation.grid.limits import AUGMENTATIONS, TooLargeError
from ablation.grid.operations import OPERATIONS, BuiltIn
from ablation.grid.settings import Settings, Unwritten
from ablation.grid.toml import leaves
from ablation.grid.user_code import TARGET, read_sources, sources_hash
from ablation.grid.written import Keys

Found = Mapping[Keys, str]  # what is wrong, by its place within what is validated


def _several(found: Found) -> PydanticCustomError:
    return PydanticCustomError("several", "{text}", {"text": "; ".join(found.values()), "found": found})


def _finite(arguments: dict[str, Any]) -> dict[str, Any]:
    wrong = {
        path: f"must be a finite number, not {value}"
        for path, value in leaves(arguments)
        if isinstance(value, float) and not isfinite(value)
    }
    if wrong:
        raise _several(wrong)
    return arguments


# As written; only `ablation.augment.inspect` knows what a class takes.
Arguments = Annotated[dict[str, Any], AfterValidator(_finite), Unwritten()]


class Kornia(Settings):
    """Any class of `kornia.augmentation` that augments images, with its own arguments."""

    operation: Literal["kornia"] = "kornia"
    kornia: str  # the name of the class
    arguments: Arguments = Field(default_factory=dict)

    @model_validator(mode="after")
    def _inspected(self, info: ValidationInfo) -> "Kornia":
        return _inspected(self, info)


class Python(Settings):
    """A user's own `nn.Module`, from a module beside the grid file: (N, 3, S, S) in [0, 1] to the same."""

    operation: Literal["python"] = "python"
    python: str  # "module:name"
    arguments: Arguments = Field(default_factory=dict)
    source: str = ""  # hash of the module's code, and of what it imports from its folder
    folder: Annotated[str, Field(exclude=True)] = ""  # where it lies changes no number

    @field_validator("python")
    @classmethod
    def _module_and_name(cls, python: str) -> str:
        if not TARGET.fullmatch(python):
            raise ValueError(f'must be "module:name", not "{python}"')
        return python

    @model_validator(mode="before")
    @classmethod
    def _with_its_source(cls, values: Any, info: ValidationInfo) -> Any:
        context, python = info.context, values.get("python")
        if not isinstance(context, Context) or not isinstance(python, str) or not TARGET.fullmatch(python):
            return values
        try:
            source = sources_hash(read_sources(context.folder, python.partition(":")[0]))
        except GridError as error:
            raise ValueError(str(error)) from None
        return {**values, "source": source, "folder": str(context.folder)}

    @model_validator(mode="after")
    def _inspected(self, info: ValidationInfo) -> "Python":
        return _inspected(self, info)


Operation = Annotated[BuiltIn | Kornia | Python, Field(discriminator="operation")]


class Sweep(Settings):
    """One operation several times: a parameter that is one number was given as a list of them."""

    operation: Literal["sweep"] = "sweep"
    varied: tuple[str, ...]
    over: Annotated[tuple[Operation, ...], Unwritten(positions=False)]


class Reference(Settings):
    """Another entry by its name, or a built-in operation with its defaults."""

    operation: Literal["reference"] = "reference"
    to: str


SequenceItem = Annotated[BuiltIn | Kornia | Python | Sweep | Reference, Field(discriminator="operation")]


class Steps(Settings):
    """Several operations, one after the other."""

    operation: Literal["sequence"] = "sequence"
    steps: Annotated[tuple[SequenceItem, ...], Field(min_length=1), Unwritten()]


Entry = Annotated[BuiltIn | Kornia | Python | Sweep | Steps, Field(discriminator="operation")]


Foreign = TypeVar("Foreign", Kornia, Python)


def _inspected(operation: Foreign, info: ValidationInfo) -> Foreign:
    context = info.context
    if isinstance(context, Context) and context.inspect is not None:
        told = context.inspect(operation, context.size, context.channels)
        if told:
            raise _several({(key,) if key else (): text for key, text in told.items()})
    return operation


def read_entry(name: str, written: Any) -> Any:
    """Bring what is written under a name into the form that the models above describe.

    Example:
        >>> read_entry("color", {"strength": 0.5})
        {'operation': 'color', 'strength': 0.5}
        >>> read_entry("poster", {"kornia": "RandomPosterize", "bits": 3})
        {'operation': 'kornia', 'kornia': 'RandomPosterize', 'arguments': {'bits': 3}}
        >>> read_entry("simclr", ["crop", {"operation": "blur"}])["steps"]
        ({'operation': 'reference', 'to': 'crop'}, {'operation': 'blur'})
        >>> [step["strength"] for step in read_entry("color", {"strength": [0.5, 1.0]})["over"]]
        [0.5, 1.0]
    """
    if isinstance(written, list):
        return {"operation": "sequence", "steps": tuple(_step(step) for step in written)}
    return _operation(name, written)


def _step(written: Any) -> Any:
    if isinstance(written, str):
        return {"operation": "reference", "to": written}
    return _operation(None, written)


def _operation(name: str | None, written: Any) -> Any:
    if not isinstance(written, Mapping):
        return written
    for kind in ("kornia", "python"):
        if kind in written and "operation" not in written:
            arguments = {key: value for key, value in written.items() if key != kind}
            build = partial(_foreign, kind, written[kind])
            # Of the others nobody knows here whether one number is meant.
            swept = ["p"] if kind == "kornia" and _are_numbers(arguments.get("p")) else []
            return _swept(arguments, swept, build)
    values = dict(written) if name is None else {"operation": name, **written}
    model = OPERATIONS.get(str(values.get("operation")))
    fields = model.model_fields if model else {}
    return _swept(values, [key for key, field in fields.items() if field.annotation in (int, float)], dict)


def _are_numbers(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) in (int, float) for value in values)


def _foreign(kind: str, target: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    if kind == "kornia" and type(arguments.get("p")) is int:  # 1 and 1.0 are one probability
        arguments = arguments | {"p": float(arguments["p"])}
    return {"operation": kind, kind: target, "arguments": arguments}


def _swept(
    values: dict[str, Any], numbers: Sequence[str], build: Callable[[dict[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    lists = {key: values[key] for key in numbers if isinstance(values.get(key), list) and values[key]}
    if not lists:
        return build(values)
    count = prod(map(len, lists.values()))
    if count > AUGMENTATIONS:
        raise TooLargeError(
            f"sweeps {' and '.join(lists)} in {count:,} combinations; a grid has at most "
            f"{AUGMENTATIONS:,} augmentations"
        )
    chosen = (dict(zip(lists, values, strict=True)) for values in product(*lists.values()))
    over = tuple(build(values | one) for one in chosen)
    return {"operation": "sweep", "varied": tuple(lists), "over": over}
