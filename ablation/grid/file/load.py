"""Reading a grid file: all that is wrong with it is said at once, each with its place."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ablation.errors import GridError
from ablation.files import read_file
from ablation.grid.context import Context, Inspect
from ablation.grid.encoders import PythonModule
from ablation.grid.entries import Python
from ablation.grid.file.builtin import builtin_grids
from ablation.grid.file.lines import key_lines
from ablation.grid.file.overrides import (
    Override,
    overridden,
    read_override,
    rewrite,
    seeds_override,
    with_name,
)
from ablation.grid.file.presets import preset_overrides
from ablation.grid.file.problems import Problem, problems
from ablation.grid.file.varied import value_problems
from ablation.grid.limits import CHANNELS
from ablation.grid.models import Grid
from ablation.grid.names import nearest
from ablation.grid.points import points
from ablation.grid.toml import read_toml
from ablation.grid.user_code import read_sources
from ablation.grid.weights import DIGESTS, digests, weights_name
from ablation.grid.written import dotted
from ablation.words import printable


@dataclass(frozen=True)
class GridFile:
    """A grid as it is run: its settings, and the TOML that says so, with the file's comments."""

    grid: Grid
    text: str
    # Code of the user's own, and digests of weights, by path in the grid file's folder.
    sources: Mapping[str, bytes] = field(default_factory=dict)


def load_grid(
    path: str | Path,
    overrides: Sequence[str] = (),
    seeds: int | None = None,
    inspect: Inspect | None = None,
    preset: str | None = None,
) -> GridFile:
    """Read a grid file.

    Args:
        path: a TOML file, UTF-8; its name without the suffix names the grid where `name` does not.
        overrides: `section.key=value` each, as after `--set`; the value is TOML, or else plain text.
        seeds: run the seeds 0 to `seeds` - 1 instead of the file's.
        inspect: looks at operations and encoders that are not built in; `ablation.pretrain.inspect.inspect`,
            which imports torch. None takes them as they are.
        preset: a section of `[presets]` whose settings replace the file's; overrides go over them.

    Returns:
        The grid, and the text as run: loading that text gives the same grid.

    Raises:
        GridError: the file is missing or is not TOML, or settings are wrong: every one of them, one a line.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "tiny.toml"
        ...     _ = file.write_text('data.source = "shapes"\\n[augmentations]\\ncrop = {}\\n')
        ...     loaded = load_grid(file, overrides=["pretrain.epochs=3"], seeds=2)
        >>> loaded.grid.name, loaded.grid.pretrain.epochs, loaded.grid.seeds
        ('tiny', 3, (0, 1))
        >>> loaded.text.splitlines()[0]
        '# run with: --set pretrain.epochs=3 --seeds 2'
    """
    path = Path(path)
    return parse_grid(_read(path), path, overrides, seeds, inspect, preset)


def parse_grid(
    text: str,
    path: Path,
    overrides: Sequence[str] = (),
    seeds: int | None = None,
    inspect: Inspect | None = None,
    preset: str | None = None,
) -> GridFile:
    """Read a grid from a text that stands, or might stand, in a file; as `load_grid` otherwise."""
    try:
        written = read_toml(text)
    except ValueError as error:
        raise GridError(_syntax(path, printable(str(error)))) from None
    except RecursionError:
        raise GridError(f"{path}  is nested deeper than any grid") from None
    chosen, wrong = _chosen(overrides, seeds)
    if preset is not None:
        name = written.get("name", path.stem)
        chosen = [*preset_overrides(written, preset, str(name)), *chosen]
    try:
        values = overridden(written, chosen)
        context = Context(path.parent.absolute(), *_shape(values), inspect)
        named = {"name": path.stem, **values}
        of_values = value_problems(named, context) if isinstance(values.get("vary"), Mapping) else []
        grid = Grid.model_validate(named, context=context)
        wrong += _lines(of_values, path, text, chosen)
    except GridError as error:
        raise GridError("\n".join([*wrong, str(error)])) from None
    except ValidationError as error:
        wrong += _lines([*problems(error), *of_values], path, text, chosen)
    if wrong:
        raise GridError("\n".join(wrong))
    # The text goes into the results folder under another file name, so it must name the grid itself.
    as_run = rewrite(text if "name" in written or preset else with_name(text, path.stem), chosen)
    return GridFile(grid, as_run, _sources(grid))


def _shape(values: Mapping[str, Any]) -> tuple[int, int]:
    """Return the images' side and channels; what is wrong with them is an error of its own."""
    data = values.get("data")
    size, channels = (data.get(key) if isinstance(data, Mapping) else None for key in ("size", "channels"))
    return (
        size if isinstance(size, int) and 8 <= size <= 1024 else 32,
        channels if isinstance(channels, int) and 1 <= channels <= CHANNELS else 3,
    )


def _sources(grid: Grid) -> Mapping[str, bytes]:
    # Code and weights are named by text, so that axes of numbers alone need not be looked at.
    values = [value for given in (grid.vary.axes.values() if grid.vary else ()) for value in given]
    others = points(grid) if any(isinstance(value, str | Mapping | tuple | list) for value in values) else ()
    grids = [grid, *(point.grid for point in others)]
    every = [step.operation for one in grids for augmentation in one.resolved for step in augmentation.steps]
    code = {(one.folder, one.python) for one in every if isinstance(one, Python)}
    encoders = [one.pretrain.encoder for one in grids]
    code |= {(one.folder, one.model) for one in encoders if isinstance(one, PythonModule)}
    found: dict[str, bytes] = {}
    for folder, target in sorted(code):
        found |= read_sources(Path(folder), target.partition(":")[0])
    started = {
        weights_name(one.weights, getattr(one, "model", None)): one.digest for one in encoders if one.weights
    }
    return found | ({DIGESTS: digests(started)} if started else {})


def _read(path: Path) -> str:
    try:
        content = read_file(path)
    except FileNotFoundError:
        raise GridError(f"{path}  no such file; {_instead(path)}") from None
    except IsADirectoryError:
        raise GridError(f"{path}  is a folder; {_inside(path)}") from None
    except OSError as error:
        raise GridError(f"{path}  cannot be read: {error.strerror}") from None
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise GridError(f"{path}:{line}  is not UTF-8; save the file as UTF-8 text") from None


def _instead(path: Path) -> str:
    if any(grid.name == path.stem for grid in builtin_grids()) and not path.with_suffix(".toml").exists():
        return f"`ablation new {path} --from {path.stem}` writes a copy of the built-in grid"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent} either"
    beside = [file.name for file in path.parent.glob("*.toml")]
    near = nearest(path.name, beside) or nearest(f"{path.name}.toml", beside)
    return f'did you mean "{path.with_name(near)}"?' if near else _inside(path.parent)


def _inside(folder: Path) -> str:
    names = sorted(file.name for file in folder.glob("*.toml"))
    return f"{folder} holds {', '.join(names) or 'no .toml file'}"


def _syntax(path: Path, message: str) -> str:
    # tomllib tells the line in its message only (Python 3.14 adds an attribute).
    said = re.fullmatch(r"(.*) \(at line (\d+), column \d+\)", message)
    place, what = (f"{path}:{said[2]}", said[1]) if said else (path, message)
    return f"{place}  is not valid TOML: {what[:1].lower()}{what[1:]}"


def _chosen(overrides: Sequence[str], seeds: int | None) -> tuple[list[Override], list[str]]:
    chosen, wrong = [], []
    for argument in overrides:
        try:
            chosen.append(read_override(argument))
        except GridError as error:
            wrong.append(str(error))
    if seeds is not None:
        try:
            chosen.append(seeds_override(seeds))
        except GridError as error:
            wrong.append(str(error))
    return chosen, wrong


def _lines(found: list[Problem], path: Path, text: str, overrides: Sequence[Override]) -> list[str]:
    numbers = key_lines(text)

    def place(problem: Problem) -> tuple[float, str]:
        keys = tuple(part for part in problem.path if isinstance(part, str))
        for override in reversed(overrides):
            made = keys not in numbers and override.path[: len(keys)] == keys
            if keys[: len(override.path)] == override.path or made:
                return float("inf"), override.shown
        # A key that is not in the file is looked for in its section.
        inner = (keys[:depth] for depth in range(len(keys), 0, -1))
        number = next((numbers[part] for part in inner if part in numbers), None)
        return (0, str(path)) if number is None else (number, f"{path}:{number}")

    placed = sorted(((*place(problem), problem) for problem in found), key=lambda line: line[0])
    return [f"{where}  {dotted(problem.path)}: {problem.message}" for _, where, problem in placed]
