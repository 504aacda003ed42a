"""`[lengths]`: some of a grid's cells again, pretrained for fewer and for more epochs."""

from typing import Annotated, Literal

from pydantic import Field, Strict, field_validator

from ablation.grid.again import Again
from ablation.grid.limits import EPOCHS, LENGTHS


class Lengths(Again):
    """How short is too short? The pairs of some augmentations are run for each of these numbers of epochs.

    Example:
        >>> Lengths.model_validate({"epochs": [2, 20, 5]}).longest
        20
    """

    epochs: Annotated[
        tuple[Annotated[int, Field(ge=1, le=EPOCHS)], ...],
        Strict(False),
        Field(min_length=2, max_length=LENGTHS),
    ]
    augmentations: Literal["all"] | Annotated[tuple[str, ...], Strict(False)] = "all"  # entries of the grid

    @field_validator("epochs")
    @classmethod
    def _different(cls, epochs: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(epochs)) < len(epochs):
            raise ValueError(f"contains duplicates: {list(epochs)}")
        return epochs

    @property
    def longest(self) -> int:
        """The number of epochs with which the others are compared."""
        return max(self.epochs)

    def takes(self, entry: str) -> bool:
        """Whether the cells of an entry are among them."""
        return self.augmentations == "all" or entry in self.augmentations
