"""The grids that `[vary]` and `[lengths]` make of one: each with other values of some settings as its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from ablation.grid.data import Data
from ablation.grid.encoders import ENCODERS, spelled
from ablation.grid.lengths import Lengths
from ablation.grid.models import Grid
from ablation.grid.recipe import OBJECTIVES
from ablation.grid.vary import SECTIONS, Path, Vary, settings_of
from ablation.grid.written import dotted, shown

Label = int | float | str  # of a value, in tables and figures
At = tuple[tuple[str, Label], ...]  # a place on every axis: names and labels
EPOCHS = ("pretrain", "epochs")
_CHOICES: Mapping[Path, Mapping[str, Any]] = MappingProxyType(
    {("pretrain", "objective"): OBJECTIVES, ("pretrain", "encoder"): ENCODERS}
)
_TAKEN = frozenset({"first", "second", "seed", "kind", "outcome", "id"})  # columns of every table


@dataclass(frozen=True)
class Axis:
    """A setting that is varied.

    `own` is the label of the value that the grid itself has, which need not be one of `labels`.
    """

    path: Path
    name: str  # of its column
    labels: tuple[Label, ...]  # of its values, as written
    own: Label
    lengths: bool = (
        False  # whether its values also differ in epochs: then jobs of several lengths are compared
    )

    @property
    def is_number(self) -> bool:
        """Whether all its values are numbers."""
        return all(isinstance(label, int | float) for label in (*self.labels, self.own))


@dataclass(frozen=True, eq=False)
class Point:
    """One combination of values, and the grid that has them as its own settings."""

    at: At
    grid: Grid


def varied(grid: Grid) -> Vary | None:
    """Return what a grid varies, whichever section says so."""
    if grid.lengths is None:
        return grid.vary
    return Vary.model_validate(
        {
            dotted(EPOCHS): sorted(grid.lengths.epochs),
            "only": grid.lengths.augmentations,
            "seeds": grid.lengths.seeds,
        }
    )


def lengths(grid: Grid) -> Lengths | None:
    """Return the lengths of a grid that varies its epochs and nothing else."""
    if grid.vary is None or set(grid.vary.axes) != {EPOCHS}:
        return grid.lengths
    return Lengths(epochs=grid.vary.axes[EPOCHS], augmentations=grid.vary.only, seeds=grid.vary.seeds)


def axes(grid: Grid) -> tuple[Axis, ...]:
    """Return the settings that a grid varies, in the order of its file; `[lengths]` varies the epochs.

    Example:
        >>> values = {"data": {"source": "shapes"}, "augmentations": {"crop": {}}}
        >>> varied = Grid.model_validate({**values, "vary": {"pretrain.batch_size": [64, 256]}})
        >>> [(axis.name, axis.labels, axis.own) for axis in axes(varied)]
        [('batch_size', (64, 256), 128)]
    """
    vary = varied(grid)
    if vary is None:
        return ()
    names = column_names(tuple(vary.axes))
    return tuple(
        Axis(
            path,
            names[path],
            tuple(map(label, values)),
            _own(grid, path, values),
            EPOCHS in settings_of(path, values),
        )
        for path, values in vary.axes.items()
    )


def points(grid: Grid) -> Iterator[Point]:
    """Yield what a grid's axes make of it, itself aside: first where one axis alone differs, then two.

    So a study that was stopped is one picture after the other, axis by axis.

    Raises:
        pydantic.ValidationError: some values do not go together.

    Example:
        >>> values = {"data": {"source": "shapes"}, "augmentations": {"crop": {}},
        ...           "vary": {"pretrain.batch_size": [64, 128], "views.branches": ["one", "both"]}}
        >>> for point in points(Grid.model_validate(values)):
        ...     print(dict(point.at))
        {'batch_size': 64, 'branches': 'one'}
        {'batch_size': 128, 'branches': 'both'}
        {'batch_size': 64, 'branches': 'both'}
    """
    vary, found = varied(grid), axes(grid)
    if vary is None or grid.written is None:
        return
    every = list(vary.axes.values())
    combinations = _combinations(vary)

    def others(places: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(k for k, place in enumerate(places) if found[k].labels[place] != found[k].own)

    for places in sorted(combinations, key=lambda places: (len(others(places)), others(places))):
        if not others(places):
            continue
        values = grid.written.values
        for axis, given, place in zip(found, every, places, strict=True):
            values = with_value(values, axis.path, given[place])
        at = tuple((axis.name, axis.labels[place]) for axis, place in zip(found, places, strict=True))
        yield Point(at, Grid.model_validate(values, context=grid.written.context))


def data_sets(grid: Grid) -> tuple[Data, ...]:
    """Return the images of a grid, then those that its axes make of them.

    Example:
        >>> values = {"data": {"source": "shapes"}, "augmentations": {"crop": {}},
        ...           "vary": {"data.colorings": [1, 16]}}
        >>> [data.colorings for data in data_sets(Grid.model_validate(values))]
        [None, 1, 16]
    """
    return tuple(dict.fromkeys([grid.data, *(point.grid.data for point in points(grid))]))


def own_point(grid: Grid) -> list[Point]:
    """Return the grid itself as a point, if its own values are among those of every axis.

    Seeds that only `[vary]` has are run for it, too.
    """
    vary, found = varied(grid), axes(grid)
    own = tuple((axis.name, axis.own) for axis in found)
    places = [
        tuple((axis.name, axis.labels[place]) for axis, place in zip(found, places, strict=True))
        for places in _combinations(vary)
    ]
    return [Point(own, grid)] if vary and own in places else []


def _combinations(vary: Vary | None) -> Iterator[tuple[int, ...]]:
    counts = [range(len(values)) for values in vary.axes.values()] if vary else []
    yield from (zip(*counts, strict=True) if vary and vary.together else product(*counts))


def with_value(values: Mapping[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """Return what is written in a grid file with another value of a setting, and without `[vary]`.

    Another objective or encoder drops the settings of the one that it replaces. A value of a whole section is
    a table of its settings.

    Example:
        >>> written = {"pretrain": {"epochs": 2, "objective": "nt-xent", "temperature": 0.1}}
        >>> with_value(written, ("pretrain", "objective"), "byol")
        {'pretrain': {'epochs': 2, 'objective': 'byol'}}
        >>> with_value(written, ("pretrain", "objective"), {"objective": "byol", "momentum": 0.99})
        {'pretrain': {'epochs': 2, 'objective': 'byol', 'momentum': 0.99}}
        >>> with_value(written, ("pretrain",), {"epochs": 4, "width": 16})["pretrain"]["width"]
        16
    """
    if len(path) == 1:
        for key, item in value.items():
            values = with_value(values, (*path, key), item)
        return dict(values)
    *above, key = path
    result = {name: given for name, given in values.items() if name not in ("vary", "lengths", "race")}
    section = result
    for part in above:
        inner = section.get(part, {})
        section[part] = dict(inner) if isinstance(inner, Mapping) else {}
        section = section[part]
    if models := _CHOICES.get(path):
        chosen = str(value.get(key) if isinstance(value, Mapping) else value).partition(":")[0]
        known = models[chosen].model_fields.keys() - {"model"} if chosen in models else set()
        of_others = {name for model in models.values() for name in model.model_fields} - known
        for name in of_others & section.keys():
            del section[name]
        section.update(value if isinstance(value, Mapping) else {key: value})
    else:
        section[key] = value
    return result


def column_names(paths: tuple[Path, ...]) -> dict[Path, str]:
    """Name the column of each axis: by its setting alone, where no other is called so.

    Example:
        >>> column_names((("pretrain", "width"), ("augmentations", "color", "strength")))
        {('pretrain', 'width'): 'width', ('augmentations', 'color', 'strength'): 'color.strength'}
    """
    short = {path: ".".join(path[1:]) or path[0] for path in paths}
    taken = [*short.values(), *_TAKEN]
    return {path: name if taken.count(name) == 1 else dotted(path) for path, name in short.items()}


def label(value: Any) -> Label:
    """Write a value as it stands in tables and figures; numbers stay numbers.

    Example:
        >>> label(64), label(True), label({"objective": "byol", "momentum": 0.99}), label([0.2, 1.0])
        (64, 'true', 'byol (momentum 0.99)', '[0.2, 1.0]')
    """
    if isinstance(value, Mapping):
        choice = next((key for *_, key in _CHOICES if key in value), None)
        told = ", ".join(f"{name} {label(item)}" for name, item in value.items() if name != choice)
        return told if choice is None else f"{value[choice]} ({told})" if told else str(value[choice])
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    return shown(value)


def _own(grid: Grid, path: Path, values: tuple[Any, ...]) -> Label:
    """Label what the grid itself has: as the value that means the same, if there is one."""
    plain = _plain(grid)
    if grid.written:
        for value in values:
            try:
                other = Grid.model_validate(
                    with_value(grid.written.values, path, value), context=grid.written.context
                )
            except ValidationError:  # wrong alone, but perhaps not beside the other axes' values
                continue
            if _plain(other) == plain:
                return label(value)
    if len(path) == 1:
        return label({key: plain[path[0]].get(key) for value in values for key in value})
    if path == ("pretrain", "encoder"):
        return spelled(plain["pretrain"])
    at: Any = plain
    for part in path:
        at = at.get(part) if isinstance(at, Mapping) else None
    return label(at)


def _plain(grid: Grid) -> dict[str, Any]:
    return grid.model_dump(mode="json", include={*SECTIONS})
