"""Keeps what libraries warn of from the user."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the warnings of decoders: they name no file, and a file that cannot be read is told of.

    Example:
        >>> with quiet():
        ...     warnings.warn_explicit("damaged", UserWarning, "Image.py", 1, module="PIL.Image")
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(PIL|pydicom|tifffile)\.")
        yield
