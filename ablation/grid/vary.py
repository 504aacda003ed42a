"""`[vary]`: some of a grid's cells again, with other values of any setting."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Annotated, Any, Literal

from pydantic import Strict, field_validator, model_serializer, model_validator
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import SerializerFunctionWrapHandler

from ablation.grid.again import Again
from ablation.grid.limits import AXES, VALUES
from ablation.grid.names import nearest
from ablation.grid.settings import Unwritten
from ablation.grid.toml import read_toml
from ablation.grid.written import Keys, dotted

Path = tuple[str, ...]  # of a setting, from the top of the file down
SECTIONS = ("data", "views", "augmentations", "pretrain", "evaluate")  # whose settings can be varied
_SPLIT = ("evaluate", "validation_fraction")
_SAME_IMAGES = frozenset(
    {"size", "resize", "coloring", "colorings", "hint"}
)  # of [data]: they show these images otherwise


@dataclass(frozen=True)
class Written:
    """What a grid was made of, so that grids like it can be; equal grids may be written differently."""

    values: Mapping[str, Any] = field(compare=False, repr=False)
    context: Any = field(compare=False, repr=False)


class Vary(Again):
    """Which settings are varied, with which values, for which cells and seeds.

    Example:
        >>> vary = Vary.model_validate({"pretrain.batch_size": [64, 128], "only": ["crop"]})
        >>> vary.axes, vary.only
        ({('pretrain', 'batch_size'): (64, 128)}, ('crop',))
        >>> vary == Vary.model_validate({"pretrain": {"batch_size": [64, 128]}, "only": ["crop"]})
        True
    """

    # Written as keys of their own: "pretrain.width" = [...]
    axes: Annotated[dict[Path, tuple[Any, ...]], Unwritten()]
    together: bool = False  # the axes go step by step instead of being multiplied
    # Entries whose cells are varied.
    only: Literal["all"] | Annotated[tuple[str, ...], Strict(False)] = "all"

    @model_validator(mode="before")
    @classmethod
    def _axes_gathered(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        own = {key: value for key, value in values.items() if key in cls.model_fields and key != "axes"}
        written = [(_path(key), value) for key, value in values.items() if key not in own]
        return own | {"axes": {path: leaf for top, value in written for path, leaf in _leaves(top, value)}}

    @model_serializer(mode="wrap")
    def _axes_written(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = plain(self)
        del values["axes"]
        return {dotted(path): list(given) for path, given in self.axes.items()} | values

    @field_validator("axes", mode="before")
    @classmethod
    def _several_values(cls, axes: Mapping[Path, Any]) -> Any:
        found: dict[Keys, str] = {}
        for path, values in axes.items():
            key = (dotted(path),)
            if (mend := _other_images(settings_of(path, values))) is not None:
                found[key] = f"cannot be varied: each value would be scored on other images{mend}"
            elif path[0] not in SECTIONS:
                found[key] = _no_axis(path)
            elif not isinstance(values, list | tuple) or len(values) < 2:
                found[key] = "must be a list of two values or more; a single one belongs in its own section"
            elif len(values) > VALUES:
                found[key] = f"must hold at most {VALUES:,} values"
            elif len(path) < 2 and not all(isinstance(value, Mapping) and value for value in values):
                found[key] = "must be a list of tables of settings, such as { epochs = 8, batch_size = 64 }"
            elif any(value in values[:place] for place, value in enumerate(values)):
                found[key] = f"contains duplicates: {list(values)}"
        of_axes = {path: settings_of(path, values) for path, values in axes.items()}
        for path, own in of_axes.items():
            twice = [other for other, its in of_axes.items() if other != path and _overlap(own, its)]
            if twice and (dotted(path),) not in found:
                found[dotted(path),] = f"{dotted(twice[0])} sets this as well; name each setting once"
        if len(axes) > AXES:
            found[()] = f"names more than {AXES} settings"
        if not axes:
            found[()] = 'names no setting; write for example "pretrain.batch_size" = [64, 128, 256]'
        if found:
            text = "; ".join(found.values())
            raise PydanticCustomError("several", "{text}", {"text": text, "found": found})
        return {path: tuple(values) for path, values in axes.items()}

    @field_validator("together")
    @classmethod
    def _of_one_length(cls, together: bool, info: Any) -> bool:
        lengths = {len(values) for values in info.data.get("axes", {}).values()}
        if together and len(lengths) > 1:
            counts = ", ".join(map(str, sorted(lengths)))
            raise ValueError(f"the axes must have equally many values, not {counts}")
        return together

    @property
    def combinations(self) -> int:
        """How many combinations of values there are."""
        counts = [len(values) for values in self.axes.values()]
        return counts[0] if self.together else prod(counts)

    def takes(self, entry: str) -> bool:
        """Whether the cells of an entry are varied."""
        return self.only == "all" or entry in self.only


def settings_of(path: Path, values: Any) -> set[Path]:
    """Name what an axis sets: its own setting, or those of its tables, if it is a section.

    Example:
        >>> sorted(settings_of(("pretrain",), [{"epochs": 2}, {"epochs": 4, "width": 8}]))
        [('pretrain', 'epochs'), ('pretrain', 'width')]
    """
    if len(path) > 1 or not isinstance(values, list | tuple):
        return {path}
    return {(*path, str(key)) for value in values if isinstance(value, Mapping) for key in value}


def _other_images(own: set[Path]) -> str | None:
    """Say what to do where an axis changes the images that are scored, so that nothing is paired."""
    if any(path[0] == "data" and path[1:2] and path[1] not in _SAME_IMAGES for path in own):
        return "; write one grid for each data set, and `ablation compare` them"
    return "" if _SPLIT in own else None


def _overlap(one: set[Path], two: set[Path]) -> bool:
    return any(a[: len(b)] == b or b[: len(a)] == a for a in one for b in two)


def _path(key: str) -> Path:
    """Read a key that may hold dots, as one before `=` would be read."""
    try:
        section: Any = read_toml(f"{key} = 0")
    except (ValueError, RecursionError):
        return (key,)
    path: Path = ()
    while isinstance(section, dict) and len(section) == 1:
        [(part, section)] = section.items()
        path = (*path, part)
    return path if section == 0 else (key,)


def _leaves(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping) and value:
        for name, item in value.items():
            yield from _leaves((*path, name), item)
    else:
        yield path, value


def _no_axis(path: Path) -> str:
    others = [name for name in Vary.model_fields if name != "axes"]
    near = nearest(path[0], [*others, *SECTIONS])
    if near and near != path[0]:
        return f'unknown; did you mean "{near}"?'
    return f'unknown; one of {", ".join(others)}, or a setting such as "pretrain.batch_size"'
