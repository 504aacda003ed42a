"""The results folder: the grid as run, the environment it ran in, and the cells."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ablation.errors import GridError, ResultsError
from ablation.files import read_file
from ablation.grid.baselines import BASELINES
from ablation.grid.cells import Cell, cells, rung_cells, varied_cells
from ablation.grid.file.load import GridFile, load_grid
from ablation.grid.layout import Pair
from ablation.grid.models import Grid
from ablation.grid.points import EPOCHS, Axis, Point, axes, points
from ablation.grid.probes import ProbeOf, probes, probes_of
from ablation.results.stored.atomic import write_atomically
from ablation.results.stored.damage import DamagedError
from ablation.results.stored.environment import Environment
from ablation.results.stored.paths import CELLS, ENVIRONMENT, FAILURES, GRID, PREVIEW, SHORTCUT
from ablation.results.stored.race import RaceState, read_race
from ablation.results.stored.within import refuse_links, within


@dataclass(frozen=True)
class ResultsFolder:
    """A results folder whose grid and environment have been read."""

    path: Path
    file: GridFile  # as run
    environment: Environment
    race: RaceState | None = None  # how far it has come, if the grid is raced

    @cached_property
    def grid(self) -> Grid:
        """The settings that its grid file holds; of a race, with the epochs of the last rung that has ended.

        So all that is said of a race is said of the longest jobs that all cells still in it have run.
        """
        grid = self.file.grid
        if self.race is None:
            return grid
        reached = self.race.rungs[-1].epochs if self.race.rungs else grid.rungs[0]
        pretrain = grid.pretrain.model_copy(update={"epochs": reached})
        return grid.model_copy(update={"pretrain": pretrain, "race": None})

    @property
    def name(self) -> str:
        """What the study is called: the grid's own name, else the folder's."""
        return self.grid.name or self.path.resolve().name

    @property
    def baselines(self) -> tuple[str, ...]:
        """The baselines of the grid, but for those that the protocol by which it was run did not have."""
        return tuple(
            kind for kind in self.grid.baselines if BASELINES[kind].since <= self.environment.protocol
        )

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell and baseline of the grid, in the order of work, whether it has a record or not."""
        return tuple(cells(self.grid, self.environment.fingerprint, self.environment.protocol))

    @cached_property
    def varied_cells(self) -> tuple[Cell, ...]:
        """Every cell of `[vary]` or `[lengths]`, or of a race's other rungs, that is not one of `cells`."""
        if self.race is not None:
            own = {cell.id for cell in self.cells}
            return tuple(cell for cell in self.raced if cell.id not in own)
        return tuple(varied_cells(self.grid, self.environment.fingerprint, self.environment.protocol))

    @cached_property
    def raced(self) -> tuple[Cell, ...]:
        """Every cell that a race has run or is about to run, rung by rung, as far as that is known."""
        if self.race is None:
            return ()
        found: list[Cell] = []
        for epochs, pairs in entered(self.file.grid, self.race):
            found += rung_cells(
                self.file.grid, self.environment.fingerprint, epochs, pairs, self.environment.protocol
            )
        return tuple(found)

    @cached_property
    def jobs(self) -> tuple[Cell, ...]:
        """Everything that a run of the grid runs, as far as that is known."""
        grid, environment = self.file.grid, self.environment
        if self.race is None:
            return (*self.cells, *self.varied_cells)
        floors = [
            cell for cell in cells(grid, environment.fingerprint, environment.protocol) if not cell.policy
        ]
        return (*self.raced, *floors)

    @cached_property
    def probes(self) -> tuple[ProbeOf, ...]:
        """Every probe of every job, in the order of work, whether it has run or not."""
        return tuple(probes_of(self.jobs, probes(self.file.grid, self.environment.transfer)))

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The settings that the grid varies."""
        return axes(self.grid)

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """The grid itself, then what its axes make of it, in the order of work."""
        own = tuple((axis.name, axis.own) for axis in self.axes)
        return (Point(own, self.grid), *points(self.grid)) if self.axes else ()

    def differs_by_epochs(self, cell: Cell) -> bool:
        """Whether a cell is one of the grid's own, or would be with other epochs."""
        if self.race is not None:
            return True
        own = {axis.name: axis.own for axis in self.axes if axis.path != EPOCHS}
        return all(own.get(name, value) == value for name, value in cell.at)

    @property
    def left(self) -> dict[Pair, int]:
        """The cells that left a race before the rung that it has reached, and after how many epochs."""
        if self.race is None:
            return {}
        reached = self.grid.pretrain.epochs
        return {pair: epochs for pair, epochs in self.race.left().items() if epochs < reached}

    def ran(self, cell: Cell) -> bool:
        """Whether a cell is one that is run: in a race, one that reached so many epochs."""
        return self.race is None or not cell.policy or cell.id in self._raced_ids

    @cached_property
    def _raced_ids(self) -> frozenset[str]:
        return frozenset(cell.id for cell in self.raced)


def entered(grid: Grid, race: RaceState) -> Iterator[tuple[int, frozenset[Pair]]]:
    """Yield the rungs of a race that have begun: their epochs, and which cells entered them."""
    pairs = frozenset((first.name, second.name) for first, second in grid.planned)
    for place, epochs in enumerate(grid.rungs[: len(race.rungs) + 1]):
        if place:
            pairs = frozenset(race.rungs[place - 1].stay)
        yield epochs, pairs


def write_folder(path: Path, file: GridFile, environment: Environment) -> None:
    """Create a results folder, or rewrite the grid and environment of an existing one; its cells stay.

    The code of the user's own operations is stored next to the grid, so that the folder is self-contained.

    Args:
        path: the folder; created if it does not exist.
        file: the grid file as run.
        environment: the environment of the run.

    Raises:
        ResultsError: the folder contains other files, and none of a results folder; or links that lead out.
    """
    refuse_other_files(path)
    refuse_links(path, (CELLS, FAILURES))
    path.mkdir(parents=True, exist_ok=True)
    write_atomically(path / ENVIRONMENT, (environment.model_dump_json(indent=2) + "\n").encode())
    for name, code in file.sources.items():
        within(path, path / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path / name, code)
    write_atomically(path / GRID, file.text.encode())


def refuse_other_files(path: Path) -> None:
    """Raise ResultsError if `write_folder` would: it is a file, or contains files other than results."""
    if path.exists() and not path.is_dir():
        raise ResultsError(f"{path}: is a file; specify a folder with --out")
    if not path.exists():
        return
    present = {entry.name for entry in path.iterdir() if not entry.name.startswith(".")}
    if present and not present & {GRID, ENVIRONMENT, CELLS, PREVIEW, SHORTCUT}:
        raise ResultsError(
            f"{path}: not a results folder (it contains {sorted(present)[0]}); "
            "specify an empty one with --out"
        )


def may_be_results(path: Path) -> bool:
    """Whether a folder holds a grid, or cannot be looked into, which whoever opens it is then told.

    Example:
        >>> may_be_results(Path("nowhere"))
        False
    """
    try:
        return (path / GRID).is_file()
    except OSError:
        return True


def open_folder(path: str | Path) -> ResultsFolder:
    """Read the grid and the environment of a results folder.

    Raises:
        ResultsError: it does not exist, is not a results folder, or its files are damaged.
    """
    path = Path(path)
    if not path.is_dir():
        raise ResultsError(f"{path}: no such results folder; `ablation run GRID` makes one")
    missing = [name for name in (GRID, ENVIRONMENT) if not (path / name).exists()]
    if missing:
        raise ResultsError(f"{path}: not a results folder (it has no {missing[0]}); {_advice(path)}")
    try:
        environment = Environment.model_validate_json(read_file(path / ENVIRONMENT))
    except (OSError, ValueError) as error:
        if isinstance(error, PermissionError):
            raise
        raise DamagedError(path / ENVIRONMENT, error) from error
    try:
        file = load_grid(path / GRID)
    except GridError as error:
        raise ResultsError(
            f"{error}\nthe grid in {path} cannot be read; run the grid again to rewrite it"
        ) from error
    return ResultsFolder(path, file, environment, read_race(path) if file.grid.race else None)


def _advice(path: Path) -> str:
    inside = sorted(entry.parent.name for entry in path.glob(f"*/{GRID}"))
    return (
        f"it contains {', '.join(str(path / name) for name in inside)}"
        if inside
        else "`ablation run GRID` makes one"
    )
