"""How large a grid may be; what it would grow to is counted before it is made."""

AUGMENTATIONS = 1_000  # rows of the grid, its sweeps and sequences resolved
STEPS = 64  # operations in one augmentation
SEEDS = 1_000
LENGTHS = 100  # numbers of epochs
JOBS = 100_000
IMAGES = 10_000_000  # that are drawn
EPOCHS = 1_000_000
WIDTH = 65_536  # channels, dimensions


class TooLargeError(ValueError):
    """Something in a grid would grow beyond a limit."""
