"""How far a race has come, in `race.json`: which cells entered each rung, and which went on, and why."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ablation.files import read_file
from ablation.grid.layout import Pair
from ablation.results.stored.atomic import write_atomically
from ablation.results.stored.damage import DamagedError
from ablation.results.stored.model import Amount, Number, Stored
from ablation.results.stored.paths import RACE

# best: as good as the best, as far as one can tell. share: credibly not the best, but there was a place.
# color: needed to say what colour distortion adds to the leader's augmentation, and there was a place for it.
# closing: on the way to overtake the leader. behind: credibly not the best. full: there was no place left.
# kept: `race.keep` names it. failed: without a number.
Why = Literal["best", "share", "color", "closing", "kept", "behind", "full", "failed"]
STAYS: frozenset[Why] = frozenset({"best", "share", "color", "closing", "kept"})


class Runner(Stored):
    """A cell on a rung that has ended."""

    first: str
    second: str
    gap: Annotated[float, Field(ge=0, le=1)] | None  # to the leader of the rung, a fraction
    margin: Amount | None  # by how much the gap may be larger or smaller, all told; None with one seed
    closed: Number | None  # by how much it has become smaller since the rung before
    why: Why

    @property
    def pair(self) -> Pair:
        """The names of its augmentations."""
        return self.first, self.second


class EndedRung(Stored):
    """A rung all of whose jobs have ended."""

    epochs: Annotated[int, Field(ge=1)]
    rho: float | None  # what ranks of one rung are worth on the next, as far as the race has seen
    cells: Annotated[tuple[Runner, ...], Field(min_length=1)]

    @property
    def stay(self) -> tuple[Pair, ...]:
        """The cells that ran on, the best first."""
        return tuple(one.pair for one in self.cells if one.why in STAYS)


class RaceState(Stored):
    """The rungs of a race that have ended, the shortest first; the next is run by those that stayed."""

    format: Literal[1] = 1
    rungs: tuple[EndedRung, ...] = ()

    @model_validator(mode="after")
    def _ascending(self) -> "RaceState":
        epochs = [rung.epochs for rung in self.rungs]
        if epochs != sorted(set(epochs)):
            raise ValueError("rungs must have more epochs one after the other")
        return self

    def left(self) -> dict[Pair, int]:
        """Say for each cell that did not stay to the end after how many epochs it left."""
        return {one.pair: rung.epochs for rung in self.rungs for one in rung.cells if one.why not in STAYS}


def write_race(folder: Path, state: RaceState) -> None:
    """Write how far a race has come.

    Raises:
        OSError: the file cannot be written.
    """
    write_atomically(folder / RACE, (state.model_dump_json(indent=1) + "\n").encode())


def read_race(folder: Path) -> RaceState:
    """Read how far a race has come; no rung has ended where there is no file.

    Raises:
        DamagedError: the file holds something else.
    """
    try:
        return RaceState.model_validate_json(read_file(folder / RACE))
    except FileNotFoundError:
        return RaceState()
    except PermissionError:
        raise
    except (OSError, ValueError) as error:
        raise DamagedError(folder / RACE, error) from error
