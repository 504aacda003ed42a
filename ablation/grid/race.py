"""`[race]`: all cells for few epochs, and only the most promising for more."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, Strict, field_validator

from ablation.grid.limits import EPOCHS, LENGTHS, STEPS
from ablation.grid.settings import Settings

FACTOR, SHORTEST, LONGEST = 4, 2, 128  # epochs: of rungs that nobody chose


class Race(Settings):
    """The rungs of a race below the grid's own epochs, which are its last rung.

    Example:
        >>> Race(epochs=(8, 2)).epochs
        (2, 8)
    """

    epochs: Annotated[
        tuple[Annotated[int, Field(ge=1, le=EPOCHS)], ...],
        Strict(False),
        Field(min_length=1, max_length=LENGTHS),
    ]
    # at most, of the time that all cells would take on the last rung
    share: Annotated[float, Field(gt=0, le=1)] = 0.3
    keep: Annotated[tuple[str, ...], Strict(False)] = ()  # entries that run to the last rung, each alone
    # afterwards, race policies of up to so many operations
    grow: Annotated[int, Field(ge=3, le=STEPS)] | None = None

    @field_validator("epochs")
    @classmethod
    def _ordered(cls, epochs: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(epochs)) < len(epochs):
            raise ValueError(f"contains duplicates: {list(epochs)}")
        return tuple(sorted(epochs))


def default_rungs(longest: int) -> tuple[int, ...]:
    """Return the rungs of a race to so many epochs, each with four times the epochs of the one before.

    Example:
        >>> default_rungs(128), default_rungs(60), default_rungs(2)
        ((2, 8, 32, 128), (4, 15, 60), (2,))
    """
    rungs = [longest]
    while rungs[0] >= FACTOR * SHORTEST:
        rungs.insert(0, round(rungs[0] / FACTOR))
    return tuple(rungs)


def places(cells: int, rungs: Sequence[int], share: float, kept: int = 0) -> list[int]:
    """Say how many cells each rung may hold, so that a race takes at most a share of the full grid's time.

    The first rung holds all cells; the later ones share equally what it leaves, but never fewer than two
    cells. A job is taken to cost its epochs and one more for evaluation, two on the last rung.

    Args:
        cells: of the race.
        rungs: their epochs, the shortest first.
        share: of the time that all cells would take on the last rung.
        kept: cells that run to the last rung in any case; they take no place.

    Example:
        >>> places(49, [2, 8, 32, 128], share=0.3)
        [49, 49, 17, 4]
        >>> places(16, [2, 8, 32], share=0.3)
        [16, 6, 2]
    """
    costs = [*(epochs + 1 for epochs in rungs[:-1]), rungs[-1] + 2]
    left = max(0.0, share * costs[-1] - costs[0]) / max(len(rungs) - 1, 1)
    held = [cells]
    for cost in costs[1:]:
        held.append(min(held[-1], max(2, int(cells * left / cost)) + kept))
    return held
