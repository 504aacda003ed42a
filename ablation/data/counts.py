"""How many images a grid's accuracies will be of, before any is decoded."""

from dataclasses import dataclass

from ablation.data.sources.table import LABELS
from ablation.data.splits import validation_split
from ablation.grid.models import Data


@dataclass(frozen=True)
class Counts:
    """Labelled images; broken files are still among those of a folder."""

    train: int  # the validation part among them
    validation: int
    test: int


def image_counts(data: Data, validation_fraction: float) -> Counts:
    """Count the images of each split from settings, the names of files or the labels in an `.npz`.

    Raises:
        DataError: the files are missing or not as they must be, or a split is impossible.

    Example:
        >>> from ablation.grid.models import Generated
        >>> image_counts(Generated(source="shapes", train=5000, test=2000), validation_fraction=0.2)
        Counts(train=5000, validation=1000, test=2000)
    """
    train, test = LABELS[data.source](data)
    _, held_out = validation_split(train.labels, validation_fraction, train.groups)
    return Counts(len(train.labels), len(held_out), len(test.labels))
