"""What sections that run some of a grid's cells again have in common: their seeds."""

from typing import Annotated

from pydantic import Field, Strict, field_validator

from ablation.grid.limits import SEEDS
from ablation.grid.settings import Settings

Seed = Annotated[int, Field(ge=0, lt=2**32)]
Seeds = Annotated[tuple[Seed, ...], Strict(False), Field(min_length=1, max_length=SEEDS)]


class Again(Settings):
    """Cells that run again, with other settings.

    Example:
        >>> Again(seeds=(0, 1)).seeds
        (0, 1)
    """

    seeds: Seeds | None = None  # None: the seeds of the grid

    @field_validator("seeds")
    @classmethod
    def _no_duplicates(cls, seeds: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if seeds is not None and len(set(seeds)) < len(seeds):
            raise ValueError(f"contains duplicates: {list(seeds)}")
        return seeds
