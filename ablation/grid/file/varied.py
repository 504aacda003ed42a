"""What is wrong with the values of `[vary]`: each is tried as a grid's own."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from ablation.grid.file.problems import Problem, problems
from ablation.grid.models import Grid
from ablation.grid.points import points, with_value
from ablation.grid.vary import Path, Vary
from ablation.grid.written import dotted


def value_problems(values: Mapping[str, Any], context: Any) -> list[Problem]:
    """Say which values of `[vary]` no grid could have; nothing of what is wrong without them.

    Args:
        values: of the whole file.
        context: of the validation.

    Example:
        >>> values = {"data": {"source": "shapes"}, "augmentations": {"crop": {}}}
        >>> value_problems(values | {"vary": {"pretrain.batch_size": [64, 1]}}, None)
        [Problem(path=('vary', 'pretrain.batch_size', 1), message='must be at least 2, not 1')]
    """
    written = values["vary"].items()
    axes = {path: given for key, value in written for path, given in _axes(key, value)}
    known = _found({key: value for key, value in values.items() if key != "vary"}, context)
    wrong: list[Problem] = []
    for path, given in axes.items():
        tried = [(value, _found(with_value(values, path, value), context)) for value in given]
        by_value = [[_moved(one, path, value) for one in found if one not in known] for value, found in tried]
        wrong += _told(("vary", dotted(path)), by_value)
    return wrong or ([] if _found(values, context) else [*_together(values, context)])


def _axes(key: str, value: Any) -> Iterator[tuple[Path, tuple[Any, ...]]]:
    """Yield the axes that a key of `[vary]` means; none where it is wrong, which others say."""
    with suppress(ValidationError):
        yield from Vary.model_validate({key: value}).axes.items()


def _found(values: Mapping[str, Any], context: Any) -> list[Problem]:
    try:
        Grid.model_validate(values, context=context)
    except ValidationError as error:
        return problems(error)
    return []


def _moved(problem: Problem, path: Path, value: Any) -> Problem:
    """Give a problem of a grid its place below the value, as far as it is one of the value itself."""
    if problem.path[: len(path)] == path:
        return Problem(problem.path[len(path) :], problem.message)
    *above, key = problem.path
    if isinstance(value, Mapping) and tuple(above) == path[:-1] and key in value:
        return Problem((key,), problem.message)
    return Problem((), f"{dotted(problem.path)} would be wrong: {problem.message}")


def _told(place: tuple[str, str], by_value: Sequence[Sequence[Problem]]) -> Iterator[Problem]:
    """Name the value, unless all of them have the same problem."""
    everywhere = set(by_value[0]).intersection(*by_value[1:])
    for problem in sorted(everywhere, key=lambda problem: problem.message):
        yield Problem((*place, *problem.path), problem.message)
    for k, found in enumerate(by_value):
        for problem in found:
            if problem not in everywhere:
                yield Problem((*place, k, *problem.path), problem.message)


def _together(values: Mapping[str, Any], context: Any) -> Iterator[Problem]:
    """Say which values are right one by one, but not together."""
    grid = Grid.model_validate(values, context=context)
    try:
        for _ in points(grid):
            pass
    except ValidationError as error:
        for problem in problems(error):
            wrong = f"{dotted(problem.path)}: {problem.message}"
            yield Problem(("vary",), f"some values do not go together: {wrong}")
