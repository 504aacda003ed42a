"""How large a grid may be; what it would grow to is counted before it is made."""

from ablation.words import counted

AUGMENTATIONS = 1_000  # rows of the grid, its sweeps and sequences resolved
STEPS = 64  # operations in one augmentation
SEEDS = 1_000
LENGTHS = 100  # numbers of epochs
AXES = 6  # settings that vary
VALUES = 1_000  # of an axis
SHARES = 10  # of the labels, and learning rates to choose from
JOBS = 100_000
UNASKED = 10_000  # jobs of a study that are run without --yes
IMAGES = 10_000_000  # that are drawn
EPOCHS = 1_000_000
WIDTH = 65_536  # channels, dimensions
CHANNELS = 64  # of images


class TooLargeError(ValueError):
    """Something in a grid would grow beyond a limit."""


def refuse_too_many(cells: int, times: int) -> None:
    """Raise TooLargeError if so many cells, run so many times each, are more jobs than a grid may have.

    Example:
        >>> refuse_too_many(cells=160_000, times=1)
        Traceback (most recent call last):
        ...
        ablation.grid.limits.TooLargeError: 160,000 cells, each run 1 time; a grid has at most 100,000 jobs
    """
    if cells * times > JOBS:
        raise TooLargeError(
            f"{cells:,} cells, each run {counted(times, 'time')}; a grid has at most {JOBS:,} jobs"
        )
