"""The cells of a grid under other values of its settings: the line of an axis, and the grid of one value."""

from collections.abc import Mapping
from dataclasses import replace

from ablation.grid.layout import Pair
from ablation.grid.points import Axis, Label, Point, varied
from ablation.results.stored.cells import is_finished
from ablation.results.stored.folder import ResultsFolder
from ablation.results.stored.record import Record


def line(folder: ResultsFolder, axis: Axis, at: Mapping[str, Label]) -> dict[Label, Point]:
    """Return the points on which an axis alone differs, by its values; numbers ascend.

    The other axes are at the grid's own values, or, if `[vary]` does not run those, at the first ones. Axes
    that go step by step are one line, that of the first.

    Args:
        folder: a results folder.
        axis: one of its axes.
        at: by the names of other axes, where they stand instead.
    """
    vary, axes = varied(folder.grid), folder.axes
    if vary is not None and vary.together and axis != axes[0]:
        return {}
    fixed: dict[str, Label] = {}
    if vary is not None and not vary.together:
        fixed = {
            other.name: at.get(other.name, other.own if other.own in other.labels else other.labels[0])
            for other in axes
            if other != axis
        }
    found = {
        dict(point.at)[axis.name]: point
        for point in folder.points
        if all(dict(point.at)[name] == value for name, value in fixed.items())
    }
    return {value: found[value] for value in sorted(found)} if axis.is_number else found


def at_point(folder: ResultsFolder, point: Point, seeds: tuple[int, ...] | None = None) -> ResultsFolder:
    """Return the folder as that of a grid with a point's values as its own; its cells have the same ids.

    Args:
        folder: a results folder.
        point: one of its points.
        seeds: default: the grid's, and those that `[vary]` adds.
    """
    vary = varied(folder.grid)
    every = dict.fromkeys((*folder.grid.seeds, *((vary.seeds or ()) if vary else ())))
    alone = {"lengths": None, "vary": None, "race": None, "seeds": tuple(every) if seeds is None else seeds}
    return replace(folder, file=replace(folder.file, grid=point.grid.model_copy(update=alone)), race=None)


def ended(folder: ResultsFolder, point: Point, records: Mapping[str, Record]) -> tuple[int, ...]:
    """Name the seeds of which all varied cells have ended at a point.

    Args:
        folder: a results folder.
        point: one of its points.
        records: of its jobs, by id.
    """
    wanted, found = taken(folder, point), dict[int, bool]()
    for cell in at_point(folder, point).cells:
        if cell.first and cell.second and (cell.first.name, cell.second.name) in wanted:
            seed, record = cell.required_seed, records.get(cell.id)
            found[seed] = found.get(seed, True) and record is not None and is_finished(record)
    return tuple(seed for seed, all_ in found.items() if all_)


def taken(folder: ResultsFolder, point: Point) -> set[Pair]:
    """Name the cells that are varied."""
    vary = varied(folder.grid)
    return {
        (first.name, second.name)
        for first, second in point.grid.planned
        if vary is None or all(vary.takes(one.entry) for one in (first, second))
    }
