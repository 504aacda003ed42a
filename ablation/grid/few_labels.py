"""`[few_labels]`: what an encoder is worth where only a few images have labels (Table 7)."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, Strict, field_validator, model_validator

from ablation.grid.limits import EPOCHS, SHARES
from ablation.grid.settings import Count, Positive, Settings

FEW, MANY = 60, 30  # epochs below a tenth of the labels, and from there on (Appendix B.5)


class FewLabels(Settings):
    """Fine-tuning (Appendix B.5) and linear evaluation on shares of the training labels.

    The paper's batches of 4,096 are those of ImageNet. 32 of 10,000 images make as many steps.

    Example:
        >>> few = FewLabels(shares=(0.1, 0.01))
        >>> few.shares, [few.tuning(share).epochs for share in few.shares]
        ((0.01, 0.1), [60, 30])
    """

    # of the training labels, equally many of each class; the images are not those held out for validation
    shares: Annotated[
        tuple[Annotated[float, Field(gt=0, lt=1)], ...],
        Strict(False),
        Field(min_length=1, max_length=SHARES),
    ] = (0.01, 0.1)
    fine_tune: bool = True  # the whole network
    linear: bool = True  # of the frozen encoder
    epochs: Annotated[Count, Field(le=EPOCHS)] | None = None  # of fine-tuning; None: the paper's
    batch_size: Annotated[int, Field(ge=2)] = 32
    # of fine-tuning; one is chosen on validation
    learning_rates: Annotated[tuple[Positive, ...], Strict(False), Field(min_length=1, max_length=SHARES)] = (
        0.03,
        0.1,
        0.3,
        1.0,
    )

    @field_validator("shares", "learning_rates")
    @classmethod
    def _ordered(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if len(set(values)) < len(values):
            raise ValueError(f"contains duplicates: {list(values)}")
        return tuple(sorted(values))

    @model_validator(mode="after")
    def _measures_something(self) -> "FewLabels":
        if not (self.fine_tune or self.linear):
            raise ValueError("measures nothing; set fine_tune or linear to true, or remove the section")
        return self

    def tuning(self, share: float) -> "Tuning":
        """Return how a network is fine-tuned on a share of the labels."""
        epochs = self.epochs or (FEW if share < 0.1 else MANY)
        return Tuning(epochs, self.batch_size, self.learning_rates)


@dataclass(frozen=True)
class Tuning:
    """How a network is fine-tuned."""

    epochs: int
    batch_size: int
    learning_rates: tuple[float, ...]
